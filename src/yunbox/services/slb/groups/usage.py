"""Which listeners and forwarding rules use a group."""

from __future__ import annotations

from yunbox.api.resource import CloudResource
from yunbox.control.store import View
from yunbox.services.slb.listeners.model import Listener, Rule


def users_of(view: View, group: CloudResource) -> tuple[list[Listener], list[Rule]]:
    """Return the listeners of the group's balancer that send to it, and the rules that do."""
    listeners = view.find(Listener, parent=group.parent)
    rules = [each for listener in listeners for each in view.find(Rule, parent=listener.id)]
    return (
        [each for each in listeners if each.group == group.id],
        [each for each in rules if each.vserver_group == group.id],
    )
