"""How far balancers are with what was asked of them."""

from __future__ import annotations

from yunbox.control.store import View
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.balancing.model import BalancerReached, Member


def listener_status(view: View, listener: Listener) -> str:
    """Return the status of a listener in the API's words: whether its port is open as it should be."""
    reached = view.get(BalancerReached, listener.parent)
    is_open = reached is not None and listener.port in reached.listening
    if listener.running:
        return "Running" if is_open else "Provisioning"
    return "Configuring" if is_open else "Stopped"


def is_settled(view: View, resource_type: str, id_: str) -> bool:
    """Return whether balancers do what was asked of a resource; of one that is gone they do."""
    if resource_type == "listener":
        listener = view.get(Listener, id_)
        return listener is None or listener_status(view, listener) in ("Running", "Stopped")
    if resource_type == "servergroup":
        return all(each.status == "Available" for each in view.find(Member, parent=id_))
    return True
