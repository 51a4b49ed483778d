"""The report on disk: `report.json`, and the same figures as one page that needs nothing else, `report.html`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

import msgspec
import yaml

from yunbox.rehearsal.page_plots import plots
from yunbox.rehearsal.plots import figure
from yunbox.rehearsal.report import Outcomes, Report
from yunbox.rehearsal.tally import OUTCOMES
from yunbox.rehearsal.verdict import count, duration, percent

JSON = "report.json"
HTML = "report.html"

SHOWN = dict(zip(OUTCOMES, ("served", "queued, then served", "shed", "failed", "timed out"), strict=True))
_EVENTS_SHOWN = 400


def write(report: Report, folder: Path) -> None:
    """Write both files into the folder, made when missing. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / JSON).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    (folder / HTML).write_text(html(report), encoding="utf-8")


def html(report: Report) -> str:
    """Return the page."""
    parts = (
        _head(report),
        _tiles(report),
        _verdict(report),
        "<h2>Over time</h2>" + _flags(report) + "".join(figure(plot) for plot in plots(report)),
        _scaling(report),
        _elasticity(report),
        _first_attempts(report),
        _reconciliation(report),
        _kinds(report),
        _events(report),
        _conduct(report),
    )
    here = files("yunbox.rehearsal")
    style, script = ((here / name).read_text("utf-8") for name in ("page_style.css", "page_script.js"))
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width, initial-scale=1'>"
        f"<title>{escape(report.name)}: {_word(report)}</title><style>{style}</style></head><body><main>"
        f"{''.join(parts)}</main><script>{script}</script></body></html>\n"
    )


def _word(report: Report) -> str:
    if report.void:
        return "void"
    return "held" if report.held else "did not hold"


def _head(report: Report) -> str:
    css = "void" if report.void else "good" if report.held else "bad"
    simulated = " <span class=tag>simulated</span>" if report.simulated else ""
    warnings = "".join(f"<p class=warn><b>Void:</b> {escape(each)}." for each in report.void_reasons)
    notes = "".join(f"<p class=warn>{escape(each)}." for each in report.notes)
    machine = report.machine
    return (
        f"<span class='badge {css}'>{_word(report).upper()}</span>{simulated}<h1>{escape(report.name)}</h1>"
        f"<p class=soft>{escape(report.began)} &middot; {report.seconds_taken:.0f} s &middot; "
        f"{machine.cpus} CPUs &middot; seed {report.seed} &middot; yunbox {escape(machine.yunbox)} "
        f"{escape(machine.commit)}</p><p>{escape(_sentence(report))}</p>{warnings}{notes}"
    )


def _sentence(report: Report) -> str:
    load, surge = report.load, report.load.surge
    text = f"From {surge.base_rate:.0f} to {surge.peak_rate:.0f} requests a second"
    if surge.ten_times_after is not None:
        text += f", ten times the base {surge.ten_times_after:.0f} s after the surge began"
    return f"{text}; {count(report.requests.sent)} requests in {load.length:g} s of load ({load.shape})."


def _tiles(report: Report) -> str:
    outcomes, found = report.requests.outcomes, report.reconciliation
    tiles = [("sent", count(report.requests.sent), "")]
    for name, label in SHOWN.items():
        number = getattr(outcomes, name)
        bad = name in ("shed", "failed", "timed_out")
        tiles.append((label, count(number), ("hot" if number else "calm") if bad else ""))
    if found is not None:
        tiles.append(("lost", count(found.lost), "hot" if found.lost else "calm"))
        tiles.append(("executed twice", count(found.doubled), "hot" if found.doubled else "calm"))
    tiles.append(("p99 latency", duration(report.latency.p99), ""))
    shown = "".join(
        f"<div class='tile {css}'><b>{value}</b><span>{label}</span></div>" for label, value, css in tiles
    )
    return f"<div class=tiles>{shown}</div>{_whole(outcomes)}"


