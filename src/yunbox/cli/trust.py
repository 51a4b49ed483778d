"""Files that make a program trust the local authority besides everything that it trusts already."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import ssl
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

MAX_KEPT = 32

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where Debian, Fedora, openSUSE and Alpine keep what the system trusts."""


def certificates_in(place: Path) -> list[bytes]:
    """Return the certificates (PEM) in a file, or in the files of a folder; none when it cannot be read."""
    found: list[bytes] = []
    with contextlib.suppress(OSError):
        for file in sorted(place.iterdir()) if place.is_dir() else [place]:
            with contextlib.suppress(OSError):
                found += _CERTIFICATE.findall(file.read_bytes())
    return list(dict.fromkeys(found))


def system_roots(environment: Mapping[str, str]) -> list[bytes]:
    """Return what programs trust here: SSL_CERT_FILE's content, the system's bundle, or else certifi's."""
    own = ssl.get_default_verify_paths()
    places = [environment.get("SSL_CERT_FILE"), own.openssl_cafile, *_BUNDLES, own.openssl_capath]
    for place in places:
        if place and (found := certificates_in(Path(place))):
            return found
    try:
        import certifi  # noqa: PLC0415 - only where nothing else is
    except ImportError:
        return []
    return certificates_in(Path(certifi.where()))


def bundle(folder: Path, certificates: Iterable[bytes]) -> Path:
    """Return a file in the folder that holds the certificates, for OpenSSL and its like. Raises OSError."""
    return _kept(folder, b"".join(each.replace(b"\r\n", b"\n") + b"\n" for each in certificates), ".pem")


def truststore(folder: Path, certificates: Iterable[bytes]) -> Path:
    """Return a file in the folder that holds the certificates, for Java. Raises OSError."""
    return _kept(folder, jks([_der(each) for each in certificates]), ".jks")


def jks(certificates: list[bytes], password: str = "changeit") -> bytes:  # noqa: S107 - Java's own, for an open file
    """Return a Java key store that trusts the certificates (DER).

    Source of the format: OpenJDK, sun.security.provider.JavaKeyStore. The digest at the end guards against
    damage, not against anybody; every Java reads the format, without a password too.
    """
    parts = [struct.pack(">III", 0xFEEDFEED, 2, len(certificates))]
    for number, each in enumerate(certificates):
        alias = f"root-{number}".encode()
        parts.append(struct.pack(f">IH{len(alias)}sQ", 2, len(alias), alias, 0))
        parts.append(struct.pack(f">H5sI{len(each)}s", 5, b"X.509", len(each), each))
    content = b"".join(parts)
    digest = hashlib.sha1(password.encode("utf-16-be") + b"Mighty Aphrodite" + content, usedforsecurity=False)
    return content + digest.digest()


def _der(certificate: bytes) -> bytes:
    return base64.b64decode(b"".join(certificate.split(b"\n")[1:-1]))


def _kept(folder: Path, content: bytes, suffix: str) -> Path:
    """Keep a file named by its content: programs that run for long go on reading theirs."""
    path = folder / f"{hashlib.sha256(content).hexdigest()[:24]}{suffix}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if path.exists():
        os.utime(path)
        return path
    kept = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime)
    for each in kept[: max(0, len(kept) - MAX_KEPT + 1)]:
        each.unlink(missing_ok=True)
    draft = folder / f".{path.name}.{os.getpid()}"
    draft.write_bytes(content)
    draft.replace(path)
    return path
