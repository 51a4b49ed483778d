"""Makes the local certificate authority and the server's certificate; runs in a process of its own.

    python -m yunbox.gateway.certificates FOLDER NOW < names.json
    python -m yunbox.gateway.certificates FOLDER NOW leaf < names.json

The second form makes a certificate for a few more names under the authority that is there, and writes it, its
chain and its key to the standard output.

ECDSA on P-256. The authority lives for ten years and may speak only for the domains it was made for (a critical
name constraint), so that trusting it does not hand over the rest of the web to whoever reads its key. The
server's certificate lives for a year, as long as every client accepts (Apple: at most 825 days).
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import sys
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from yunbox.gateway.tls import AUTHORITY_FILE, CA_FILE, RENEW_SECONDS, SERVER_FILE, STATE_FILE, Names, State

AUTHORITY_DAYS = 3650
SERVER_DAYS = 365
_EARLIER = datetime.timedelta(hours=1)
"""Certificates begin a little earlier, for clients whose clock is behind."""

Key = ec.EllipticCurvePrivateKey


def make(folder: Path, names: Names, now: float) -> None:
    """Write a certificate for the names, and the authority before it when there is no usable one."""
    today = datetime.datetime.fromtimestamp(now, datetime.UTC)
    found = _authority(folder, names, today)
    if found is None:
        found = _new_authority(names, today)
        _write(folder / AUTHORITY_FILE, _pem(found[0]) + _pem_key(found[1]))
    authority, key = found
    _write(folder / CA_FILE, _pem(authority), mode=0o644)
    server, content = _issue(authority, key, names, today)
    _write(folder / SERVER_FILE, content)
    state = State(names, server.not_valid_before_utc.timestamp(), server.not_valid_after_utc.timestamp())
    _write(folder / STATE_FILE, msgspec.json.encode(state))


def leaf(folder: Path, names: Names, now: float) -> bytes:
    """Return a certificate for the names, its chain and its key. Raises LookupError without an authority."""
    today = datetime.datetime.fromtimestamp(now, datetime.UTC)
    found = _authority(folder, names, today)
    if found is None:
        raise LookupError(f"{folder} holds no authority for {', '.join(names.authority)}")
    return _issue(*found, names, today)[1]


def _issue(
    authority: x509.Certificate, key: Key, names: Names, today: datetime.datetime
) -> tuple[x509.Certificate, bytes]:
    own_key = ec.generate_private_key(ec.SECP256R1())
    issued = _server(authority, key, own_key, names, today)
    return issued, _pem(issued) + _pem(authority) + _pem_key(own_key)


def _authority(folder: Path, names: Names, today: datetime.datetime) -> tuple[x509.Certificate, Key] | None:
    """Return the authority that is there, or None when it is missing, damaged, ending, or not for these names."""
    with contextlib.suppress(OSError, ValueError, x509.ExtensionNotFound):
        content = (folder / AUTHORITY_FILE).read_bytes()
        certificate = x509.load_pem_x509_certificate(content)
        key = serialization.load_pem_private_key(content, None)
        allowed = certificate.extensions.get_extension_for_class(
            x509.NameConstraints
        ).value.permitted_subtrees
        domains = {each.value for each in allowed or () if isinstance(each, x509.DNSName)}
        last = certificate.not_valid_after_utc - datetime.timedelta(seconds=RENEW_SECONDS)
        if (
            isinstance(key, Key)
            and key.public_key() == certificate.public_key()
            and certificate.not_valid_before_utc <= today < last
            and domains >= set(names.authority)
        ):
            return certificate, key
    return None


def _new_authority(names: Names, today: datetime.datetime) -> tuple[x509.Certificate, Key]:
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    serial = x509.random_serial_number()
    # Clients look authorities up by subject: two clouds on one machine must not share one.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"yunbox local authority {serial:x}"[:48])])
    certificate = (
        _builder(subject, subject, public, serial, today, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(
            x509.NameConstraints([x509.DNSName(each) for each in names.authority], None), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def _server(
    authority: x509.Certificate, key: Key, server_key: Key, names: Names, today: datetime.datetime
) -> x509.Certificate:
    others: list[x509.GeneralName] = [x509.DNSName(each) for each in names.dns]
    others += [x509.IPAddress(ipaddress.ip_address(each)) for each in names.addresses]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "yunbox")])
    public = server_key.public_key()
    last = authority.not_valid_after_utc
    days = min(SERVER_DAYS, (last - today).days)
    return (
        _builder(subject, authority.subject, public, x509.random_serial_number(), today, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(others), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    serial: int,
    today: datetime.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(today - _EARLIER)
        .not_valid_after(today + datetime.timedelta(days=days))
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_key(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file in place whole and on disk, whatever is killed in between."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def main() -> None:
    """Make what the command line and the standard input ask for."""
    folder, now = Path(sys.argv[1]), float(sys.argv[2])
    names = msgspec.json.decode(sys.stdin.buffer.read(), type=Names)
    if sys.argv[3:] == ["leaf"]:
        sys.stdout.buffer.write(leaf(folder, names, now))
    else:
        make(folder, names, now)


if __name__ == "__main__":
    main()
