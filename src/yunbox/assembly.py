"""Puts the house together: what each process of the cloud is made of."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable

from yunbox.config import Config
from yunbox.control.clock import SystemClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.gateway.access_log import AccessLog
from yunbox.gateway.chain import Chain
from yunbox.gateway.metrics import Metrics
from yunbox.gateway.own_door import OwnDoor
from yunbox.gateway.record import Recorder
from yunbox.gateway.worker import serve
from yunbox.identity.directory import Directory
from yunbox.identity.root_key import RootKey
from yunbox.services.oss import operations  # noqa: F401 - registers them
from yunbox.services.oss.account import Accounts
from yunbox.services.oss.call import Cloud
from yunbox.services.oss.door import OssDoor
from yunbox.services.s3.door import S3Door

Ready = Callable[[], None]


async def run_worker(
    config: Config,
    key: RootKey,
    name: str,
    plain: socket.socket,
    secure: socket.socket | None,
    tls: ssl.SSLContext | None,
    ready: Ready,
) -> None:
    """Answer requests until told to stop."""
    clock, ids = SystemClock(), Ids()
    store = Store(config.data / "control.db")
    objects = EmbeddedObjectStore(config.objects, clock, ids, worker=name)
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
    doors = (OwnDoor(metrics), S3Door(cloud, directory), OssDoor(cloud, directory))
    chain = Chain(doors, clock, ids, Recorder(clock, metrics, log.write))
    background = asyncio.get_running_loop().create_task(_publish(metrics, log))
    try:
        await serve(chain, clock.now, [plain], [secure] if secure else [], tls, ready)
    finally:
        background.cancel()
        await objects.close()
        store.close()
        metrics.publish()
        log.close()


async def _publish(metrics: Metrics, log: AccessLog) -> None:
    while True:
        await asyncio.sleep(1.0)
        log.flush()
        metrics.publish()


def watch_parent(alive: int) -> None:
    """End this process at once when the parent dies: `alive` is a pipe that ends then."""
    asyncio.get_running_loop().add_reader(alive, os._exit, 1)
