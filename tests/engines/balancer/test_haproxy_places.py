"""Where balancers on HAProxy listen: in networks, on the host, and on loopback addresses where nothing else goes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from balancing import (
    Answer,
    Run,
    ask,
    balancer,
    eventually,
    free_port,
    group,
    in_state,
    listener,
    origins,
    read_answer,
)
from engines.compute.compute_running import SERVE, at, interface, sh, spec

from yunbox.engines.balancer.haproxy.engine import HaproxyEngine
from yunbox.engines.balancer.haproxy.records import Folder
from yunbox.engines.balancer.interface import Check, Place, Server
from yunbox.engines.compute.interface import Known
from yunbox.engines.compute.sandbox import bubblewrap, links
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.engines.compute.sandbox.wiring import namespaces_refused

PUBLIC = f"198.19.250.{1 + os.getpid() % 250}"
INSIDE = at("1.200")


@pytest.fixture
def compute(tmp_path: Path, run: Run) -> Iterator[SandboxCompute]:
    if wrong := bubblewrap.probe([]) or namespaces_refused():
        pytest.skip(f"no networks on this machine: {wrong}")
    made = SandboxCompute(tmp_path / "compute")
    yield made
    run(SandboxCompute(tmp_path / "compute").sweep(Known()))
    run(made.close())


@pytest.fixture
def networked(place: Path, compute: SandboxCompute, run: Run) -> Iterator[HaproxyEngine]:
    made = HaproxyEngine(place, compute)
    yield made
    run(made.power_off())
    run(made.close())


async def from_inside(compute: SandboxCompute, sandbox: str, address: str, port: int) -> Answer | None:
    script = f"""python3 - <<'EOF'
import socket
try:
    with socket.create_connection(("{address}", {port}), 3) as s:
        s.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
        heard = b""
        while part := s.recv(4096): heard += part
    print(heard.decode(), end="")
except OSError:
    pass
EOF"""
    heard = (await sh(compute, script, sandbox)).output
    return read_answer(heard.replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")) if heard else None


def test_a_balancer_of_a_network_and_of_the_host(
    networked: HaproxyEngine, compute: SandboxCompute, run: Run, place: Path
) -> None:
    async def story() -> None:
        # Nothing but the balancer gets in.
        await compute.start(spec(interfaces=(interface(rules=()),), boot=SERVE))
        await compute.start(spec("far", interfaces=(interface(at("2.9")),)))
        await compute.start(spec("near", interfaces=(interface(at("1.9")),)))
        one = Server(id="one", address=at("1.5"), port=8080)
        door = listener(80)
        places = (Place(address=INSIDE, network="net-a"), Place(address=PUBLIC))
        wanted = msgspec.structs.replace(balancer(door, group(one, check=Check())), places=places)
        reached = await networked.apply(wanted)
        assert [(each.address, each.host, each.closed) for each in reached] == [
            (INSIDE, INSIDE, ()),
            (PUBLIC, PUBLIC, ()),
        ]
        await in_state(networked, one="up")
        for address in (INSIDE, PUBLIC):
            assert (await ask(80, host=address)).body == b"host-one"
        for sandbox in ("near", "far", "one"):
            answer = await from_inside(compute, sandbox, INSIDE, 80)
            assert answer is not None, sandbox
            assert answer.body == b"host-one"
        kept = Folder(place, "lb-1").load()
        assert kept is not None
        assert kept.process is not None
        os.kill(kept.process.pid, signal.SIGKILL)
        for address in (INSIDE, PUBLIC):
            assert (await ask(80, host=address)).body == b"host-one"
        await networked.remove("lb-1")

        async def gone() -> bool:
            return not any(place.iterdir())

        await eventually(gone)
        for address in (INSIDE, PUBLIC):
            found = links.route_to(address)
            assert found is None or found.prefix < 32

    run(story())


def test_a_public_address_that_the_host_uses_is_left_to_it(networked: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        links.add_address("lo", PUBLIC, 32)
        try:
            wanted = msgspec.structs.replace(
                balancer(listener(8088), group()), places=(Place(address=PUBLIC),)
            )
            (reached,) = await networked.apply(wanted)
            assert reached.host == ""
            assert "the host itself" in reached.reason
            await networked.remove("lb-1")
            found = links.route_to(PUBLIC)
            assert found is not None
            assert found.prefix == 32
        finally:
            links.remove_address("lo", PUBLIC, 32)

    run(story())


def test_without_networks_it_is_reached_at_a_loopback_address(place: Path, tmp_path: Path, run: Run) -> None:
    compute = SandboxCompute(tmp_path / "compute", network=False)
    engine = HaproxyEngine(place, compute)

    async def story() -> None:
        async with origins("one") as (one,):
            door = listener(free_port())
            wanted = msgspec.structs.replace(
                balancer(door, group(one)), places=(Place(address="10.0.0.5", network="net-a"),)
            )
            for _ in range(2):
                (reached,) = await engine.apply(wanted)
                assert reached.host.startswith("127.")
                assert reached.address == "10.0.0.5"
                assert (await ask(door.port, host=reached.host)).asked["server"] == "one"
        await engine.power_off()
        await engine.close()
        await compute.close()

    run(story())
