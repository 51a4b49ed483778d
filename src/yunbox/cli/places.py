"""Where a person's clouds are kept, and how commands find the one that runs."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import platformdirs

from yunbox.config import PROCESSES_FILE, STATE_FILE, Config, RunState
from yunbox.control.ids import Ids
from yunbox.identity.root_key import FILE_NAME, RootKey, root_key

MARKER = "yunbox.data"
"""The file that makes a folder a data directory of yunbox."""

LOCK = "lock"

_FORMAT = b"yunbox data directory, format 1\n"


class HeldError(Exception):
    """A cloud runs on the data directory."""


def default_data() -> Path:
    """Return the data directory: YUNBOX_DATA, or the user's data directory for this operating system."""
    given = os.environ.get("YUNBOX_DATA")
    return Path(given) if given else Path(platformdirs.user_data_dir("yunbox", appauthor=False))


def add_data(parser: argparse.ArgumentParser) -> None:
    """Declare `--data`."""
    parser.add_argument(
        "--data",
        type=lambda text: Path(text).expanduser().absolute(),
        default=default_data().absolute(),
        metavar="DIR",
        help="where everything is kept; or set YUNBOX_DATA (%(default)s)",
    )


def claim(data: Path) -> None:
    """Make the data directory, and mark it as one. Raises OSError."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    marker = data / MARKER
    if not marker.exists():
        # A folder of somebody's own is not to be taken for a data directory later, when it is to be deleted.
        if any(each.name != "lost+found" for each in data.iterdir()):
            raise FileExistsError(0, "it holds files that yunbox did not put there")
        marker.write_bytes(_FORMAT)


@contextlib.contextmanager
def held(data: Path, seconds: float, *, shared: bool = False) -> Iterator[None]:
    """Hold the data directory for this process alone, waiting so long for one that is ending.

    `shared` is for a look: it holds off a cloud, but not another look. Raises HeldError.
    """
    how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    end = time.monotonic() + seconds
    while (descriptor := _locked(data / LOCK, how)) is None:
        if time.monotonic() >= end:
            raise HeldError
        time.sleep(0.05)
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path, how: int) -> int | None:
    """Return a descriptor of the locked file, or None when another holds it or it was replaced meanwhile."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        if _is_at(path, descriptor):
            return descriptor
    except BlockingIOError:
        pass
    os.close(descriptor)
    return None


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def write_state(config: Config, state: RunState, key: RootKey) -> None:
    """Say that the cloud is up, at once or not at all.

    The key is left beside it, readable by this user only, since one that came from the environment of `up` is
    nowhere else.
    """
    _write_key(config, key)
    draft = config.run / f"{STATE_FILE}.new"
    draft.write_bytes(msgspec.json.encode(state))
    draft.replace(config.run / STATE_FILE)


def write_processes(config: Config, processes: dict[str, int]) -> None:
    """Say which processes the cloud has, by role."""
    draft = config.run / f"{PROCESSES_FILE}.new"
    draft.write_bytes(msgspec.json.encode(processes))
    draft.replace(config.run / PROCESSES_FILE)


def running(data: Path) -> RunState | None:
    """Return what the cloud on a data directory says of itself, or None when none is up.

    The file alone proves nothing, since a killed cloud leaves it behind: the lock does.
    """
    try:
        state = msgspec.json.decode((data / "run" / STATE_FILE).read_bytes(), type=RunState)
        with held(data, 0.0, shared=True):
            return None
    except HeldError:
        return state
    except (OSError, msgspec.DecodeError):
        return None


def running_key(data: Path) -> RootKey:
    """Return the root key of the cloud that runs there. Raises RootKeyError."""
    return root_key(data / "run", {}, Ids())


def remove_state(config: Config) -> None:
    """Say that the cloud is not up any more."""
    for name in (STATE_FILE, FILE_NAME, PROCESSES_FILE):
        (config.run / name).unlink(missing_ok=True)


def _write_key(config: Config, key: RootKey) -> None:
    descriptor = os.open(config.run / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode({"accessKeyId": key.access_key_id, "accessKeySecret": key.secret}))
