"""The report on disk: `report.json`, and the same as one page that needs nothing else, `report.html`."""

from __future__ import annotations

from html import escape
from pathlib import Path

import msgspec

from yunbox.rehearsal.report import Report

JSON = "report.json"
HTML = "report.html"


def write(report: Report, folder: Path) -> None:
    """Write both files into the folder, made when missing. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / JSON).write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    (folder / HTML).write_text(html(report), encoding="utf-8")


def html(report: Report) -> str:
    """Return the page."""
    rows = "".join(
        f"<tr><td>{escape(line.name)}<td>{escape(line.wanted)}<td>{escape(line.measured)}"
        f"<td>{'held' if line.held else 'NOT held'}"
        for line in report.verdict
    )
    return (
        f"<!doctype html><meta charset=utf-8><title>{escape(report.name)}</title>"
        f"<h1>{escape(report.name)}</h1><p>{escape(report.last_line)}</p><table>{rows}</table>"
    )
