"""Networks of sandboxes: who reaches whom, and what the host reaches."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from pathlib import Path

import pytest
from compute_running import OPEN, SERVE, Run, at, booted, fetch, floating, interface, served, sh, spec

from yunbox.engines.compute.errors import InUseError, UnsupportedError
from yunbox.engines.compute.interface import Known, Rule
from yunbox.engines.compute.sandbox import links
from yunbox.engines.compute.sandbox.engine import SandboxCompute

TCP_8080 = Rule(direction="in", action="accept", protocol="tcp", ports=(8080, 8080))


async def reaches(compute: SandboxCompute, sandbox: str, address: str, port: int = 8080) -> str:
    """Return what a sandbox hears from a server at an address, or why it hears nothing."""
    script = f"""python3 - <<'EOF'
import urllib.request
try:
    print(urllib.request.urlopen("http://{address}:{port}/", timeout=1).read().decode())
except OSError as error:
    print("refused" if "refused" in str(error) else "nothing")
EOF"""
    return (await sh(compute, script, sandbox)).output.decode().strip()


def test_the_host_and_neighbours_reach_a_sandbox_across_subnets(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await networked.start(spec("one", interfaces=(interface(at("1.5")),), boot=SERVE))
        await networked.start(spec("two", interfaces=(interface(at("2.5")),), boot=SERVE))
        await networked.start(spec("three", interfaces=(interface(at("1.6")),)))
        assert await served(at("1.5")) == b"host-one"
        assert await served(at("2.5")) == b"host-two"
        assert await reaches(networked, "two", at("1.5")) == "host-one"
        assert await reaches(networked, "three", at("1.5")) == "host-one"
        assert await reaches(networked, "one", at("1.5")) == "host-one"
        found = await networked.find("one")
        assert found is not None
        assert found.firewall
        assert [(each.address, each.host, each.reason) for each in found.addresses] == [
            (at("1.5"), at("1.5"), "")
        ]
        await networked.stop("one")
        assert not await _heard(at("1.5"))

    run(story())


def test_networks_are_apart_and_may_use_the_same_addresses(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        for name, network, address in (
            ("one", "net-a", at("1.5")),
            ("two", "net-b", at("1.5")),
            ("three", "net-b", at("1.6")),
            ("four", "net-a", at("1.7")),
        ):
            await networked.start(spec(name, interfaces=(interface(address, network),), boot=SERVE))
        assert await served(at("1.5")) == b"host-one"
        assert await served(at("1.6")) == b"host-three"
        second = await booted(networked, "two")
        assert second.addresses[0].host == ""
        assert "first" in second.addresses[0].reason
        assert await reaches(networked, "three", at("1.5")) == "host-two"
        assert await reaches(networked, "four", at("1.5")) == "host-one"
        assert await reaches(networked, "four", at("1.6")) == "nothing"
        with pytest.raises(InUseError):
            await networked.remove_network("net-a")
        # The address becomes free, and the next look takes it.
        await networked.remove("one")
        await networked.start(spec("two", interfaces=(interface(at("1.5"), "net-b"),), boot=SERVE))
        assert await served(at("1.5")) == b"host-two"

    run(story())


def test_sandboxes_reach_nothing_of_the_host(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        with socket.create_server(("0.0.0.0", 0)) as server:
            port = server.getsockname()[1]
            await networked.start(spec(interfaces=(interface(),)))
            uplink = networked._places.uplink("net-a")
            assert links.index(uplink)
            outside = ("100.64.0.1", "100.127.255.1", "169.254.255.1", socket.gethostbyname("localhost"))
            for address in (*outside, at("1.1")):
                assert await reaches(networked, "one", address, port) in ("nothing", "refused")
            server.settimeout(0.1)
            with pytest.raises(TimeoutError):
                server.accept()

    run(story())


def test_rules_decide_in_order_and_change_at_run_time(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        closed = interface(rules=())
        await networked.start(spec(interfaces=(closed,), boot=SERVE))
        await networked.start(spec("two", interfaces=(interface(at("1.6"), rules=()),)))
        await booted(networked)
        await networked.firewall("one", closed.id, (TCP_8080,))
        assert await served(at("1.5")) == b"host-one"
        for rules, host, neighbour in (
            ((), False, False),
            ((Rule(direction="in", action="accept", protocol="tcp", ports=(8081, 9000)),), False, False),
            ((Rule(direction="in", action="accept", protocol="udp"),), False, False),
            ((Rule(direction="in", action="accept", protocol="tcp", peer=at("1.0/24")),), False, True),
            (
                (Rule(direction="in", action="accept", peer=frozenset({at("1.6"), "10.0.0.9"})),),
                False,
                True,
            ),
            ((Rule(direction="in", action="accept", peer=frozenset()),), False, False),
            ((Rule(direction="in", action="drop", peer=at("1.6/32")), TCP_8080), True, False),
            ((TCP_8080, Rule(direction="in", action="drop", peer=at("1.6/32"))), True, True),
            ((Rule(direction="in", action="accept", protocol="tcp", ports=(1, 65535)),), True, True),
        ):
            await networked.firewall("one", closed.id, rules)
            assert (
                await _heard(at("1.5")),
                await reaches(networked, "two", at("1.5")) == "host-one",
            ) == (
                host,
                neighbour,
            ), rules

    run(story())


async def _heard(address: str) -> bool:
    try:
        # Beyond the host, anything may answer for an address that leads nowhere.
        return (await asyncio.to_thread(fetch, address, seconds=0.4)).startswith(b"host-")
    except OSError:
        return False


def test_rules_for_what_goes_out(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await networked.start(spec(interfaces=(interface(),), boot=SERVE))
        outward = (
            Rule(direction="out", action="drop", protocol="tcp", ports=(8080, 8080), peer=at("1.5/32")),
        )
        await networked.start(spec("two", interfaces=(interface(at("1.6")),), boot=SERVE))
        assert await served(at("1.5")) == b"host-one"
        assert await reaches(networked, "two", at("1.5")) == "host-one"
        await networked.firewall("two", interface(at("1.6")).id, (*OPEN, *outward))
        assert await reaches(networked, "two", at("1.5")) == "nothing"
        # Answers to the host still pass, since the filter knows connections.
        assert await served(at("1.6")) == b"host-two"

    run(story())


def test_a_large_set_of_peers(networked: SandboxCompute, run: Run) -> None:
    peers = frozenset(f"10.{a}.{b}.7" for a in range(100, 120) for b in range(250))

    async def story() -> None:
        await networked.start(
            spec(
                interfaces=(interface(rules=(Rule(direction="in", action="accept", peer=peers),)),),
                boot=SERVE,
            )
        )
        await booted(networked)
        assert not await _heard(at("1.5"))
        more = (Rule(direction="in", action="accept", peer=peers | {at("1.6")}), *OPEN)
        await networked.firewall("one", interface().id, more)
        assert await served(at("1.5")) == b"host-one"

    run(story())


def test_secondary_addresses_and_several_interfaces(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        both = (interface(at("1.5"), secondary=(at("1.50"),)), interface(at("3.5"), "net-c"))
        await networked.start(spec(interfaces=both, boot=SERVE))
        assert await served(at("1.5")) == b"host-one"
        assert await served(at("1.50")) == b"host-one"
        found = await booted(networked)
        assert [each.address for each in found.addresses] == [at("1.5"), at("1.50"), at("3.5")]
        done = await sh(networked, "cat /sys/class/net/eth1/address 2>/dev/null; cat /proc/net/dev")
        assert b"eth1" in done.output

    run(story())


def test_a_network_answers_at_an_address_of_a_subnet(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        for _ in range(2):
            assert (await networked.answer("net-a", at("1.77"))).host == at("1.77")
        server = await networked.listen("net-a", at("1.77"), 80)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(b"HTTP/1.0 200 OK\r\n\r\nyou are " + writer.get_extra_info("peername")[0].encode())
            writer.close()

        async with await asyncio.start_server(answer, sock=server):
            await networked.start(spec(interfaces=(interface(),)))
            await networked.start(spec("two", interfaces=(interface(at("2.9")),)))
            assert await reaches(networked, "one", at("1.77"), 80) == "you are " + at("1.5")
            assert await reaches(networked, "two", at("1.77"), 80) == "you are " + at("2.9")
            assert await asyncio.to_thread(fetch, at("1.77"), 80) == b"you are 100.64.0.1"
            for _ in range(2):
                await networked.unanswer("net-a", at("1.77"))
            assert await reaches(networked, "one", at("1.77"), 80) in ("refused", "nothing")

    run(story())


def test_a_trusted_source_passes_every_firewall(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await networked.start(spec(interfaces=(interface(rules=()),), boot=SERVE))
        await booted(networked)
        source = await networked.trusted_source(at("1.5"))
        assert ipaddress.ip_address(source) in ipaddress.ip_network("100.64.0.0/10")
        for _ in range(100):
            with contextlib.suppress(ConnectionRefusedError):
                await asyncio.to_thread(socket.create_connection, (at("1.5"), 8080), 3, (source, 0))
                break
            await asyncio.sleep(0.03)
        else:
            pytest.fail("it does not serve")
        assert not await _heard(at("1.5"))
        assert await networked.trusted_source("127.0.0.1") == ""

    run(story())


def test_an_exposed_address_leads_to_a_sandbox(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        await networked.start(spec(interfaces=(interface(),), boot=SERVE))
        await networked.start(spec("two", interfaces=(interface(at("1.6")),), boot=SERVE))
        assert await served(at("1.5")) == b"host-one"
        assert await served(at("1.6")) == b"host-two"
        shown = await networked.expose(floating(1), "net-a", at("1.5"))
        assert (shown.host, shown.reason) == (floating(1), "")
        assert await served(floating(1)) == b"host-one"
        assert await reaches(networked, "two", floating(1)) == "host-one"
        await networked.expose(floating(1), "net-a", at("1.6"))
        assert await served(floating(1)) == b"host-two"
        for _ in range(2):
            await networked.unexpose(floating(1))
        assert not await _heard(floating(1))
        await networked.expose(floating(2), "net-a", at("1.5"))
        await networked.sweep(Known(sandboxes=frozenset({"one", "two"}), networks=frozenset({"net-a"})))
        assert links.route_to(floating(2)) is None or links.route_to(floating(2)).prefix == 0
        assert await served(at("1.5")) == b"host-one"

    run(story())


def test_a_service_listens_inside_a_network(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        server = await networked.listen("net-a", "100.100.100.200", 80)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(b"HTTP/1.0 200 OK\r\n\r\nyou are " + writer.get_extra_info("peername")[0].encode())
            writer.close()

        serving = await asyncio.start_server(answer, sock=server)
        async with serving:
            await networked.start(spec(interfaces=(interface(),)))
            assert await reaches(networked, "one", "100.100.100.200", 80) == "you are " + at("1.5")
            await networked.start(spec("two", interfaces=(interface(at("2.9")),)))
            assert await reaches(networked, "two", "100.100.100.200", 80) == "you are " + at("2.9")
            await networked.start(spec("other", interfaces=(interface(at("1.5"), "net-b"),)))
            assert await reaches(networked, "other", "100.100.100.200", 80) in ("refused", "nothing")

    run(story())


def test_addresses_that_the_host_uses_are_left_to_it(networked: SandboxCompute, run: Run) -> None:
    async def story() -> None:
        links.create_bridge("ybtest0", "02:00:00:00:77:01")
        try:
            links.add_address("ybtest0", "10.78.1.200", 24)
            links.up("ybtest0")
            await networked.start(spec(interfaces=(interface("10.78.1.5"),)))
            found = await booted(networked)
            assert found.addresses[0].host == ""
            assert "ybtest0" in found.addresses[0].reason
        finally:
            links.remove("ybtest0")

    run(story())


def test_without_network_namespaces_it_says_so(real: SandboxCompute, run: Run, place: Path) -> None:
    compute = SandboxCompute(place, network=False)

    async def story() -> None:
        await compute.start(spec(interfaces=(interface(),), boot=SERVE))
        await compute.start(spec("two", interfaces=(interface(at("1.6")),), boot=SERVE))
        one, two = await booted(compute), await booted(compute, "two")
        assert not one.firewall
        assert one.addresses[0].host.startswith("127.")
        assert one.addresses[0].host != two.addresses[0].host
        assert await served(one.addresses[0].host) == b"host-one"
        assert await served(two.addresses[0].host) == b"host-two"
        await compute.stop("one")
        await compute.start(spec(interfaces=(interface(),), boot=SERVE))
        assert (await booted(compute)).addresses == one.addresses
        facts = {each.name: each for each in await compute.facts()}
        assert not facts["network"].works
        assert not facts["firewall"].works
        with pytest.raises(UnsupportedError):
            await compute.listen("net-a", "100.100.100.200", 80)
        assert (await compute.expose(floating(1), "net-a", at("1.5"))).host == ""

    run(story())
