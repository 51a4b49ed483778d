"""The root access key of the cloud: given by who starts it, else made once and kept in the data directory."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import msgspec

from yunbox.control.ids import Ids

FILE_NAME = "credentials.json"

_KNOWN = frozenset(
    {
        "admin",
        "administrator",
        "minioadmin",
        "minio",
        "root",
        "test",
        "tests",
        "testing",
        "tester",
        "password",
        "passwd",
        "secret",
        "access",
        "accesskey",
        "accesskeyid",
        "accesskeysecret",
        "secretkey",
        "key",
        "keyid",
        "default",
        "example",
        "demo",
        "dev",
        "local",
        "localhost",
        "yunbox",
        "aliyun",
        "alibaba",
        "alibabacloud",
        "cloud",
        "oss",
        "guest",
        "user",
        "changeme",
        "letmein",
        "mock",
        "fake",
        "dummy",
        "foo",
        "bar",
        "foobar",
        "akiaiosfodnn7example",
        "wjalrxutnfemi/k7mdeng/bpxrficyexamplekey",
    }
)


class RootKeyError(Exception):
    """The root key cannot be had; the message says what to do."""


class RootKey(msgspec.Struct, frozen=True):
    """An access key id and its secret. Its `repr` hides the secret."""

    access_key_id: str
    secret: str

    def __repr__(self) -> str:
        return f"RootKey({self.access_key_id})"


class _File(msgspec.Struct, rename="camel", frozen=True):
    """The file's layout; `format` is raised when it changes."""

    access_key_id: str
    access_key_secret: str
    format: int = 1


def root_key(directory: Path, given: Mapping[str, str], ids: Ids) -> RootKey:
    """Return the root access key.

    `given` is the environment: ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET together go
    before the file `credentials.json` of the data directory, which is made when there is none. Raises
    RootKeyError when only one of the two is given, or the file is damaged, readable by others, or not this
    user's.
    """
    id_ = given.get("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
    secret = given.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
    if id_ and secret:
        return _checked(RootKey(id_, secret), "the environment")
    if id_ or secret:
        raise RootKeyError(
            "Give both ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or neither."
        )
    path = directory / FILE_NAME
    kept = _read(path)
    if kept is None:
        _write_once(path, RootKey("LTAI5t" + ids.token(18), ids.token(30)), ids)
        # Another process may have been first: what stands in the file counts.
        kept = _read(path)
    if kept is None:
        raise RootKeyError(f"{path} was removed while it was being made. Start again.")
    return kept


def is_guessable(key: RootKey) -> bool:
    """Return whether somebody could guess the key: then it must not be reachable from other machines."""
    secret, folded = key.secret, key.secret.lower()
    return (
        len(secret) < 16
        or len(set(secret)) < 8
        or folded == key.access_key_id.lower()
        or folded.strip("0123456789-_!.") in _KNOWN
        or _repeats(folded)
        or _runs(folded)
        or (len(key.access_key_id) >= 6 and key.access_key_id.lower() in folded)
    )


def _repeats(text: str) -> bool:
    """Return whether the text is a shorter one over and over."""
    return any(
        text == (text[:size] * (len(text) // size + 1))[: len(text)] for size in range(1, len(text) // 2 + 1)
    )


def _runs(text: str) -> bool:
    """Return whether most characters follow their neighbour in the alphabet or on the keyboard."""
    rows = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
    steps = sum(any(a + b in row or b + a in row for row in rows) for a, b in pairwise(text))
    return steps * 2 > len(text)


def _checked(key: RootKey, where: str) -> RootKey:
    """Refuse what no signature could carry."""
    limits = ((key.access_key_id, 128, "id"), (key.secret, 256, "secret"))
    for text, longest, what in limits:
        if not text or len(text) > longest or not (text.isascii() and text.isprintable()) or " " in text:
            raise RootKeyError(
                f"The access key {what} from {where} must be 1 to {longest} visible ASCII characters."
            )
    if "/" in key.access_key_id or "," in key.access_key_id or ":" in key.access_key_id:
        raise RootKeyError(f"The access key id from {where} must not hold a slash, comma or colon.")
    return key


def _read(path: Path) -> RootKey | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RootKeyError(f"{path} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as file:
        _check_owner(path, os.fstat(file.fileno()))
        content = file.read(64 * 1024)
    try:
        found = msgspec.json.decode(content, type=_File)
    except msgspec.DecodeError as error:
        raise RootKeyError(
            f"{path} is damaged ({error}). Restore it, or remove it to get a new key."
        ) from None
    if found.format != 1:
        raise RootKeyError(f"{path} has format {found.format}: it was written by a newer release of yunbox.")
    return _checked(RootKey(found.access_key_id, found.access_key_secret), str(path))


def _check_owner(path: Path, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        raise RootKeyError(f"{path} is not a file.")
    if state.st_uid != os.geteuid():
        raise RootKeyError(f"{path} belongs to another user. Run yunbox as that user, or use other data.")
    mode = stat.S_IMODE(state.st_mode)
    if mode & 0o077:
        raise RootKeyError(
            f"{path} has mode {mode:04o}: other users may have read the root access key. "
            f"Run `chmod 600 {path}`, or remove it to get a new key."
        )


def _write_once(path: Path, key: RootKey, ids: Ids) -> None:
    """Put the file in place whole and on disk, unless there is one already."""
    content = msgspec.json.format(msgspec.json.encode(_File(key.access_key_id, key.secret)), indent=2) + b"\n"
    draft = path.with_name(f".{path.name}.{ids.hex(16)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _place(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _sync(path.parent)
    except FileExistsError:
        return
    except OSError as error:
        raise RootKeyError(f"{path} cannot be written: {error.strerror}.") from None


def _place(draft: Path, path: Path) -> None:
    """Give the draft its name. Raises FileExistsError when a faster process has."""
    try:
        # A rename would replace the other's key; a link fails instead.
        os.link(draft, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS) or path.exists():
            raise
        # A file system without links.
        draft.rename(path)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
