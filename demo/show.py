"""What the demo prints: one line a step, a progress bar, and the table at the end. Plain in a log."""

from __future__ import annotations

import shutil
import sys
import time
import unicodedata
from collections.abc import Callable
from typing import NamedTuple


class Row(NamedTuple):
    """One step that was taken, with which client, and what was seen."""

    step: str
    client: str
    saw: str
    seconds: float
    held: bool


class Show:
    """Runs the steps and remembers them."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._live = sys.stdout.isatty()

    @property
    def held(self) -> bool:
        """Whether every step held."""
        return all(row.held for row in self.rows)

    def step(self, step: str, client: str, act: Callable[[], str]) -> bool:
        """Take a step; `act` returns what it saw, or raises when something did not hold."""
        began = time.perf_counter()
        try:
            saw, held = act(), True
        except Exception as error:
            saw, held = f"{type(error).__name__}: {error}".splitlines()[0][:160], False
        row = Row(step, client, saw, time.perf_counter() - began, held)
        self.rows.append(row)
        self._clear()
        print(f"  {self._mark(held)}  {step:<34} {saw}", flush=True)
        return held

    def chapter(self, title: str) -> None:
        """Begin a part of the demo."""
        print(f"\n{self._bold(title)}", flush=True)

    def progress(self, title: str) -> Callable[[int, int | None], None]:
        """Return a callback (bytes done, bytes in all) that draws a bar, or says each quarter in a log."""
        said = [0]

        def draw(done: int, total: int | None) -> None:
            if not total:
                return
            share = min(done / total, 1.0)
            figures = f"{done / 1e6:5.0f} of {total / 1e6:.0f} MB"
            if self._live:
                width = max(10, min(40, shutil.get_terminal_size().columns - 50))
                full = int(share * width)
                sys.stdout.write(f"\r\033[K      {title} [{'#' * full}{'.' * (width - full)}] {figures}")
                sys.stdout.flush()
            elif int(share * 4) > said[0]:
                said[0] = int(share * 4)
                print(f"      {title} {share:4.0%}  {figures}", flush=True)

        return draw

    def table(self) -> str:
        """Return what was done and seen, as a table."""
        head = ("what", "client", "seen", "s", "")
        body = [
            (r.step, r.client, r.saw, f"{r.seconds:.2f}", "ok" if r.held else "FAILED") for r in self.rows
        ]
        widths = [max(_width(row[i]) for row in (head, *body)) for i in range(5)]

        def line(row: tuple[str, ...]) -> str:
            spaces = [" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
            cells = [s + c if i == 3 else c + s for i, (c, s) in enumerate(zip(row, spaces, strict=True))]
            return "  ".join(cells).rstrip()

        rule = "  ".join("-" * width for width in widths[:4])
        return "\n".join([line(head), rule, *map(line, body)])

    def _clear(self) -> None:
        if self._live:
            sys.stdout.write("\r\033[K")

    def _mark(self, held: bool) -> str:
        text = "ok  " if held else "FAIL"
        return f"\033[{32 if held else 31}m{text}\033[0m" if self._live else text

    def _bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self._live else text


def _width(text: str) -> int:
    """Return how many columns a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
