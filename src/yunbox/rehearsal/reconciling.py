"""Reconciliation: what was accepted against what was executed, by id."""

from __future__ import annotations

import http.client
import json
import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from yunbox.rehearsal.cloud import ANSWER_SECONDS, CloudAt
from yunbox.rehearsal.plan import Reconcile
from yunbox.rehearsal.plan_file import PlanError
from yunbox.rehearsal.report import Reconciliation

SHOWN = 20
"""So many ids of what went wrong stand in the report."""


class UnreadableError(Exception):
    """What was executed could not be read back; the message says why."""


def check(wanted: Reconcile, cloud: CloudAt | None) -> None:
    """Refuse what cannot be done. Raises PlanError."""
    if bool(wanted.bucket) == bool(wanted.url):
        raise PlanError("reconcile: give either a bucket or a url")
    if wanted.bucket and cloud is None:
        raise PlanError("reconcile.bucket: it is of a cloud; give its --data")
    try:
        groups = re.compile(wanted.id_pattern).groups
    except re.error as error:
        raise PlanError(f"reconcile.id_pattern: {error}") from None
    if groups < 1:
        raise PlanError("reconcile.id_pattern: its first group, in parentheses, is the id; it has none")


def executed(wanted: Reconcile, cloud: CloudAt | None) -> Counter[str]:
    """Return how often each id was executed. Raises UnreadableError."""
    try:
        if wanted.url:
            return _from_url(wanted.url)
        assert cloud is not None
        return _from_keys(cloud.keys_of(wanted.bucket, wanted.prefix), wanted)
    except (OSError, ValueError, http.client.HTTPException) as error:
        where = wanted.url or f"bucket {wanted.bucket}"
        raise UnreadableError(f"{where} could not be read: {error}") from None


def reconcile(
    run: str, accepted: Iterable[int], unknown: Iterable[int], found: Counter[str]
) -> Reconciliation:
    """Hold the accepted requests of a run against what was executed.

    `unknown` are those that were not served and yet may have been executed: once is no fault, twice is.
    Ids of the warm-up count nowhere; `foreign` are ids of no request of this run.
    """
    ids = {f"{run}-{number}" for number in accepted}
    tried = {f"{run}-{number}" for number in unknown}
    lost = sorted(ids - found.keys())
    doubled = sorted(id_ for id_, times in found.items() if times > 1 and id_.startswith(f"{run}-"))
    own = {id_ for id_ in found if id_.startswith(f"{run}-") and not id_.startswith(f"{run}-w")}
    return Reconciliation(
        accepted=len(ids),
        executed=len(own),
        executed_once=sum(found[id_] == 1 for id_ in ids),
        lost=len(lost),
        doubled=len(doubled),
        unacknowledged=len((tried & own) - ids),
        foreign=len(found) - sum(id_.startswith(f"{run}-") for id_ in found),
        lost_ids=tuple(lost[:SHOWN]),
        doubled_ids=tuple(doubled[:SHOWN]),
    )


def _from_keys(keys: Iterable[str], wanted: Reconcile) -> Counter[str]:
    pattern, found = re.compile(wanted.id_pattern), Counter[str]()
    for key in keys:
        if (match := pattern.search(key.removeprefix(wanted.prefix))) is not None:
            found[match[1]] += 1
    return found


def _from_url(url: str) -> Counter[str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise ValueError(f"status {answer.status}")
    return counted(body)


def counted(body: bytes) -> Counter[str]:
    """Return the counts of an answer: a JSON list of ids, a JSON object of ids and counts, or an id a line."""
    text = body.decode("utf-8", "replace").strip()
    if not text.startswith(("[", "{")):
        return Counter(line.strip() for line in text.splitlines() if line.strip())
    tree = json.loads(text)
    if isinstance(tree, dict):
        return Counter({str(id_): int(times) for id_, times in tree.items()})
    return Counter(str(id_) for id_ in tree)
