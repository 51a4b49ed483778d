"""The vendor's clients for Ecs and Vpc, and the network that an instance needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_vpc20160428.client import Client as VpcClient
from ecs_clients import Network, launch, make_network, release
from running import RunningCloud
from services.sdk import configured
from Tea.exceptions import TeaException


@pytest.fixture(scope="session")
def ecs(cloud: RunningCloud) -> EcsClient:
    """The ECS SDK, as root of the shared cloud."""
    return EcsClient(configured(cloud))


@pytest.fixture(scope="session")
def vpc(cloud: RunningCloud) -> VpcClient:
    """The VPC SDK, as root of the shared cloud."""
    return VpcClient(configured(cloud))


@pytest.fixture
def own_ecs(own_cloud: RunningCloud) -> EcsClient:
    """The ECS SDK, as root of a cloud of one's own."""
    return EcsClient(configured(own_cloud))


@pytest.fixture
def own_vpc(own_cloud: RunningCloud) -> VpcClient:
    """The VPC SDK, as root of a cloud of one's own."""
    return VpcClient(configured(own_cloud))


@pytest.fixture(scope="session")
def network(ecs: EcsClient, vpc: VpcClient) -> Network:
    """A network of the shared cloud, for all tests of a process."""
    return make_network(ecs, vpc)


@pytest.fixture
def run_instances(ecs: EcsClient, network: Network) -> Iterator[Callable[..., list[str]]]:
    """Run instances in the shared network and return their ids; they are released after the test."""
    made: list[str] = []

    def run(**parameters: Any) -> list[str]:
        ids = launch(ecs, network, **parameters)
        made.extend(ids)
        return ids

    yield run
    release(ecs, made)


@pytest.fixture
def ecs_refused() -> Callable[..., TeaException]:
    """Call something that the cloud must refuse, and return the error: `ecs_refused(code, f, *args)`."""

    def call(code: str, function: Callable[..., object], *args: object, **kwargs: object) -> TeaException:
        with pytest.raises(TeaException) as caught:
            function(*args, **kwargs)
        assert caught.value.code == code, caught.value
        return caught.value

    return call
