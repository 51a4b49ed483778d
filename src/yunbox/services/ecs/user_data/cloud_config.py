"""cloud-config: the parts of cloud-init's YAML that yunbox honours, compiled to shell.

Honoured: bootcmd, write_files, users, groups, ssh_authorized_keys, chpasswd, password, hostname, fqdn, timezone,
runcmd, and packages that are there already. Everything else is reported. Source: cloud-init documentation,
"Module reference".
"""

from __future__ import annotations

import base64
import binascii
import re
import shlex
import zlib
from collections.abc import Callable
from typing import Any

import msgspec

MAX_FILE = 1024 * 1024
"""The largest file of write_files, unpacked, in bytes."""

_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_OWNER = re.compile(r"[A-Za-z0-9_.-]{1,64}(:[A-Za-z0-9_.-]{1,64})?", re.ASCII)
_MODE = re.compile(r"0?o?[0-7]{3,4}", re.ASCII)
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._:=~-]{0,127}", re.ASCII)

# These only ask for what is so already, or for how cloud-init itself behaves.
_HARMLESS = frozenset(
    {
        "final_message",
        "output",
        "ssh_pwauth",
        "disable_root",
        "preserve_hostname",
        "manage_etc_hosts",
        "package_update",
        "package_upgrade",
        "cloud_final_modules",
        "cloud_config_modules",
        "cloud_init_modules",
    }
)


class Compiled(msgspec.Struct):
    """Shell commands for every boot, and for the first."""

    always: list[str] = []
    once: list[str] = []


class _MalformedError(Exception):
    """A value is not what its key asks for; the text says what is expected."""


def compile_config(document: bytes, problems: list[str]) -> Compiled:
    """Return what a #cloud-config document asks for; what cannot be honoured is added to `problems`."""
    import yaml  # noqa: PLC0415 - only instances with a cloud-config pay for it

    try:
        config = yaml.safe_load(document)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problems.append(f"The cloud-config is not valid YAML: {str(error)[:200]}")
        return Compiled()
    if config is None:
        return Compiled()
    if not isinstance(config, dict):
        problems.append("The cloud-config is not a mapping.")
        return Compiled()
    compiled = Compiled()
    for key in [*_KEYS, *(each for each in config if each not in _KEYS)]:
        if key not in config or key in _HARMLESS:
            continue
        known = _KEYS.get(str(key))
        if known is None:
            problems.append(f"yunbox does not honour {str(key)[:64]!a} in cloud-config.")
            continue
        try:
            known(config[key], compiled, problems)
        except _MalformedError as error:
            problems.append(f"The cloud-config's {key} is not valid: {error}")
    return compiled


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _MalformedError("a list is expected")
    return value


