"""Reading certificates and keys in PEM: what is taken, and what of it is worth showing."""

from __future__ import annotations

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID, NameOID

from yunbox.errors import CloudError

MAX_PEM = 64 * 1024
_MAX_CHAIN = 10
_PUBLIC = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown of a certificate. `pem` is it with its chain, in the usual form."""

    pem: str
    fingerprint: str
    common_name: str
    names: tuple[str, ...]
    expires: float


def read_chain(text: str, code: str) -> Facts:
    """Return the facts of the first certificate of a chain. Raises CloudError with the code given."""
    chain = _certificates(text, code)
    first = chain[0]
    common = first.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Facts(
        pem="".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in chain),
        fingerprint=first.fingerprint(hashes.SHA1()).hex(":"),  # noqa: S303 - the vendor shows this one
        common_name=str(common[0].value) if common else "",
        names=_alternative_names(first),
        expires=first.not_valid_after_utc.timestamp(),
    )


def check_key(text: str, chain: str) -> str:
    """Return a private key in PEM that belongs to a chain's first certificate.

    Raises CloudError: PrivateKeyFormatError, CertificateNotMatchPrivateKey. No word of the key stands in them.
    """
    try:
        key = serialization.load_pem_private_key(_bounded(text), password=None)
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise ValueError("neither RSA nor ECDSA")
    except (ValueError, TypeError):
        raise CloudError(
            "PrivateKeyFormatError",
            400,
            "The specified PrivateKey is not valid: an RSA or ECDSA key in PEM without a password is expected.",
        ) from None
    first = x509.load_pem_x509_certificates(chain.encode())[0]
    if key.public_key().public_bytes(*_PUBLIC) != first.public_key().public_bytes(*_PUBLIC):
        raise CloudError(
            "CertificateNotMatchPrivateKey", 400, "The specified certificate and private key do not match."
        )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _certificates(text: str, code: str) -> list[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(_bounded(text))
    except ValueError:
        raise CloudError(code, 400, "The specified certificate is not valid: PEM is expected.") from None
    return found[:_MAX_CHAIN]


def _bounded(text: str) -> bytes:
    if len(text) > MAX_PEM:
        raise ValueError("too long")
    return text.strip().encode() + b"\n"


def _alternative_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return ()
    assert isinstance(extension.value, x509.SubjectAlternativeName)
    return tuple(extension.value.get_values_for_type(x509.DNSName))
