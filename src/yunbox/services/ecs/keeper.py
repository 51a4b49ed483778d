"""What the controllers of Ecs have in common: they stand on the compute engine."""

from __future__ import annotations

from abc import ABC
from collections.abc import Callable

from yunbox.control import keeper
from yunbox.control.clock import Clock
from yunbox.control.store import Store
from yunbox.engines.compute.errors import ComputeError
from yunbox.engines.compute.interface import Compute


class Keeper(keeper.Keeper, ABC):
    """A controller of resources that the compute engine makes so."""

    foreseen = (ComputeError, OSError)

    def __init__(self, store: Store, compute: Compute, clock: Clock, log: Callable[[str], None]) -> None:
        super().__init__(store, clock, log)
        self.compute = compute
