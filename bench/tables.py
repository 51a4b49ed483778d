"""Figures gathered over rounds, their ratios, and plain text tables. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

BASE = "yunbox"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured turn. `value` is in `unit`; latencies are in milliseconds."""

    scenario: str
    connections: int
    contestant: str
    round: int
    value: float
    unit: str
    p50: float
    p99: float
    longest: float
    calls: int
    client_cpu_share: float
    reconnects: int = 0
    flushes: int | None = None
    others_cpu_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of a figure over the rounds."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Raises StatisticsError when there are none."""
        known = list(values)
        return cls(median(known), min(known), max(known))

    def text(self, digits: int = 1) -> str:
        """`median (min-max)`."""
        return f"{self.middle:,.{digits}f} ({self.least:,.{digits}f}-{self.most:,.{digits}f})"


@dataclass(slots=True)
class Results:
    """All figures of a run, in the order measured."""

    figures: list[Figure] = field(default_factory=list)

    def cells(self) -> dict[tuple[str, int], dict[str, list[Figure]]]:
        """Figures by (scenario, connections), then by contestant."""
        found: dict[tuple[str, int], dict[str, list[Figure]]] = {}
        for figure in self.figures:
            cell = found.setdefault((figure.scenario, figure.connections), {})
            cell.setdefault(figure.contestant, []).append(figure)
        return found


def ratios(ours: Sequence[Figure], theirs: Sequence[Figure]) -> Spread | None:
    """Spread of ours/theirs, taken round by round; None when they share no round."""
    by_round = {figure.round: figure.value for figure in theirs}
    shared = [f.value / by_round[f.round] for f in ours if by_round.get(f.round)]
    return Spread.of(shared) if shared else None


def raw_table(results: Results) -> str:
    """Every cell's figure: median (min-max) over the rounds, latencies as medians of the rounds."""
    rows = []
    for (scenario, connections), cell in results.cells().items():
        for contestant, figures in cell.items():
            flushes = [f.flushes for f in figures if f.flushes is not None]
            rows.append(
                [
                    scenario,
                    str(connections),
                    contestant,
                    Spread.of(f.value for f in figures).text(),
                    figures[0].unit,
                    *(
                        f"{median(v):,.2f}"
                        for v in zip(*((f.p50, f.p99, f.longest) for f in figures), strict=True)
                    ),
                    f"{median(f.calls for f in figures):,.0f}",
                    f"{median(flushes):,.0f}" if flushes else "-",
                    f"{median(f.client_cpu_share for f in figures):.0%}",
                    f"{median(f.others_cpu_share for f in figures):.0%}",
                ]
            )
    heads = ["scenario", "conns", "contestant", "median (min-max)", "unit", "p50 ms", "p99 ms", "max ms"]
    return render([*heads, "calls", "flushes", "client", "others"], rows, left=3)


def ratio_table(results: Results) -> str:
    """yunbox by peer: the ratio's median (min-max) over the rounds; above 1 yunbox is faster."""
    peers = sorted({f.contestant for f in results.figures if not f.contestant.startswith(BASE)})
    if not peers:
        return "(no peer to compare with)"
    rows = []
    for (scenario, connections), cell in results.cells().items():
        for contestant, figures in cell.items():
            if contestant.startswith(BASE):
                spreads = (ratios(figures, cell.get(peer, [])) for peer in peers)
                shown = [spread.text(2) if spread else "-" for spread in spreads]
                rows.append([scenario, str(connections), contestant, *shown])
    return render(["scenario", "conns", "ratio of", *(f"to {peer}" for peer in peers)], rows, left=3)


def render(heads: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    """A text table; the first `left` columns are aligned left, the others right."""
    if not rows:
        return "(nothing measured)"
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        cells = (
            t.ljust(w) if i < left else t.rjust(w) for i, (t, w) in enumerate(zip(row, widths, strict=True))
        )
        return "  ".join(cells).rstrip()

    return "\n".join([line(heads), "  ".join("-" * w for w in widths), *map(line, rows)])
