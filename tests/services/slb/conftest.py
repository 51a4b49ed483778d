"""The vendor's clients for Slb, and instances that serve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428.client import Client as VpcClient
from running import RunningCloud
from services.ecs.ecs_clients import Network, launch, make_network, release, wait_status
from services.sdk import configured
from services.slb.slb_clients import Slbs
from services.slb.web_servers import own_block, user_data


@pytest.fixture(scope="session")
def slbs(cloud: RunningCloud) -> Slbs:
    """The SLB SDK in few words, as root of the shared cloud."""
    return Slbs(configured(cloud))


@pytest.fixture(scope="session")
def ecs(cloud: RunningCloud) -> EcsClient:
    """The ECS SDK, as root of the shared cloud."""
    return EcsClient(configured(cloud))


@pytest.fixture(scope="session")
def network(cloud: RunningCloud, ecs: EcsClient) -> Network:
    """A network of the shared cloud, for all tests of a process."""
    return make_network(ecs, VpcClient(configured(cloud)), own_block(20))


@pytest.fixture
def serving(ecs: EcsClient, network: Network) -> Iterator[Callable[..., list[str]]]:
    """Run instances that answer HTTP at port 8080, and return their ids; they are released after the test."""
    made: list[str] = []

    def run(count: int, **parameters: Any) -> list[str]:
        ids = launch(ecs, network, amount=count, user_data=user_data(), **parameters)
        made.extend(ids)
        for each in ids:
            wait_status(ecs, each, "Running")
        return ids

    yield run
    release(ecs, made)


@pytest.fixture
def instances(ecs: EcsClient, network: Network) -> Iterator[Callable[..., list[str]]]:
    """Run instances that do nothing, and return their ids; they are released after the test."""
    made: list[str] = []

    def run(count: int) -> list[str]:
        made.extend(launch(ecs, network, amount=count))
        return made[-count:]

    yield run
    release(ecs, made)
