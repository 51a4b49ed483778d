"""Who has which address of a vSwitch: in a store, without a cloud."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunbox.api.call import Call, Cloud
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.errors import CloudError
from yunbox.identity.principal import Principal
from yunbox.services.vpc.eips import pool
from yunbox.services.vpc.eips.pool import POOL, release_public_address, take_public_address
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.vswitches.addresses import free_addresses, release_address, take_address
from yunbox.services.vpc.vswitches.model import VSwitch

ACCOUNT = "1234567890123456"


class Ground:
    """A store, and calls on it."""

    def __init__(self, seed: int = 1) -> None:
        self.store = Store(":memory:")
        self.cloud = cast(Cloud, SimpleNamespace(ids=Ids(random.Random(seed).randbytes)))

    @contextmanager
    def call(self) -> Iterator[Call]:
        """Give a call in a transaction."""
        caller = cast(Principal, SimpleNamespace(account_id=ACCOUNT, kind="root"))
        made = Call(self.cloud, vpc, "Test", caller, region="cn-hangzhou", request_id="R", now=1000.0)
        with self.store.write() as change:
            made.use(change)
            yield made


def vswitch(block: str) -> VSwitch:
    return VSwitch(
        id="vsw-1", account=ACCOUNT, region="cn-hangzhou", parent="vpc-1", zone_id="z", cidr_block=block
    )


def test_a_vswitch_gives_out_each_address_once_and_keeps_the_systems() -> None:
    ground, subnet = Ground(), vswitch("10.0.0.0/28")
    with ground.call() as call:
        assert free_addresses(call, subnet) == 12
        taken = {take_address(call, subnet, f"eni-{number}") for number in range(12)}
        assert taken == {f"10.0.0.{last}" for last in range(1, 13)}
        assert free_addresses(call, subnet) == 0
        with pytest.raises(CloudError) as caught:
            take_address(call, subnet, "eni-more")
        assert caught.value.code == "InvalidVSwitchId.IpNotEnough"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("10.0.0.0", "InvalidPrivateIpAddress.Mismatch"),
        ("10.0.0.253", "InvalidPrivateIpAddress.Mismatch"),
        ("10.0.0.254", "InvalidPrivateIpAddress.Mismatch"),
        ("10.0.0.255", "InvalidPrivateIpAddress.Mismatch"),
        ("10.0.1.1", "InvalidPrivateIpAddress.Mismatch"),
        ("10.0.0.7", "InvalidPrivateIpAddress.Duplicated"),
        ("10.0.0", "InvalidPrivateIpAddress.Malformed"),
        ("10.0.0.1/../x", "InvalidPrivateIpAddress.Malformed"),
    ],
)
def test_an_address_that_cannot_be_had(wanted: str, code: str) -> None:
    ground, subnet = Ground(), vswitch("10.0.0.0/24")
    with ground.call() as call:
        take_address(call, subnet, "eni-1", "10.0.0.7")
        with pytest.raises(CloudError) as caught:
            take_address(call, subnet, "eni-2", wanted)
    assert caught.value.code == code


def test_the_last_address_for_instances_is_the_fourth_from_the_end() -> None:
    ground, subnet = Ground(), vswitch("10.0.0.0/24")
    with ground.call() as call:
        assert take_address(call, subnet, "eni-1", "10.0.0.252") == "10.0.0.252"


def test_a_transaction_that_fails_takes_nothing() -> None:
    ground, subnet = Ground(), vswitch("10.0.0.0/29")
    with pytest.raises(RuntimeError), ground.call() as call:
        take_address(call, subnet, "eni-1")
        raise RuntimeError
    with ground.call() as call:
        assert free_addresses(call, subnet) == 4


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), max_size=60), st.integers(0, 2**16))
def test_taking_and_releasing_never_gives_an_address_twice(steps: list[bool], seed: int) -> None:
    ground, subnet = Ground(seed), vswitch("10.0.0.0/28")
    held: list[str] = []
    with ground.call() as call:
        for number, take in enumerate(steps):
            if take and len(held) < subnet.capacity:
                address = take_address(call, subnet, f"eni-{number}")
                assert address not in held
                held.append(address)
            elif held:
                release_address(call.change, subnet.id, held.pop(0))
            assert free_addresses(call, subnet) == subnet.capacity - len(held)
    ground.store.close()


def test_releasing_what_nobody_has_is_harmless() -> None:
    ground = Ground()
    with ground.call() as call:
        release_address(call.change, "vsw-1", "10.0.0.9")
        release_public_address(call.change, "198.19.9.9")


def test_ten_thousand_taken_addresses_do_not_make_the_next_one_dear() -> None:
    ground, subnet = Ground(), vswitch("10.0.0.0/16")
    with ground.call() as call:
        for number in range(200):
            take_address(call, subnet, f"eni-{number}")
        few = _fastest(call, subnet)
        for number in range(10_000):
            take_address(call, subnet, f"eni-{number}")
        many = _fastest(call, subnet)
    # Counting what is taken grows with it, at some nanoseconds each; nothing else does.
    assert many < few + 0.005


def _fastest(call: Call, subnet: VSwitch) -> float:
    spans = []
    for number in range(20):
        begin = time.perf_counter()
        take_address(call, subnet, f"eni-x{number}")
        spans.append(time.perf_counter() - begin)
    return min(spans)


def test_public_addresses_are_of_the_pool_and_each_is_one_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    ground = Ground()
    monkeypatch.setattr(pool, "_SIZE", 100)
    with ground.call() as call:
        taken = [take_public_address(call, f"eip-{number}") for number in range(100)]
        assert len(set(taken)) == 100
        assert all(POOL.network_address < pool.IPv4Address(each) < POOL.broadcast_address for each in taken)
        with pytest.raises(CloudError) as caught:
            take_public_address(call, "eip-more")
        assert caught.value.code == "OperationFailed.PoolExhausted"
        release_public_address(call.change, taken[7])
        assert take_public_address(call, "eip-more") == taken[7]


@pytest.mark.parametrize("wanted", ["8.8.8.8", "198.19.0.1", "198.19.128.1", "x", "198.19.1"])
def test_a_public_address_outside_the_pool(wanted: str) -> None:
    with Ground().call() as call, pytest.raises(CloudError) as caught:
        take_public_address(call, "eip-1", wanted)
    assert caught.value.code == "InvalidIpAddress.NotFound"


def test_a_public_address_that_somebody_has() -> None:
    with Ground().call() as call:
        address = take_public_address(call, "eip-1", "198.19.3.4")
        with pytest.raises(CloudError) as caught:
            take_public_address(call, "eip-2", address)
    assert caught.value.code == "InvalidIpAddress.AlreadyUsed"
