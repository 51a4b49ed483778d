"""Which addresses are the cloud's own."""

from __future__ import annotations

from yunbox.control.store import View
from yunbox.services.balancing.model import BalancerReached
from yunbox.services.ecs.instances.model import Instance


def addresses_of(view: View) -> list[str]:
    """Return the addresses of all balancers and instances, as they are inside and as this machine reaches them."""
    found = {host for each in view.find(BalancerReached) for pair in each.addresses for host in pair}
    found |= {host for each in view.find(Instance) for host in (each.private_ip, *each.public_addresses)}
    return sorted(host for host in found if host)