def _whole(outcomes: Outcomes) -> str:
    """Return all requests as one bar: nothing is hidden in it, since it is all of them."""
    total = max(1, outcomes.total)
    parts, words = "", []
    for name, label in SHOWN.items():
        number = getattr(outcomes, name)
        if number:
            parts += (
                f"<i class={name} style='flex:{number};background:var(--c)' title='{label}: {number}'></i>"
            )
        words.append(f"{label} {percent(number / total)}")
    return f"<div class=whole>{parts}</div><p class=soft><small>{' &middot; '.join(words)} of all sent</small></p>"


def _verdict(report: Report) -> str:
    rows = [
        (each.name, each.wanted, each.measured, ("good", "held") if each.held else ("bad", "NOT held"))
        for each in report.verdict
    ]
    return "<h2>Verdict against the SLO</h2>" + _table(("", "wanted", "measured", ""), rows)


def _flags(report: Report) -> str:
    """Return the faults, numbered as in the plots, and what clients saw of each."""
    rows = []
    for number, each in enumerate(report.faults, 1):
        ended = each.outcomes
        lost = ended.shed + ended.failed + ended.timed_out
        seen = f"{count(ended.total)} requests in {each.seconds} s: {count(lost)} failed or shed, "
        seen += f"{count(each.retried)} tried again, {count(ended.queued)} queued, p99 {duration(each.latency.p99)}"
        rows.append((str(number), f"{each.at:.1f} s", each.what, each.detail, seen))
    return _table(("fault", "at", "", "", "what clients saw"), rows) if rows else ""


def _scaling(report: Report) -> str:
    if not report.scaling:
        return ""
    rows = [
        (
            each.instance,
            *(
                _at(moment)
                for moment in (each.breach, each.decision, each.running, each.healthy, each.first_served)
            ),
            "" if each.breach_to_first_served is None else duration(each.breach_to_first_served),
            each.cause,
        )
        for each in report.scaling
    ]
    columns = (
        "instance",
        "breach",
        "decision",
        "running",
        "healthy",
        "first request",
        "breach to first",
        "cause",
    )
    return (
        "<h2>Scaling, from the breach to the first request served</h2><p class=soft>Seconds from the start of the "
        "load. A breach is when demand first exceeded what was ready and on its way.</p>"
        + _table(columns, rows)
    )


def _elasticity(report: Report) -> str:
    found, paid = report.elasticity, report.cost
    if found is None or paid is None:
        return ""
    rows = [
        ("accuracy, under-provisioned (theta U)", f"{found.theta_under:.2f} %"),
        ("accuracy, over-provisioned (theta O)", f"{found.theta_over:.2f} %"),
        ("time under-provisioned (tau U)", f"{found.tau_under:.2f} %"),
        ("time over-provisioned (tau O)", f"{found.tau_over:.2f} %"),
        ("instability", f"{found.instability:.2f} %"),
        ("cost, in instance-seconds", f"{paid.instance_seconds:,.0f}"),
        ("cost of an oracle", f"{paid.oracle_instance_seconds:,.0f}"),
        ("cost against the oracle", f"{paid.ratio:.2f} times"),
    ]
    return "<h2>Elasticity and cost</h2>" + _table(("SPEC elasticity (arXiv 1604.03470)", ""), rows)


def _first_attempts(report: Report) -> str:
    requests = report.requests
    if not (requests.first_failures or requests.failures or requests.retries):
        return ""
    names = sorted(requests.first_failures | requests.failures)
    rows = [
        (name, count(requests.first_failures.get(name, 0)), count(requests.failures.get(name, 0)))
        for name in names
    ]
    retried = requests.retried
    then = ", ".join(f"{SHOWN[name]} {getattr(retried, name)}" for name in OUTCOMES if getattr(retried, name))
    return (
        "<h2>What went wrong on the way</h2>"
        + _table(("", "first attempts that failed so", "requests that ended so"), rows, numbers=(1, 2))
        + f"<p>{count(requests.retries)} retries of {count(retried.total)} requests, which then were: "
        f"{then or 'none'}. {count(requests.retries_denied)} more were denied by the retry budget.</p>"
    )


