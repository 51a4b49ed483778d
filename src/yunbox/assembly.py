"""Puts the house together: what each process of the cloud is made of."""

from __future__ import annotations

import asyncio
import importlib
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from yunbox.api.call import Cloud as ApiCloud
from yunbox.api.door import ApiDoor
from yunbox.config import Config
from yunbox.control.clock import Clock, SystemClock, TurnedClock, read_turn
from yunbox.control.controller import Controller, Every, run_until
from yunbox.control.ids import Ids
from yunbox.control.premises import Premises
from yunbox.control.store import Store
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.gateway.access_log import AccessLog
from yunbox.gateway.chain import Chain
from yunbox.gateway.http.connection import Listener
from yunbox.gateway.http.proxy_wanted import Proxy
from yunbox.gateway.metrics import Metrics
from yunbox.gateway.own_door import OwnDoor
from yunbox.gateway.record import Recorder
from yunbox.gateway.worker import serve, stop_asked
from yunbox.identity.directory import Directory
from yunbox.identity.resources import Account
from yunbox.identity.root_key import RootKey
from yunbox.services.catalogue import CATALOGUE
from yunbox.services.oss import operations  # noqa: F401 - registers them
from yunbox.services.oss.account import Accounts
from yunbox.services.oss.call import Cloud
from yunbox.services.oss.door import OssDoor
from yunbox.services.oss.lifecycle_controller import LifecycleController
from yunbox.services.oss.log_delivery import LogDelivery
from yunbox.services.s3.door import S3Door

if TYPE_CHECKING:
    from functools import _lru_cache_wrapper

    from yunbox.engines.balancer.interface import BalancerEngine
    from yunbox.engines.compute.interface import Compute
    from yunbox.engines.metrics.interface import MetricStore

Ready = Callable[[], None]

_LOOK_SECONDS = 0.05


async def run_worker(
    config: Config,
    key: RootKey,
    name: str,
    plain: socket.socket,
    secure: socket.socket,
    tls: Callable[[], Awaitable[ssl.SSLContext]],
    ready: Ready,
) -> None:
    """Answer requests until told to stop."""
    clock, ids = SystemClock(), Ids()
    store = Store(config.data / "control.db")
    objects = EmbeddedObjectStore(config.objects, clock, ids, worker=name)
    compute, measured = _engine(config.compute), _metric_store(config.metrics)
    metrics = Metrics(config.run, name)
    log = AccessLog(config.logs / f"{name}.log")
    directory = Directory(store, clock, ids)
    directory.use_root_key(key)
    cloud = Cloud(
        objects=objects,
        directory=directory,
        ids=ids,
        default_region=config.region,
        accounts=Accounts(store),
    )
    api = ApiDoor(
        CATALOGUE,
        ApiCloud(
            store=store,
            directory=directory,
            objects=objects,
            compute=compute,
            metrics=measured,
            clock=clock,
            time=TurnedClock(read_turn(config.clock), clock),
            ids=ids,
            default_region=config.region,
        ),
        config.nonces,
    )
    doors = (OwnDoor(metrics), api, S3Door(cloud, directory), OssDoor(cloud, directory))
    chain = Chain(doors, clock, ids, Recorder(clock, metrics, log.write))
    background = asyncio.get_running_loop().create_task(_publish(metrics, log))
    try:
        proxy = partial(_open_proxy, config.tls, clock)
        await serve(chain, clock.now, [plain], [secure], tls, ready, proxy)
    finally:
        background.cancel()
        api.close()
        if compute.cache_info().currsize:
            await compute().close()
        if measured.cache_info().currsize:
            measured().close()
        await objects.close()
        store.close()
        metrics.publish()
        log.close()


def _open_proxy(tls: Path, clock: Clock, listener: Listener) -> Proxy:
    from yunbox.gateway.http import proxy  # noqa: PLC0415 - most clouds are never asked for one

    return proxy.Proxy(listener, tls, clock.now, os.environ)


def account_ids(store: Store) -> list[str]:
    """Return the ids of all accounts."""
    with store.read() as view:
        return [account.id for account in view.find(Account)]


