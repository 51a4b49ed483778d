"""What the controllers of every product stand on."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from yunbox.config import Config
from yunbox.control.clock import Clock, TurnedClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.engines.balancer.interface import BalancerEngine
from yunbox.engines.objects.interface import ObjectStore
from yunbox.identity.directory import Directory


class Premises(msgspec.Struct, frozen=True, kw_only=True):
    """One process's own: its store, its engines' places (`config`), the machine's clock and the cloud's `time`.

    `balancers` opens the balancer engine, the same for all who call it in this process: an engine keeps alive what
    it was asked to change, so that two of them would both start a balancer again whose process ended.
    `front_door` is how this machine reaches the front door: an address and its ports. `log` writes a line.
    """

    config: Config
    store: Store
    objects: ObjectStore
    directory: Directory
    clock: Clock
    time: TurnedClock
    ids: Ids
    balancers: Callable[[], BalancerEngine]
    front_door: tuple[str, tuple[int, ...]]
    log: Callable[[str], None]