def _command(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return shlex.join(str(each) for each in value)
    raise _MalformedError("each command is a text or a list")


def _subshell(command: str) -> str:
    return f"sh -c {shlex.quote(command)}"


def _bootcmd(value: Any, compiled: Compiled, problems: list[str]) -> None:
    compiled.always += [_subshell(_command(each)) for each in _list(value)]


def _runcmd(value: Any, compiled: Compiled, problems: list[str]) -> None:
    # One shell for all, as cloud-init does: a `cd` or a variable lasts.
    compiled.once.append(_subshell("\n".join(_command(each) for each in _list(value))))


def _write_files(value: Any, compiled: Compiled, problems: list[str]) -> None:
    for each in _list(value):
        if not isinstance(each, dict) or not str(each.get("path", "")).startswith("/"):
            raise _MalformedError("each file has a path that begins with /")
        if "source" in each:
            problems.append("yunbox does not honour source in write_files.")
            continue
        compiled.once.append(_file(each))


def _file(each: dict[str, Any]) -> str:
    path = shlex.quote(str(each["path"]))
    owner, mode = str(each.get("owner", "root:root")), str(each.get("permissions", "0644"))
    if isinstance(each.get("permissions"), int):
        mode = format(each["permissions"], "o")
    if not _OWNER.fullmatch(owner) or not _MODE.fullmatch(mode):
        raise _MalformedError("owner is user:group, permissions are octal digits")
    content = base64.b64encode(_content(each)).decode()
    into = ">>" if each.get("append") else ">"
    return (
        f'mkdir -p "$(dirname {path})" && printf %s {shlex.quote(content)} | base64 -d {into} {path} && '
        f"chmod {mode.replace('o', '')} {path} && chown {owner} {path}"
    )


def _content(each: dict[str, Any]) -> bytes:
    content = each.get("content", "")
    data = content if isinstance(content, bytes) else str(content).encode()
    encoding = str(each.get("encoding", "")).lower()
    if encoding in ("", "text/plain"):
        return data
    try:
        if "b64" in encoding or "base64" in encoding:
            data = base64.b64decode(data)
        if encoding.startswith("gz"):
            unpacking = zlib.decompressobj(31)
            data = unpacking.decompress(data, MAX_FILE)
            if unpacking.unconsumed_tail:
                raise _MalformedError(f"a file has at most {MAX_FILE} bytes")
    except (binascii.Error, zlib.error, ValueError):
        raise _MalformedError("the content is not in the encoding that is stated") from None
    return data


def _users(value: Any, compiled: Compiled, problems: list[str]) -> None:
    for each in _list(value):
        if each == "default":
            continue
        user = {"name": each} if isinstance(each, str) else each
        if not isinstance(user, dict) or not _NAME.fullmatch(str(user.get("name", ""))):
            raise _MalformedError("each user has a name of small letters and digits")
        compiled.once += _user(user, problems)


_USER_KEYS = frozenset(
    """
    gecos groups hashed_passwd homedir lock_passwd name no_create_home passwd primary_group shell
    ssh_authorized_keys sudo system uid
    """.split()  # noqa: SIM905 - words read better than quoted lines
)


def _user(user: dict[str, Any], problems: list[str]) -> list[str]:
    name = str(user["name"])
    problems += [f"yunbox does not honour {key!a} of a user." for key in user if key not in _USER_KEYS]
    options = []
    for key, option in (
        ("gecos", "-c"),
        ("shell", "-s"),
        ("homedir", "-d"),
        ("uid", "-u"),
        ("primary_group", "-g"),
    ):
        if user.get(key) is not None:
            options += [option, str(user[key])]
    options.append("-r" if user.get("system") else "-m" if not user.get("no_create_home") else "-M")
    groups = user.get("groups") or []
    groups = (
        [one.strip() for one in groups.split(",")]
        if isinstance(groups, str)
        else [str(one) for one in groups]
    )
    commands = [
        f"getent group {shlex.quote(one)} >/dev/null || groupadd {shlex.quote(one)}" for one in groups
    ]
    if groups:
        options += ["-G", ",".join(groups)]
    commands.append(f"id {name} >/dev/null 2>&1 || useradd {shlex.join(options)} {name}")
    if hashed := user.get("hashed_passwd") or user.get("passwd"):
        commands.append(f"printf '%s\\n' {shlex.quote(f'{name}:{hashed}')} | chpasswd -e")
    rules = user.get("sudo") or []
    for rule in [rules] if isinstance(rules, str) else rules:
        commands.append(
            f"mkdir -p /etc/sudoers.d && printf '%s\\n' {shlex.quote(f'{name} {rule}')} "
            ">> /etc/sudoers.d/90-cloud-init-users"
        )
    return commands + _keys_of(name, user.get("ssh_authorized_keys") or [])


def _keys_of(name: str, keys: Any) -> list[str]:
    if not keys:
        return []
    lines = "".join(f"{str(each).strip()}\n" for each in _list(keys))
    home = f'"$(getent passwd {name} | cut -d: -f6)"'
    return [
        f"mkdir -p {home}/.ssh && printf %s {shlex.quote(lines)} >> {home}/.ssh/authorized_keys && "
        f"chmod 700 {home}/.ssh && chmod 600 {home}/.ssh/authorized_keys && chown -R {name}: {home}/.ssh"
    ]


def _authorized_keys(value: Any, compiled: Compiled, problems: list[str]) -> None:
    compiled.once += _keys_of("root", value)


def _groups(value: Any, compiled: Compiled, problems: list[str]) -> None:
    for each in value if isinstance(value, list) else str(value).split(","):
        name, members = (str(each).strip(), []) if not isinstance(each, dict) else next(iter(each.items()))
        if not _NAME.fullmatch(str(name)):
            raise _MalformedError("each group has a name of small letters and digits")
        compiled.once.append(f"getent group {name} >/dev/null || groupadd {name}")
        for member in members or []:
            compiled.once.append(f"usermod -aG {name} {shlex.quote(str(member))}")


def _chpasswd(value: Any, compiled: Compiled, problems: list[str]) -> None:
    if not isinstance(value, dict):
        raise _MalformedError("a mapping is expected")
    listed = value.get("list") or []
    lines = listed.splitlines() if isinstance(listed, str) else [str(each) for each in listed]
    users = value.get("users") or []
    lines += [f"{each.get('name')}:{each.get('password')}" for each in users if isinstance(each, dict)]
    for line in lines:
        hashed = "-e " if re.fullmatch(r"[^:]+:\$(1|2a|2y|5|6|y)\$.+", line) else ""
        compiled.once.append(f"printf '%s\\n' {shlex.quote(line)} | chpasswd {hashed}".rstrip())


def _password(value: Any, compiled: Compiled, problems: list[str]) -> None:
    compiled.once.append(f"printf '%s\\n' {shlex.quote(f'root:{value}')} | chpasswd")


def _hostname(value: Any, compiled: Compiled, problems: list[str]) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,252}", str(value), re.ASCII):
        raise _MalformedError("letters, digits, hyphens and dots are expected")
    compiled.once.append(f"printf '%s\\n' {value} > /etc/hostname")
    problems.append("hostname is written to /etc/hostname; the running name is the instance's HostName.")


def _timezone(value: Any, compiled: Compiled, problems: list[str]) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", str(value), re.ASCII):
        raise _MalformedError("a name such as Asia/Shanghai is expected")
    compiled.once.append(
        f"ln -sf /usr/share/zoneinfo/{value} /etc/localtime && printf '%s\\n' {value} > /etc/timezone"
    )


def _packages(value: Any, compiled: Compiled, problems: list[str]) -> None:
    for each in _list(value):
        name = str(each[0] if isinstance(each, list) and each else each)
        if not _PACKAGE.fullmatch(name):
            raise _MalformedError("each package has a name")
        compiled.once.append(
            f"dpkg -s {name} >/dev/null 2>&1 || rpm -q {name} >/dev/null 2>&1 || command -v {name} >/dev/null || "
            f"echo 'user data: the package {name} is not there, and yunbox installs none'"
        )


_KEYS: dict[str, Callable[[Any, Compiled, list[str]], None]] = {
    "bootcmd": _bootcmd,
    "groups": _groups,
    "users": _users,
    "write_files": _write_files,
    "ssh_authorized_keys": _authorized_keys,
    "password": _password,
    "chpasswd": _chpasswd,
    "hostname": _hostname,
    "fqdn": _hostname,
    "timezone": _timezone,
    "packages": _packages,
    "runcmd": _runcmd,
}
"""What is honoured, in the order in which cloud-init does it."""