async def run_controllers(config: Config, log: Callable[[str], None], ready: Ready) -> None:
    """Keep house until told to stop."""
    stop = stop_asked()
    clock, ids = SystemClock(), Ids()
    store = Store(config.data / "control.db")
    objects = EmbeddedObjectStore(config.objects, clock, ids, worker="controllers")
    directory = Directory(store, clock, ids)
    front_door = (_reached_at(config.host), (config.port, config.https_port))

    async def purge_sessions() -> None:
        directory.purge_sessions()

    controllers: tuple[Controller, ...] = (
        Every("objects-collect", 15.0, objects.collect, first=3.0),
        Every("objects-sweep", 300.0, objects.sweep, first=2.0),
        Every("sts-purge", 600.0, purge_sessions, first=4.0),
        LifecycleController(objects, lambda: account_ids(store), clock, interval=config.lifecycle_seconds),
        LogDelivery(
            objects,
            store,
            config.logs,
            lambda: account_ids(store),
            clock,
            ids,
            log,
            interval=config.log_delivery_seconds,
        ),
    )

    premises = Premises(
        config=config,
        store=store,
        objects=objects,
        directory=directory,
        clock=clock,
        time=TurnedClock(read_turn(config.clock), clock),
        ids=ids,
        balancers=_balancers(config, clock),
        front_door=front_door,
        log=log,
    )
    ready()
    try:
        await asyncio.gather(
            run_until(stop, controllers, log), *(_keep(stop, each, premises) for each in _KEEPINGS)
        )
    finally:
        await objects.close()
        store.close()


class _Keeping(msgspec.Struct, frozen=True):
    """The controllers of a product: its module's `keep(stop, premises)` runs them until `stop`.

    It is imported when there is anything in the folder `place` of the data directory, which an earlier cloud's
    engine left, when `place` is a file, or when there is a resource whose kind begins with one of `prefixes`: a
    cloud that is used for its buckets alone does without.
    """

    module: str
    prefixes: tuple[str, ...]
    place: str = ""


_KEEPINGS = (
    _Keeping("yunbox.services.ecs.keeping", ("ecs.",), "compute"),
    _Keeping("yunbox.services.balancing.keeping", ("slb.", "alb.", "balancing."), "balancers"),
    _Keeping("yunbox.services.ess.keeping", ("ess.",)),
    _Keeping("yunbox.services.cms.keeping", ("cms.", "ecs.instance", "slb.", "alb."), "metrics.db"),
    _Keeping("yunbox.services.pts.keeping", ("pts.run",)),
)


async def _keep(stop: asyncio.Event, keeping: _Keeping, premises: Premises) -> None:
    if await _wanted(stop, keeping, premises):
        await importlib.import_module(keeping.module).keep(stop, premises)


async def _wanted(stop: asyncio.Event, keeping: _Keeping, premises: Premises) -> bool:
    """Return True as soon as there is anything to keep; False when told to stop."""
    place = premises.config.data / keeping.place if keeping.place else None
    generation = None
    while not stop.is_set():
        # A file may come from another process without a word to the store.
        if place is not None and place.is_file():
            return True
        if generation != (generation := premises.store.generation()):
            if place is not None and place.is_dir() and any(place.iterdir()):
                return True
            with premises.store.read() as view:
                if any(view.has_kinds(each) for each in keeping.prefixes):
                    return True
        await asyncio.sleep(_LOOK_SECONDS)
    return False


def _engine(place: Path) -> _lru_cache_wrapper[Compute]:
    """Return what opens the compute engine in a folder the first time it is called."""

    @cache
    def opened() -> Compute:
        from yunbox.engines.compute.sandbox.engine import SandboxCompute  # noqa: PLC0415 - few requests need it

        return SandboxCompute(place)

    return opened


def _balancers(config: Config, clock: Clock) -> Callable[[], BalancerEngine]:
    """Return what opens the balancer engine the first time it is called."""

    @cache
    def opened() -> BalancerEngine:
        from yunbox.engines.balancer.haproxy.engine import HaproxyEngine  # noqa: PLC0415 - many clouds have none
        from yunbox.engines.compute.sandbox.engine import SandboxCompute  # noqa: PLC0415

        return HaproxyEngine(config.balancers, SandboxCompute(config.compute), clock)

    return opened


def _metric_store(file: Path) -> _lru_cache_wrapper[MetricStore]:
    """Return what opens the store of measured values the first time it is called."""

    @cache
    def opened() -> MetricStore:
        from yunbox.engines.metrics.embedded import EmbeddedMetricStore  # noqa: PLC0415 - few requests need it

        return EmbeddedMetricStore(file)

    return opened


def _reached_at(host: str) -> str:
    """Return the address at which this machine reaches what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared only


async def _publish(metrics: Metrics, log: AccessLog) -> None:
    while True:
        await asyncio.sleep(1.0)
        log.flush()
        metrics.publish()


def watch_parent(alive: int) -> None:
    """End this process at once when the parent dies: `alive` is a pipe that ends then."""
    asyncio.get_running_loop().add_reader(alive, os._exit, 1)
