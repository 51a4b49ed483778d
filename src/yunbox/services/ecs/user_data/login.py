"""How one logs in as root: the key pair and the password of an instance, put in place when they change.

Both count from the boot after they were set (ECS documentation, "Bind an SSH key pair" and "Reset the password").
What was put in place is remembered in the layer, so that what users change inside stays until then.
"""

from __future__ import annotations

import shlex

_KEYS = "/root/.ssh/authorized_keys"


def login(mark: str, key: str, password_hash: str) -> list[str]:
    """Return the commands for a boot; `mark` is a folder to remember in.

    `key` is an OpenSSH public key, `password_hash` a password as `/etc/shadow` holds it; empty means none. A key
    that was put in place before and is no more wanted is taken away. A password stays until there is another.
    """
    commands = [f"umask 022; mkdir -p {mark}", *_key(f"{mark}/key", key.strip())]
    if password_hash:
        commands += _password(f"{mark}/password", password_hash)
    return commands


def _key(kept: str, key: str) -> list[str]:
    wanted = shlex.quote(key)
    return [
        f'if [ "$(cat {kept} 2>/dev/null)" != {wanted} ]; then',
        f"mkdir -p /root/.ssh; chmod 700 /root/.ssh; touch {_KEYS}; chmod 600 {_KEYS}",
        f"if [ -s {kept} ]; then",
        f"grep -vxF -f {kept} {_KEYS} > {_KEYS}.yunbox; cat {_KEYS}.yunbox > {_KEYS}; rm {_KEYS}.yunbox",
        "fi",
        *([f"grep -qxF {wanted} {_KEYS} || printf '%s\\n' {wanted} >> {_KEYS}"] if key else []),
        f"printf '%s' {wanted} > {kept}",
        "fi",
    ]


def _password(kept: str, password_hash: str) -> list[str]:
    wanted = shlex.quote(password_hash)
    return [
        f'if [ "$(cat {kept} 2>/dev/null)" != {wanted} ]; then',
        f"printf '%s\\n' {shlex.quote(f'root:{password_hash}')} | chpasswd -e && "
        f"(umask 077; printf '%s' {wanted} > {kept})",
        "fi",
    ]
