"""DescribeInstances, signed, through the front door: 100 of 100, and 100 of 10,000; beside moto's EC2.

The instances are recorded and stopped: what is measured is the way of a request, not what instances do.
"""

from __future__ import annotations

import base64
import hmac
import os
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

from bench import peers
from bench.calls import Call
from bench.load import LoadError, run
from bench.peers import KEYS, REGION, Peer
from bench.tables import Figure, Results
from yunbox.cli.places import claim
from yunbox.control.clock import SystemClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.identity.directory import Directory
from yunbox.services.ecs.instances.model import AttachedInterface, Instance

SHOWN = 100
MANY = 10_000
CONNECTIONS = (1, 16)
_CALLS = {"yunbox": 3000, "yunbox of 10,000": 3000, "moto": 60}
_SECONDS = 5.0
_BATCH = 1000


def measure(rounds: int, where: Path, say: Callable[[str], None], results: Results) -> None:
    """Start all three, alternate between them, and add what was seen to `results`.

    Raises LoadError, PeerError.
    """
    started: dict[str, Peer] = {}
    try:
        started["yunbox"] = _seeded(where / "instances-100", SHOWN)
        started["yunbox of 10,000"] = _seeded(where / "instances-10000", MANY)
        started["moto"] = _moto(where / "instances-moto")
        for round_ in range(1, rounds + 1):
            for connections in CONNECTIONS:
                for name, peer in started.items():
                    figure = _turn(name, peer, connections, round_)
                    results.figures.append(figure)
                    say(
                        f"round {round_}, DescribeInstances, {connections:>2}, {name:<16} {figure.value:>9,.1f} /s"
                    )
    finally:
        for peer in started.values():
            peer.stop()


def _seeded(directory: Path, count: int) -> Peer:
    """Return a yunbox that has `count` instances recorded."""
    (directory / "data").mkdir(parents=True)
    claim(directory / "data")
    _record(directory / "data" / "control.db", count)
    return peers.yunbox(directory)


def _record(path: Path, count: int) -> None:
    store, ids, now = Store(path), Ids(), time.time()
    try:
        account = Directory(store, SystemClock(), ids).default_account().id
        for start in range(0, count, _BATCH):
            with store.write() as change:
                for number in range(start, min(start + _BATCH, count)):
                    change.create(_instance(ids, account, number, now))
    finally:
        store.close()


def _instance(ids: Ids, account: str, number: int, now: float) -> Instance:
    address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
    created = now - 86_400 + number
    interface = AttachedInterface(
        id=ids.resource("eni", created), mac="00:16:3e:00:00:01", private_ip=address, primary=True
    )
    return Instance(
        id=ids.resource("i", created),
        account=account,
        region=REGION,
        name=f"server-{number:05d}",
        parent="vsw-bench",
        created=created,
        tags={"app": "shop", "stage": "test"},
        desired="Stopped",
        status="Stopped",
        booted=1,
        instance_type="ecs.g7.large",
        cpu=2,
        memory=8192,
        image_id="ubuntu_22_04_x64_20G_alibase_20240807.vhd",
        os_name="Ubuntu  22.04 64位",
        os_name_en="Ubuntu  22.04 64 bit",
        zone_id=f"{REGION}-h",
        vpc_id="vpc-bench",
        private_ip=address,
        security_groups=("sg-bench",),
        interfaces=(interface,),
        host_name=f"server-{number:05d}",
    )


def _moto(directory: Path) -> Peer:
    """Return moto's server with 100 instances."""
    directory.mkdir()
    peer = peers.moto(directory)
    form = {
        "Action": "RunInstances",
        "MinCount": str(SHOWN),
        "MaxCount": str(SHOWN),
        "ImageId": "ami-12c6146b",
    }
    run(peers.HOST, peer.port, [_ec2(peer, form, None)], connections=1, seconds=60)
    return peer


def _ec2(peer: Peer, form: dict[str, str], count: tuple[bytes, int] | None) -> Call:
    """Return a call of EC2's query protocol; moto only reads the scope of the signature, to know the product."""
    body = urlencode({"Version": "2016-11-15", **form}).encode()
    scope = f"{datetime.now(UTC):%Y%m%d}/us-east-1/ec2/aws4_request"
    head = (
        f"POST / HTTP/1.1\r\nHost: {peer.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={KEYS.access_key_id}/{scope}, "
        f"SignedHeaders=host, Signature={'0' * 64}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Call(head.encode() + body, count=count)


def _rpc(peer: Peer, parameters: dict[str, str]) -> Call:
    """Return a call signed with RPC V1; a nonce passes once, so each call is signed anew."""
    given = {
        "AccessKeyId": KEYS.access_key_id,
        "Format": "JSON",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": str(uuid.UUID(bytes=os.urandom(16))),
        "SignatureVersion": "1.0",
        "Timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **parameters,
    }
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(given.items()))
    key = f"{KEYS.secret}&".encode()
    text = f"GET&%2F&{quote(query, safe='')}".encode()
    signature = quote(base64.b64encode(hmac.digest(key, text, "sha1")).decode(), safe="")
    head = f"GET /?{query}&Signature={signature} HTTP/1.1\r\nHost: {peer.host}\r\n\r\n"
    return Call(head.encode(), count=(b'"InstanceName":', SHOWN))


def _calls(name: str, peer: Peer) -> Sequence[Call]:
    if name == "moto":
        return [_ec2(peer, {"Action": "DescribeInstances"}, (b"<instanceId>", SHOWN))] * _CALLS[name]
    wanted = {
        "Action": "DescribeInstances",
        "Version": "2014-05-26",
        "RegionId": REGION,
        "PageSize": str(SHOWN),
    }
    return [_rpc(peer, wanted) for _ in range(_CALLS[name])]


def _turn(name: str, peer: Peer, connections: int, round_: int) -> Figure:
    calls = _calls(name, peer)
    load = run(peers.HOST, peer.port, calls, connections=connections, seconds=_SECONDS)
    if not load.calls:
        raise LoadError(f"{name} answered nothing")
    return Figure(
        scenario="DescribeInstances 100",
        connections=connections,
        contestant=name,
        round=round_,
        value=load.rate,
        unit="/s",
        p50=load.quantile(0.5) * 1000,
        p99=load.quantile(0.99) * 1000,
        longest=load.latencies[-1] * 1000,
        calls=load.calls,
        client_cpu_share=load.client_cpu / load.seconds,
        reconnects=load.reconnects,
    )
