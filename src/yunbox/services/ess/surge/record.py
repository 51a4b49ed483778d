"""What surge protection saw and decided, once a second, under the namespace `yunbox_surge` of the measured values."""

from __future__ import annotations

import msgspec

from yunbox.engines.metrics.interface import MetricStore, Sample, Series, dimensions
from yunbox.services.ess.surge.decision import Decision, Seen
from yunbox.services.ess.surge.forecast import SLOT_SECONDS, History, learned
from yunbox.services.ess.surge.protected import Protected

_KNOWN_SECONDS = 14 * 86_400
NAMESPACE = "yunbox_surge"

METRICS = (
    "rate",
    "active",
    "queued",
    "load",
    "expected",
    "ready",
    "desired",
    "per_server",
    "panic",
    "startup",
)
"""Requests/s that come; requests in servers and waiting; the load now and expected, in requests at a time; instances
ready and desired; requests at a time for each; whether it is panic; how long an instance takes to start, seconds."""


class _Sums(msgspec.Struct):
    second: int
    values: dict[str, list[float]]


class Record:
    """Adds up each second's samples and puts them into the store; their times are of the cloud's clock."""

    def __init__(self, metrics: MetricStore | None) -> None:
        self._metrics = metrics
        self._sums: dict[tuple[str, str], _Sums] = {}

    def note(self, group: Protected, seen: Seen, found: Decision, at: float) -> None:
        """Take note of a decision."""
        key = (group.account, group.id)
        sums = self._sums.get(key)
        if sums is not None and sums.second != int(at):
            self._put(key, sums)
            sums = None
        if sums is None:
            sums = self._sums[key] = _Sums(int(at), {})
        values = (
            found.rate,
            seen.active,
            seen.queued,
            found.load,
            found.expected,
            seen.ready,
            found.desired,
            found.per_server,
            float(found.panic),
            seen.startup,
        )
        for name, value in zip(METRICS, values, strict=True):
            sums.values.setdefault(name, []).append(value)

    def history(self, group: Protected, at: float) -> History:
        """Return what is known of a group's load of the last days, for `forecast`; `at` is now."""
        history = History()
        if self._metrics is None:
            return history
        points = self._metrics.read(
            group.account,
            NAMESPACE,
            "load",
            start=at - _KNOWN_SECONDS,
            end=at,
            period=SLOT_SECONDS,
            among=({"groupId": group.id},),
        )
        for each in points:
            history = learned(history, each.maximum, each.at)
        return history

    def flush(self) -> None:
        """Put all there is."""
        for key, sums in self._sums.items():
            self._put(key, sums)
        self._sums.clear()

    def _put(self, key: tuple[str, str], sums: _Sums) -> None:
        if self._metrics is None:
            return
        account, group = key
        named = dimensions(groupId=group)
        self._metrics.put(
            Sample(
                Series(account, NAMESPACE, name, named),
                float(sums.second),
                min(values),
                max(values),
                sum(values),
                len(values),
            )
            for name, values in sums.values.items()
        )
