"""Products and their actions: the register that the gateway dispatches on.

Adding an action is writing its request type and one decorated function in the product's folder:

    class CreateThing(Request):
        name: str

    @product.action(CreateThing, on="thing/*")
    def create_thing(request: CreateThing, call: Call) -> ThingCreated: ...

Parsing, authorisation (`<ram>:CreateThing` on the resource that `on` names), the transaction, ClientToken, DryRun,
errors, JSON and XML come with the decorator and the types.
"""

from __future__ import annotations

import importlib
import inspect
import re
import string
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any, Literal, TypeVar

import msgspec

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request

R = TypeVar("R", bound=Request)
Function = Callable[[R, Call], Answer] | Callable[[R, Call], Awaitable[Answer]]
Access = Literal["read", "write", "own"]

_READS = re.compile(r"(Describe|List|Get|Check)[A-Z]")


class Action(msgspec.Struct, frozen=True):
    """One action. `access` says whether it runs in a reading or a writing transaction, or opens its own.

    `permission` is the RAM action; `on` the resource after `acs:<ram>:<region>:<account>:`, a template over the
    attributes of the request (empty: the function authorises itself).
    """

    name: str
    request: type[Request]
    function: Callable[[Any, Call], Any]
    permission: str
    on: str
    access: Access
    is_async: bool
    partial: str = ""
    names: tuple[str, ...] = ()
    method: str = ""
    path: str = ""


class Product:
    """A product at one version of its API.

    `code` is the vendor's code, `ram` its name in policies, `hosts` the first labels of its endpoints' names,
    `package` where its facts lie. `regional` says that its resources belong to regions. `forbidden` is the
    code of a refused authorisation, `dry_run_status` the status of a dry run that would have passed. `by_path` says
    that its actions are found by their paths: a ROA product. The package's module `actions` imports all modules that
    register actions.
    """

    def __init__(
        self,
        code: str,
        version: str,
        *,
        package: str,
        ram: str = "",
        hosts: tuple[str, ...] = (),
        regional: bool = True,
        forbidden: str = "Forbidden.RAM",
        dry_run_status: int = 400,
        by_path: bool = False,
    ) -> None:
        self.code = code
        self.version = version
        self.package = package
        self.ram = ram or code.lower()
        self.hosts = hosts or (code.lower(),)
        self.regional = regional
        self.forbidden = forbidden
        self.dry_run_status = dry_run_status
        self.by_path = by_path
        self._actions: dict[str, Action] = {}

    @property
    def actions(self) -> Mapping[str, Action]:
        """All actions; the modules that hold them are imported when they are asked for the first time."""
        importlib.import_module(f"{self.package}.actions")
        return self._actions

    def action(
        self,
        request: type[R],
        *,
        on: str,
        name: str = "",
        permission: str = "",
        access: Access | None = None,
        partial: str = "",
        method: str = "",
        path: str = "",
    ) -> Callable[[Function[R]], Function[R]]:
        """Register a function as an action, named as its request type is unless `name` says otherwise.

        `partial` says what of the vendor's behaviour is missing besides parameters. `method` and `path` (such as
        `/things/{ThingId}`, with parameters' wire names) are for ROA products.
        """

        def register(function: Function[R]) -> Function[R]:
            known = name or request.__name__
            if known in self._actions:
                raise TypeError(f"{self.code} has the action {known} twice.")
            self._actions[known] = Action(
                name=known,
                request=request,
                function=function,
                permission=permission or f"{self.ram}:{known}",
                on=on,
                access=access or ("read" if _READS.match(known) else "write"),
                is_async=inspect.iscoroutinefunction(function),
                partial=partial,
                names=tuple(field for _, field, _, _ in string.Formatter().parse(on) if field),
                method=method,
                path=path,
            )
            return function

        return register


class Catalogue:
    """All products of the cloud, by version and by the names of their endpoints."""

    def __init__(self, products: tuple[Product, ...]) -> None:
        self.products = products
        self._by_version: dict[str, list[Product]] = {}
        self._by_host: dict[str, list[Product]] = {}
        for each in products:
            self._by_version.setdefault(each.version, []).append(each)
            for host in each.hosts:
                self._by_host.setdefault(host, []).append(each)

    def at_host(self, label: str) -> list[Product]:
        """Return the products whose endpoints' names begin with a label."""
        return self._by_host.get(label, [])

    def find(self, version: str, action: str, label: str = "") -> Product | None:
        """Return the product that has a version; with several, the one at the host, or that has the action."""
        found = self._by_version.get(version, [])
        named = [each for each in found if label in each.hosts] or found
        for each in named:
            if action in each.actions:
                return each
        return named[0] if named else None

    @cached_property
    def _by_path(self) -> list[tuple[str, re.Pattern[str], Product, Action]]:
        return [
            (action.method, _pattern(action.path), product, action)
            for product in self.products
            if product.by_path
            for action in product.actions.values()
        ]

    def at_path(self, method: str, path: str, version: str) -> tuple[Product, Action, dict[str, str]] | None:
        """Return the ROA action at a path (decoded, without query) with the path's parameters, or None.

        An empty version stands for any: old clients send none.
        """
        for asked, pattern, product, action in self._by_path:
            if asked == method and version in ("", product.version) and (match := pattern.fullmatch(path)):
                return product, action, match.groupdict()
        return None


def _pattern(path: str) -> re.Pattern[str]:
    pieces = [
        re.escape(text) + (f"(?P<{name}>[^/]+)" if name else "")
        for text, name, _, _ in string.Formatter().parse(path)
    ]
    return re.compile("".join(pieces))
