"""`yunbox reset`: delete all data of a cloud."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from yunbox.cli.main import CommandError
from yunbox.cli.places import LOCK, MARKER, HeldError, add_data, held


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Delete what is in the data directory. Refused while a cloud runs on it, and for any other folder."""
    data: Path = arguments.data
    if not data.exists():
        print(f"There is nothing in {data}.")
        return 0
    if data.is_symlink() or not (data / MARKER).is_file():
        raise CommandError(
            f"{data} is not a data directory of yunbox: it has no file {MARKER}. Nothing was deleted."
        )
    if not arguments.yes and not _agreed(data):
        print("Nothing was deleted.")
        return 1
    try:
        with held(data, 0.0):
            _delete(data)
    except HeldError:
        raise CommandError(f"a cloud runs on {data}. Stop it first. Nothing was deleted.") from None
    except OSError as error:
        raise CommandError(
            f"{error.filename or data}: {error.strerror}. Not everything was deleted."
        ) from None
    print(f"Deleted all data in {data}.")
    return 0


def _agreed(data: Path) -> bool:
    if not sys.stdin.isatty():
        raise CommandError("this deletes all buckets, keys and users. Confirm with --yes.")
    answer = input(f"Delete all buckets, keys and users in {data}? Type yes: ")
    return answer.strip().lower() == "yes"


def _delete(data: Path) -> None:
    """Empty the folder. The marker and the lock go last: an interrupted reset can be repeated."""
    for each in data.iterdir():
        if each.name in (MARKER, LOCK, "lost+found"):
            continue
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
    (data / MARKER).unlink()
    (data / LOCK).unlink()
    if not any(data.iterdir()):
        data.rmdir()
