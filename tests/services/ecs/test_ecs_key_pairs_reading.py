"""OpenSSH public keys: what is one, and its fingerprint."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from yunbox.services.ecs.key_pairs.public_keys import read_public_key

# Made with OpenSSH 9; the fingerprint is what `ssh-keygen -l -E md5` says of it.
KNOWN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIVNqd5scah2Zv1WxCc+lSvRhVRc9YcV5qt0eW8JrIgk"
FINGERPRINT = "b8:7f:59:c2:0d:49:43:96:be:54:50:5a:c4:67:a2:5a"


def openssh(key: object) -> str:
    """Return the line of a public key."""
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()  # type: ignore[attr-defined]


RSA = openssh(rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key())
SMALL = openssh(rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key())
OTHERS = [
    openssh(ed25519.Ed25519PrivateKey.generate().public_key()),
    openssh(ec.generate_private_key(ec.SECP256R1()).public_key()),
    openssh(ec.generate_private_key(ec.SECP384R1()).public_key()),
    openssh(ec.generate_private_key(ec.SECP521R1()).public_key()),
    "ssh-dss AAAAB3NzaC1kc3MAAAACfwEAAAACfwEAAAACfwEAAAACfwE=",
]


@pytest.mark.parametrize("line", [RSA, SMALL, *OTHERS], ids=lambda line: line.split()[0])
def test_keys_of_all_kinds_are_read(line: str) -> None:
    key = read_public_key(f"  {line}   me@laptop with spaces\n")
    assert key is not None
    assert key.line == f"{line} me@laptop with spaces"
    assert read_public_key(line) is not None


def test_the_fingerprint_is_the_one_that_openssh_shows() -> None:
    key = read_public_key(KNOWN)
    assert key is not None
    assert key.fingerprint == FINGERPRINT


def field(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


def line_of(*fields: bytes, name: str = "ssh-rsa") -> str:
    return f"{name} {base64.b64encode(b''.join(map(field, fields))).decode()}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-rsa",
        "ssh-rsa AAAA",
        "ssh-rsa !!!!",
        RSA.replace("ssh-rsa", "ssh-dss", 1),
        f'command="rm -rf /" {RSA}',
        f"{RSA}\n{RSA}",
        f"{RSA} a\x00b",
        RSA[:-8],
        line_of(b"ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xff" * 64),
        line_of(b"ssh-rsa", b"\x01\x00\x01", b"\xff" * 256),
        line_of(b"ssh-rsa", b"", b"\x7f" * 256),
        line_of(b"ssh-ed25519", b"x" * 31, name="ssh-ed25519"),
        line_of(b"ecdsa-sha2-nistp256", b"nistp384", b"\x04" * 97, name="ecdsa-sha2-nistp256"),
        line_of(b"ecdsa-sha2-nistp256", b"nistp256", b"\x03" * 65, name="ecdsa-sha2-nistp256"),
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    ],
)
def test_what_is_no_key(text: str) -> None:
    assert read_public_key(text) is None


@given(
    st.text(max_size=200)
    | st.binary(max_size=200).map(lambda data: f"ssh-rsa {base64.b64encode(data).decode()}")
)
def test_whatever_comes_is_read_or_not(text: str) -> None:
    key = read_public_key(text)
    assert key is None or "\n" not in key.line


@given(st.lists(st.binary(max_size=20), max_size=5), st.binary(max_size=5))
def test_fields_that_do_not_end_where_they_say_are_no_key(fields: list[bytes], rest: bytes) -> None:
    blob = field(b"ssh-ed25519") + b"".join(map(field, fields)) + rest
    key = read_public_key(f"ssh-ed25519 {base64.b64encode(blob).decode()}")
    assert (key is not None) == (len(fields) == 1 and len(fields[0]) == 32 and not rest)
