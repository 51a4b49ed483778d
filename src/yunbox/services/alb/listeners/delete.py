"""How a listener goes, with its rules."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.rules.model import Rule


def drop_listener(call: Call, listener: Listener) -> None:
    """Delete a listener and its rules."""
    for each in call.find(Rule, parent=listener.id):
        call.change.delete(Rule, each.id)
    call.change.delete(Listener, listener.id)
