"""What isolation this machine allows, for the operator."""

from __future__ import annotations

from collections.abc import Callable

from yunbox.engines.compute.errors import UnsupportedError
from yunbox.engines.compute.interface import Fact
from yunbox.engines.compute.sandbox import bubblewrap, cgroups, seccomp
from yunbox.engines.compute.sandbox.roots import Roots


def gather(roots: Roots, refused: Callable[[], str]) -> list[Fact]:
    """Try out what this machine allows, and return it."""
    facts = [_sandboxes()]
    if not facts[0].works:
        return facts
    users = bubblewrap.in_own_users()
    as_whom = "root inside is this user outside" if users else "root inside is root, with few capabilities"
    facts.append(Fact(name="users", works=True, detail=as_whom))
    why = refused()
    if why:
        loopback = f"sandboxes share the host's network, each with a loopback address: {why}"
        facts.append(Fact(name="network", works=False, detail=loopback))
        facts.append(Fact(name="firewall", works=False, detail=f"rules are kept and not enforced: {why}"))
    else:
        own = "each sandbox has a network namespace; its addresses are reachable from the host"
        facts.append(Fact(name="network", works=True, detail=own))
        facts.append(Fact(name="firewall", works=True, detail="enforced by nftables, stateful"))
    for kind, missing in cgroups.enforced().items():
        facts.append(Fact(name=kind, works=not missing, detail=missing or "enforced by a control group"))
    fixed = [target for target, way in roots.ways().items() if way == "fixed"]
    changed = (
        f"cannot be changed inside: {', '.join(fixed)}" if fixed else "every directory can be changed inside"
    )
    facts.append(Fact(name="layers", works=not fixed, detail=changed))
    facts.append(
        Fact(
            name="volumes",
            works=False,
            detail="volumes are directories: their size is recorded, not enforced",
        )
    )
    attached = "at any time" if not users else "to stopped sandboxes alone, without root"
    facts.append(Fact(name="attach", works=not users, detail=f"volumes can be attached {attached}"))
    return facts


def _sandboxes() -> Fact:
    try:
        program = bubblewrap.program()
        seccomp.program()
    except UnsupportedError as error:
        return Fact(name="sandboxes", works=False, detail=str(error))
    wrong = bubblewrap.probe([])
    return Fact(name="sandboxes", works=not wrong, detail=wrong or f"by {program}")
