"""What a certificate says of itself."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID


class UnusableCertificateError(Exception):
    """The texts are no certificate with its private key; says why."""


def read_certificate(chain: str, key: str) -> dict[str, Any]:
    """Return the facts of a chain's first certificate, as `Certificate` has them. Raises UnusableCertificateError.

    A certificate that is an authority's may come without a key.
    """
    try:
        leaf = x509.load_pem_x509_certificates(chain.encode())[0]
    except ValueError as error:
        raise UnusableCertificateError("Cert is not a certificate in PEM") from error
    public = leaf.public_key()
    if key:
        try:
            private = serialization.load_pem_private_key(key.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise UnusableCertificateError("Key is not a private key in PEM without a password") from error
        if private.public_key() != public:
            raise UnusableCertificateError("Key is not the certificate's private key")
    if isinstance(public, rsa.RSAPublicKey):
        algorithm = f"RSA_{public.key_size}"
    elif isinstance(public, ec.EllipticCurvePublicKey):
        algorithm = f"ECC_{public.key_size}"
    else:
        raise UnusableCertificateError("the certificate's key is neither RSA nor of an elliptic curve")
    common = _common_name(leaf.subject)
    return {
        "common_name": common,
        "domains": _domains(leaf) or ((common,) if common else ()),
        "issuer": _common_name(leaf.issuer),
        "serial": f"{leaf.serial_number:x}",
        "algorithm": algorithm,
        "fingerprint": leaf.fingerprint(hashes.SHA1()).hex(),  # noqa: S303 - it names, it protects nothing
        "not_before": leaf.not_valid_before_utc.timestamp(),
        "not_after": leaf.not_valid_after_utc.timestamp(),
    }


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _domains(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(names.get_values_for_type(x509.DNSName))