def _reconciliation(report: Report) -> str:
    found = report.reconciliation
    if found is None:
        return ""
    rows = [
        ("accepted (acknowledged to the client)", count(found.accepted)),
        ("of these executed exactly once", count(found.executed_once)),
        ("accepted and lost", count(found.lost)),
        ("executed twice or more", count(found.doubled)),
        ("executed though not acknowledged", count(found.unacknowledged)),
    ]
    ids = ", ".join((*found.lost_ids, *found.doubled_ids))
    return (
        "<h2>Reconciliation by id</h2>"
        + _table(("", ""), rows, numbers=(1,))
        + (f"<p class=soft>Among them: {escape(ids)}</p>" if ids else "")
    )


def _kinds(report: Report) -> str:
    rows = [
        (
            kind.name,
            *(count(getattr(kind.outcomes, name)) for name in OUTCOMES),
            *(duration(value) for value in (kind.latency.p50, kind.latency.p99, kind.latency.max)),
        )
        for kind in report.kinds
    ]
    columns = ("request", *SHOWN.values(), "p50", "p99", "max")
    return "<h2>By request</h2>" + _table(columns, rows, numbers=range(1, len(columns)))


def _events(report: Report) -> str:
    if not report.events:
        return ""
    rows = "".join(
        f"<tr><td class=n>{event.at:.2f} s<td><span class='tag {event.kind}'>{event.kind}</span>"
        f"<td>{escape(event.what)}<td>{escape(event.detail)}"
        for event in report.events[:_EVENTS_SHOWN]
    )
    more = len(report.events) - _EVENTS_SHOWN
    rest = f"<p class=soft>{more} more stand in {JSON}.</p>" if more > 0 else ""
    return f"<h2>What happened</h2><div class=card><table>{rows}</table></div>{rest}"


def _conduct(report: Report) -> str:
    own, lag, machine = report.generator, report.generator.lag, report.machine
    lags = ", ".join(
        f"{name} {duration(value)}" for name, value in (("p50", lag.p50), ("p99", lag.p99), ("max", lag.max))
    )
    rows = [
        ("intended, sent, completed", ", ".join(map(count, (
            report.requests.intended, report.requests.sent, report.requests.completed)))),
        ("generator", f"{own.processes} processes, {own.cpu_seconds:.1f} s of CPU"),
        ("how late requests were sent", lags),
        ("void past", f"p99 {duration(own.lag_p99_bound)} or max {duration(own.lag_max_bound)}"),
        ("run, seed", f"{report.run}, {report.seed}"),
        ("machine", f"{machine.cpus} CPUs, {machine.model}, {machine.memory_bytes >> 30} GiB, {machine.system}"),
        ("software", f"yunbox {machine.yunbox} {machine.commit}, Python {machine.python}"),
    ]  # fmt: skip
    plan = yaml.safe_dump(report.plan, sort_keys=False, allow_unicode=True)
    return (
        "<h2>The run itself</h2><p class=soft>Open loop: every request is sent when it is due, whatever became of "
        "the others, and its latency counts from that moment.</p>"
        + _table(("", ""), rows)
        + f"<details class=card><summary>The plan</summary><pre>{escape(plan)}</pre></details>"
    )


Cell = str | tuple[str, str]
"""What stands in a cell, or its class and what stands in it."""


def _table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], numbers: Iterable[int] = ()) -> str:
    wide = " class=wide" if len(columns) > 5 else ""
    right = frozenset(numbers)
    head = "".join(
        f"<th{' class=n' if index in right else ''}>{escape(each)}" for index, each in enumerate(columns)
    )
    body = ""
    for row in rows:
        body += "<tr>"
        for index, cell in enumerate(row):
            css, text = cell if isinstance(cell, tuple) else ("n" if index in right else "", cell)
            body += f"<td{f' class={css}' if css else ''}>{escape(text)}"
    shown = f"<tr>{head}" if any(columns) else ""
    return f"<div class=card><table{wide}>{shown}{body}</table></div>"


def _at(moment: float | None) -> str:
    return "" if moment is None else f"{moment:.2f}"
