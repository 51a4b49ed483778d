"""The production engine: HAProxy.

A balancer is one HAProxy process, and a folder that says what it is. It outlives whoever started it; the next
object of this class adopts it. One object at a time may change balancers of a folder; any number may observe.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Set as AbstractSet
from pathlib import Path

from yunbox.control.clock import Clock, SystemClock
from yunbox.engines.balancer.checking import check_balancer, checked
from yunbox.engines.balancer.errors import BalancerError, NoBalancerError
from yunbox.engines.balancer.haproxy import runtime
from yunbox.engines.balancer.haproxy.keeping import Kept
from yunbox.engines.balancer.haproxy.records import Folder, load_run
from yunbox.engines.balancer.haproxy.seeing import see
from yunbox.engines.balancer.haproxy.starting import MARK
from yunbox.engines.balancer.interface import Balancer, Reached, Seen
from yunbox.engines.compute.errors import ComputeError
from yunbox.engines.compute.interface import Compute
from yunbox.engines.compute.sandbox import records
from yunbox.engines.compute.sandbox.processes import alive, marked, send, wait


class HaproxyEngine:
    """Implements `BalancerEngine`. Nothing happens when it is made; balancers that run are adopted when needed."""

    def __init__(self, root: Path, compute: Compute, clock: Clock | None = None) -> None:
        self._root = root.resolve()
        self._compute = compute
        self._clock = clock or SystemClock()
        self._kept: dict[str, Kept] = {}
        self._ended: asyncio.Queue[str] = asyncio.Queue()

    def _keep(self, balancer: str) -> Kept:
        """Return a balancer as this object keeps it, adopted if it runs."""
        kept = self._kept.get(checked(balancer))
        if kept is None or kept.gone:
            folder = Folder(self._root, balancer)
            kept = self._kept[balancer] = Kept(
                balancer, folder, self._compute, self._clock, self._ended.put_nowait
            )
        return kept

    def _known(self, balancer: str) -> Kept | None:
        kept = self._kept.get(checked(balancer))
        if (kept is None or kept.gone) and Folder(self._root, balancer).load() is None:
            return None
        return self._keep(balancer)

    async def apply(self, wanted: Balancer) -> tuple[Reached, ...]:
        """See `BalancerEngine`."""
        check_balancer(wanted)
        try:
            return await self._keep(wanted.id).apply(wanted)
        except (OSError, ComputeError) as error:
            # Such as when HAProxy ends just now.
            raise BalancerError(f"{wanted.id}: {error or type(error).__name__}") from error

    async def limit(self, balancer: str, backend: str, per_server: int) -> None:
        """See `BalancerEngine`."""
        kept = self._known(balancer)
        if kept is None:
            raise NoBalancerError(f"no balancer {balancer} runs")
        await kept.limit(checked(backend), per_server)

    async def remove(self, balancer: str) -> None:
        """See `BalancerEngine`."""
        kept = self._known(balancer)
        if kept is not None:
            await kept.remove()

    async def observe(self, balancer: str) -> Seen | None:
        """See `BalancerEngine`."""
        folder = Folder(self._root, checked(balancer))
        for _ in range(3):
            run = folder.load()
            if run is None or run.removed or not alive(run.process):
                return None
            # Between the two looks another process may have taken over, at another socket.
            with contextlib.suppress(OSError):
                rows = await runtime.statistics(folder.runtime(run))
                leaving = {(each.backend, each.name): each.idle for each in run.leaving}
                return see(balancer, run.since, self._clock.now(), rows, leaving)
        return None

    async def balancers(self) -> list[str]:
        """See `BalancerEngine`."""
        runs = [load_run(each) for each in self._folders()]
        return sorted(each.id for each in runs if each and not each.removed and alive(each.process))

    def _folders(self) -> list[Path]:
        return [each for each in self._root.iterdir() if each.is_dir()] if self._root.is_dir() else []

    async def sweep(self, known: AbstractSet[str]) -> None:
        """See `BalancerEngine`."""
        mine = set()
        for folder in self._folders():
            run = load_run(folder)
            if run is None:
                records.erase(folder)
                continue
            kept = self._keep(run.id)
            if run.id not in known:
                await kept.remove()
            elif not kept.runs() and kept.spec is not None:
                # Whoever wants it will ask again, and hear why it does not start.
                with contextlib.suppress(BalancerError, ComputeError, OSError):
                    await kept.apply(kept.spec)
            mine |= {
                each.pid for each in (kept.run.process, *(old.process for old in kept.run.former)) if each
            }
        # Whoever started these was killed before it could note them down.
        for process in await asyncio.to_thread(marked, MARK, f"{self._root}/"):
            if process.pid not in mine:
                send(process, signal.SIGUSR1)

    async def ended(self) -> str:
        """See `BalancerEngine`."""
        return await self._ended.get()

    async def close(self) -> None:
        """See `BalancerEngine`."""
        await asyncio.gather(*(each.close() for each in self._kept.values()))
        self._kept.clear()

    async def power_off(self) -> None:
        """See `BalancerEngine`."""
        for folder in self._folders():
            run = load_run(folder)
            if run is not None:
                await self._keep(run.id).remove(at_once=True)
            records.erase(folder)
        for process in await asyncio.to_thread(marked, MARK, f"{self._root}/"):
            send(process, signal.SIGKILL)
            await asyncio.to_thread(wait, process, 5.0)
