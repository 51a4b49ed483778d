"""The scaling timeline: from the breach of the metric to the first request that the new instance served. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from yunbox.rehearsal.report import Scaled, Watched
from yunbox.rehearsal.tally import Server
from yunbox.rehearsal.watch import Way


def scaled(
    ways: Mapping[str, Way],
    causes: Mapping[str, str],
    watched: Sequence[Watched],
    servers: Mapping[str, Server],
) -> list[Scaled]:
    """Return the way of each instance that came, by decision.

    `servers` are those that answers named; with them the first request served is exact, else it is as often as
    the balancer was looked at.
    """
    found = []
    for instance, way in ways.items():
        named = servers.get(instance)
        first = way.first_served if named is None else named.first
        breach = breached(watched, way.decision)
        found.append(
            Scaled(
                instance=instance,
                cause=causes.get(way.activity, ""),
                breach=breach,
                decision=way.decision,
                running=way.running,
                healthy=way.healthy,
                first_served=None if first is None else round(first, 3),
                breach_to_first_served=None if first is None or breach is None else round(first - breach, 3),
            )
        )
    return sorted(found, key=lambda each: (each.decision is None, each.decision or 0.0, each.instance))


def breached(watched: Sequence[Watched], decision: float | None) -> float | None:
    """Return since when demand was above what was ready and on its way, up to a decision; None if it was not.

    A decision that came before demand rose, as by a forecast, has no breach.
    """
    if decision is None:
        return None
    since = None
    for each in watched:
        if each.at > decision:
            break
        if each.demand > each.ready + each.starting:
            since = each.at if since is None else since
        elif each.at < decision - 1.0:
            # What was just decided may be seen with the decision itself; that does not end the breach.
            since = None
    return since
