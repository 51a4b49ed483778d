"""The command `yunbox`. Each command is a module of this package, imported only when it is called."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import Protocol, cast

from yunbox import __version__

COMMANDS = {
    "up": "start the cloud and keep it in the foreground",
    "env": "print what points clients at the cloud",
    "run": "run a program with its traffic to *.aliyuncs.com sent to the cloud",
    "status": "tell whether the cloud is up, and where",
    "rehearse": "send a load curve, break things meanwhile, and report what came of it",
    "doctor": "check whether this machine is fit for a cloud",
    "reset": "delete all data of a cloud",
}


class Command(Protocol):
    """What a command's module has."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; return the exit status."""
        ...


class CommandError(Exception):
    """The command cannot be done; the message says why and what to do."""


def main() -> None:
    """Run the command that the arguments name."""
    sys.exit(_main(sys.argv[1:]))


def _main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="yunbox", description="A cloud on your machine that speaks Alibaba Cloud's protocols."
    )
    parser.add_argument("--version", action="version", version=f"yunbox {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    asked = next((each for each in arguments if not each.startswith("-")), "")
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        if name == asked:
            _module(name).add_arguments(sub)
    parsed = parser.parse_args(arguments)
    try:
        return _module(parsed.command).run(parsed)
    except CommandError as error:
        print(f"yunbox {parsed.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _module(name: str) -> Command:
    return cast(Command, importlib.import_module(f"yunbox.cli.{name}"))
