"""The controllers of members: finish what was asked of them, and take out what is no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.keeper import Keeper
from yunbox.control.store import Change, Store, View
from yunbox.control.store_resource import Ref
from yunbox.services.balancing import members
from yunbox.services.balancing.balancers import BalancerController
from yunbox.services.balancing.model import Member
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.network_interfaces.model import NetworkInterface

FIRST_AGAIN_SECONDS, LAST_AGAIN_SECONDS = 0.1, 1.0
"""A member is looked at again after a tenth of the time that it has taken so far, within these bounds."""


class MemberController(Keeper):
    """Says of members that they take part, once balancers have taken them, and deletes those that were let go."""

    name = "balancing-members"
    watched = (Member,)
    at_once = 16

    def __init__(
        self, store: Store, balancers: BalancerController, clock: Clock, log: Callable[[str], None]
    ) -> None:
        super().__init__(store, clock, log)
        self._balancers = balancers

    def all_ids(self, view: View) -> Iterable[str]:
        """Return those of which something was asked."""
        return [each.id for each in view.find(Member) if each.status != "Available"]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the one that changed."""
        return () if ref.deleted else (ref.id,)

    async def reconcile(self, id_: str) -> float | None:
        """Finish what was asked of one, or look again soon."""
        with self.store.read() as view:
            member = view.get(Member, id_)
        if member is None or member.status == "Available":
            return None
        removing = member.status == "Removing"
        done = self._balancers.has_let_go if removing else self._balancers.has_taken
        if not done(member):
            taken = self.clock.now() - (member.removing_since if removing else member.added)
            return min(max(FIRST_AGAIN_SECONDS, taken / 10), LAST_AGAIN_SECONDS)
        revision = member.revision
        await self.write(lambda change: _finish(change, id_, revision, removing=removing))
        return None


def _finish(change: Change, id_: str, revision: int, *, removing: bool) -> None:
    """Finish it, unless something else was asked meanwhile."""
    member = change.get(Member, id_)
    if member is None or member.revision != revision:
        return
    if removing:
        change.delete(Member, id_)
    else:
        change.replace(msgspec.structs.replace(member, status="Available"))


class DepartureController(Keeper):
    """Takes servers that are deleted out of all groups. It looks at servers: instances and network interfaces."""

    name = "balancing-departures"
    watched = (Instance, NetworkInterface)

    def all_ids(self, view: View) -> Iterable[str]:
        """Return the servers of all groups that are gone."""
        servers = {each.server_id for each in view.find(Member) if each.server_type != "Ip"}
        return [each for each in servers if _is_gone(view, each)]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the server that changed, if it is gone or will be."""
        return (ref.id,) if ref.deleted or _is_gone(view, ref.id) else ()

    async def reconcile(self, id_: str) -> float | None:
        """Have a server taken out of the groups that it is in."""
        now = self.clock.now()
        with self.store.read() as view:
            if not view.find(Member, name=id_, limit=1):
                return None
        await self.write(lambda change: _depart(change, id_, now))
        return None


def _is_gone(view: View, server: str) -> bool:
    instance = view.get(Instance, server)
    if instance is not None:
        return instance.desired == "Deleted"
    return view.get(NetworkInterface, server) is None


def _depart(change: Change, server: str, now: float) -> None:
    if _is_gone(change, server):
        for each in change.find(Member, name=server):
            members.take_out(change, each, now)
