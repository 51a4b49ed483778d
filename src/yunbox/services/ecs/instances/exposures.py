"""Which public addresses lead to which instances, as far as the engine was told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from yunbox.engines.compute.errors import UnsupportedError
from yunbox.engines.compute.interface import Compute


class Exposures:
    """Tells the engine. What it remembers spares it telling the same again; losing that is harmless.

    One change at a time: an address that moves is taken from one instance before the other gets it, or not any
    more.
    """

    def __init__(self, compute: Compute, log: Callable[[str], None]) -> None:
        self._compute = compute
        self._log = log
        self._told: dict[str, tuple[str, str, str]] = {}
        self._lock = asyncio.Lock()

    async def keep(self, instance: str, network: str, wanted: Mapping[str, str]) -> None:
        """Have these addresses lead to an instance, each to a private address, and no others."""
        async with self._lock:
            await self._retract(instance, wanted)
            for address, private in wanted.items():
                meant = (instance, network, private)
                if self._told.get(address) == meant:
                    continue
                try:
                    await self._compute.expose(address, network, private)
                except UnsupportedError as error:
                    self._log(f"address {address} of instance {instance} leads nowhere: {error}")
                self._told[address] = meant

    async def retract(self, instance: str, but: Iterable[str]) -> None:
        """Have no addresses lead to an instance but some."""
        async with self._lock:
            await self._retract(instance, but)

    async def drop(self, instance: str, addresses: Iterable[str]) -> None:
        """Have no address lead to an instance, nor any of these that the engine was told of before."""
        async with self._lock:
            await self._retract(instance, ())
            for address in addresses:
                if address not in self._told:
                    await self._compute.unexpose(address)

    async def _retract(self, instance: str, but: Iterable[str]) -> None:
        kept = set(but)
        for address, (owner, _, _) in list(self._told.items()):
            if owner == instance and address not in kept:
                await self._compute.unexpose(address)
                del self._told[address]
