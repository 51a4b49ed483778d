"""Loaded into every Python program under `yunbox run` (PYTHONPATH), for clients that read no variables.

`certifi` names the bundle to trust: some hand its file to TLS themselves, the vendor's clients among them. And
`socket.getaddrinfo` has the cloud's addresses for the vendor's hosts: aiohttp, for one, knows no proxy unless it
is told. Nothing is imported on their account, and whatever other `sitecustomize` there is has its turn.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False
"""As in `typing`, which is not worth importing; older versions of Python run this too."""

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    Change = Callable[[ModuleType], None]

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is slow to import


class ChangingFinder:
    """Finds modules as usual, and changes the ones with certain names once they have been run."""

    def __init__(self, changes: dict[str, Change]) -> None:
        self._changes = changes

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return None for all other modules: the usual finders have their turn. Also sees bundled copies."""
        change = self._changes.get(name) or self._changes.get(".".join(name.split(".")[-2:]))
        spec = PathFinder.find_spec(name, path, target) if change is not None else None
        if change is None or spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def run_and_change(module: ModuleType) -> None:
            run(module)
            if module.__name__ == name:
                change(module)

        spec.loader.exec_module = run_and_change  # type: ignore[method-assign]
        return spec


def _trusting(bundle: str) -> Change:
    def contents() -> str:
        with open(bundle, encoding="ascii", errors="replace") as file:  # noqa: PTH123
            return file.read()

    def change(certifi_core: ModuleType) -> None:
        certifi_core.where = lambda: bundle  # type: ignore[attr-defined]
        certifi_core.contents = contents  # type: ignore[attr-defined]

    return change


def _turning(plain: str, secure: str) -> Change:
    ports = {80: plain, "80": plain, "http": plain, 443: secure, "443": secure, "https": secure}

    def change(socket: ModuleType) -> None:
        usual = socket.getaddrinfo

        def getaddrinfo(
            host: object,
            port: object,
            family: int = 0,
            type: int = 0,  # noqa: A002 - callers name it
            proto: int = 0,
            flags: int = 0,
        ) -> object:
            name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
            asked = port.decode("ascii", "replace") if isinstance(port, bytes) else port
            if (
                isinstance(name, str)
                and isinstance(asked, (int, str))
                and asked in ports
                and f".{name.lower().rstrip('.')}".endswith(".aliyuncs.com")
            ):
                to, _, number = ports[asked].rpartition("/")[2].rpartition(":")
                return usual(to.strip("[]"), int(number), 0, type, proto)
            return usual(host, port, family, type, proto, flags)

        socket.getaddrinfo = getaddrinfo  # type: ignore[attr-defined]

    return change


def _install(environment: dict[str, str]) -> None:
    changes = {
        "certifi.core": _trusting(environment["YUNBOX_TRUST"]),
        "socket": _turning(environment["YUNBOX_HTTP"], environment["YUNBOX_HTTPS"]),
    }
    sys.meta_path.insert(0, ChangingFinder(changes))
    for name, change in changes.items():
        if name in sys.modules:
            change(sys.modules[name])


def _next() -> None:
    """Leave the path as it would be without us, and run the `sitecustomize` that would have been found."""
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != _HERE]  # noqa: PTH100
    spec = PathFinder.find_spec("sitecustomize")
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec  # noqa: PLC0415 - slow, and seldom needed

        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if {"YUNBOX_TRUST", "YUNBOX_HTTP", "YUNBOX_HTTPS"} <= os.environ.keys():
    _install(dict(os.environ))
_next()
