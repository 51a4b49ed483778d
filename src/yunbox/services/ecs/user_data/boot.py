"""From user data to the script that an instance's first process runs.

Forms (ECS documentation, "User data", and cloud-init's "User data formats"): a script that begins with `#!`, a
`#cloud-config` document, or several of them in a MIME multipart message; any of them compressed with gzip. What is in
them happens at the first boot of an instance only; keys and passwords are put in place when they change, and
executables in `/var/lib/cloud/scripts/per-boot` run at every boot.
"""

from __future__ import annotations

import shlex
import zlib

import msgspec

from yunbox.engines.compute.interface import File
from yunbox.services.ecs.user_data.cloud_config import compile_config
from yunbox.services.ecs.user_data.login import login

MAX_PLAIN = 256 * 1024
"""The most that compressed user data may become, in bytes."""

_INSTANCES = "/var/lib/cloud/instances"
_SEED = "/var/lib/cloud/seed"
_PER_BOOT = "/var/lib/cloud/scripts/per-boot"


class Boot(msgspec.Struct, frozen=True):
    """What to run at every boot, which files it needs, and what of the user data cannot be honoured."""

    script: str
    files: tuple[File, ...] = ()
    problems: tuple[str, ...] = ()


def compile_boot(
    user_data: bytes, *, instance_id: str, hostname: str, key: str = "", password_hash: str = ""
) -> Boot:
    """Return the boot of an instance. Never raises for what users write: it is told in `problems`, on the console.

    `key` is an OpenSSH public key for root, `password_hash` is root's password as `/etc/shadow` holds it.
    """
    files: list[File] = []
    once: list[str] = []
    always: list[str] = []
    problems: list[str] = []
    always += login(f"{_INSTANCES}/{instance_id}", key, password_hash)
    for number, part in enumerate(_parts(user_data, problems), 1):
        if part.startswith(b"#!"):
            path = f"{_SEED}/part-{number:03d}"
            files.append(File(path=path, data=part, mode=0o700))
            once.append(f'{path}\necho "user data part {number} ended with status $?"')
        elif part.startswith(b"#cloud-config"):
            config = compile_config(part, problems)
            always += config.always
            once += config.once
        elif part.strip():
            problems.append(
                f"Part {number} of the user data is neither a script that begins with #! nor #cloud-config."
            )
    return Boot(_script(instance_id, hostname, once, always, problems), tuple(files), tuple(problems))


def _script(instance_id: str, hostname: str, once: list[str], always: list[str], problems: list[str]) -> str:
    mark = f"{_INSTANCES}/{instance_id}"
    lines = [
        "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root",
        "cd /root 2>/dev/null || cd /",
        f"echo {shlex.quote(f'instance {instance_id} ({hostname}) boots')}",
        *(f"echo {shlex.quote(f'user data: {each}')}" for each in problems),
        *always,
        f"if ! [ -e {mark}/sem ]; then",
        # Marked before, not after: a server that stays in the foreground never lets the script end.
        f"mkdir -p {mark} && : > {mark}/sem",
        *once,
        "fi",
        f'for each in {_PER_BOOT}/*; do [ -x "$each" ] && "$each"; done',
        "echo boot finished",
    ]
    return "\n".join(lines) + "\n"


def _parts(data: bytes, problems: list[str]) -> list[bytes]:
    """Return the documents that user data consists of."""
    data = _plain(data, problems)
    head = data[:1024].lower()
    if not (head.startswith((b"content-type:", b"mime-version:")) and b"multipart" in head):
        return [data] if data.strip() else []
    from email import message_from_bytes  # noqa: PLC0415 - only multipart user data pays for it

    found = []
    for part in message_from_bytes(data).walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                found.append(_plain(content, problems))
    return found


def _plain(data: bytes, problems: list[str]) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        unpacking = zlib.decompressobj(31)
        plain = unpacking.decompress(data, MAX_PLAIN)
    except zlib.error:
        problems.append("The user data looks compressed with gzip and cannot be unpacked.")
        return b""
    if unpacking.unconsumed_tail:
        problems.append(f"The user data unpacks to more than {MAX_PLAIN} bytes.")
        return b""
    return plain
