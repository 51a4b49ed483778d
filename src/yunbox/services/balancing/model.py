"""Servers of server groups as they are stored, for Slb and Alb alike, and what is seen of them."""

from __future__ import annotations

from typing import Literal

from yunbox.control.store_resource import Resource

MemberType = Literal["Ecs", "Eni", "Eci", "Ip"]
MemberStatus = Literal["Adding", "Available", "Configuring", "Removing"]


class Member(Resource, kind="balancing.member", kw_only=True):
    """A server in a group. `parent` is the group: of Alb a server group, of Slb a VServer group, a master-slave
    group, or the balancer itself for its default group. The id is `member_id(...)`, `name` the server's id, so that
    all groups of a server are found; `members.add` and `members.take_out` keep to that.

    `status` is in Alb's words; the balancing controller alone brings it from "Adding" and "Configuring" to
    "Available". Taking a server out sets "Removing": the balancer drains it, for as long as it takes and at most
    the group's drain time, and the controller then deletes the row. So whoever must not stop a server that still
    has requests waits until the row is gone. Slb shows no member that is "Removing"; adding it again meanwhile sets
    "Adding". `removing_since` is in seconds since the epoch (machine's time).

    `ip` is the address for the types "Eni" and "Ip"; that of an instance is looked up. `port` 0: the listener's.
    `role` is of master-slave groups. `added_by` is the scaling group that added it, or empty; `added` is when it came
    (machine's time).
    """

    server_id: str
    server_type: MemberType = "Ecs"
    ip: str = ""
    port: int = 0
    weight: int = 100
    description: str = ""
    role: Literal["", "Master", "Slave"] = ""
    status: MemberStatus = "Adding"
    removing_since: float = 0.0
    added_by: str = ""
    added: float = 0.0


class Health(Resource, kind="balancing.health", kw_only=True):
    """What a balancer's checks say of a server, written by the controller when it changes.

    The id is `<engine's backend>/<engine's server>`, `parent` the balancer, `name` the server's id (an instance's,
    or its address). `listener` and `group` are ids. `state` is the engine's word; `since` when it began.
    """

    state: str
    since: float
    listener: str = ""
    group: str = ""
    member: str = ""
    port: int = 0
    detail: str = ""


class BalancerReached(Resource, kind="balancing.reached", kw_only=True):
    """Where this machine reaches a balancer, written by the controller; the id is the balancer's.

    `addresses` are pairs of the balancer's address and the host's address for it, empty when it does not reach it;
    then `reason` says why. `listening` are the ports that are open.
    """

    addresses: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    listening: tuple[int, ...] = ()


def member_id(group: str, server: str, port: int) -> str:
    """Return the id of a member: a server is in a group once a port."""
    return f"{group}/{server}/{port}"
