"""Puts the house together: what each process of the cloud is made of."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from yunbox.api.call import Cloud as ApiCloud
from yunbox.api.door import ApiDoor
from yunbox.config import Config
from yunbox.control.clock import Clock, SystemClock
from yunbox.control.controller import Controller, Every, run_until
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.engines.compute.sandbox.engine import SandboxCompute
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
from yunbox.services.ecs.cloud_assistant.controller import CloudAssistantController
from yunbox.services.ecs.disks.controller import DiskController
from yunbox.services.ecs.images.controller import ImageController
from yunbox.services.ecs.instances.controller import InstanceController
from yunbox.services.ecs.metadata.controller import MetadataController
from yunbox.services.ecs.snapshots.controller import SnapshotController
from yunbox.services.oss import operations  # noqa: F401 - registers them
from yunbox.services.oss.account import Accounts
from yunbox.services.oss.call import Cloud
from yunbox.services.oss.door import OssDoor
from yunbox.services.oss.lifecycle_controller import LifecycleController
from yunbox.services.oss.log_delivery import LogDelivery
from yunbox.services.s3.door import S3Door

Ready = Callable[[], None]


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
    compute = SandboxCompute(config.compute)
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
            clock=clock,
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
        await compute.close()
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
    compute = SandboxCompute(config.compute)
    instances = InstanceController(store, compute, clock, log)
    directory = Directory(store, clock, ids)
    front_door = (_reached_at(config.host), (config.port, config.https_port))
    keepers = (
        instances,
        DiskController(store, compute, clock, log),
        CloudAssistantController(store, compute, clock, log),
        SnapshotController(store, compute, clock, log),
        ImageController(store, compute, objects, clock, log),
        MetadataController(store, compute, directory, clock, ids, front_door, log),
    )

    async def purge_sessions() -> None:
        directory.purge_sessions()

    controllers: tuple[Controller, ...] = (
        *keepers,
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
    ready()
    try:
        await run_until(stop, controllers, log)
    finally:
        for each in keepers:
            await each.close()
        # Asked to end, the cloud takes its instances down; killed, it leaves them to its successor.
        await instances.power_off()
        await compute.close()
        await objects.close()
        store.close()


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
