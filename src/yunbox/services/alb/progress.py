"""How far balancers are with what was asked of them."""

from __future__ import annotations

from yunbox.control.store import View
from yunbox.services.alb.jobs import goes_on
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.balancing.model import BalancerReached, Member


def listener_status(view: View, listener: Listener) -> str:
    """Return the status of a listener in the API's words: whether its port is open as it should be."""
    reached = view.get(BalancerReached, listener.parent)
    is_open = reached is not None and listener.port in reached.listening
    if listener.running != is_open:
        return "Provisioning" if listener.running else "Configuring"
    if goes_on(view, listener.id):
        return "Configuring"
    return "Running" if is_open else "Stopped"


def servers_are_settled(view: View, group: str) -> bool:
    """Return whether balancers have taken and let go what was asked of the servers of a group."""
    return all(each.status == "Available" for each in view.find(Member, parent=group))


def server_group_status(view: View, group: str) -> str:
    """Return the status of a server group in the API's words."""
    settled = servers_are_settled(view, group) and not goes_on(view, group)
    return "Available" if settled else "Configuring"
