"""Recorded traffic as requests/s by tick. Between two counts the rate runs in a straight line."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def counts(file: Path) -> NDArray[np.float64]:
    """Read the second column of a CSV file with a head line."""
    with file.open(newline="") as text:
        rows = csv.reader(text)
        next(rows)
        return np.array([float(row[1]) for row in rows])


def rates(values: NDArray[np.float64], step: float, tick: float) -> NDArray[np.float64]:
    """Return a rate by tick from counts of `step` seconds each, scaled as they are: requests in a step / `step`."""
    middles = (np.arange(len(values)) + 0.5) * step
    at = (np.arange(round(len(values) * step / tick)) + 0.5) * tick
    found: NDArray[np.float64] = np.interp(at, middles, values / step)
    return found
