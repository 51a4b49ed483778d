"""The vendor's client for Vpc, and a network for each test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alibabacloud_vpc20160428.client import Client
from running import RunningCloud
from vpc_clients import Vpcs, configured, refusal


@pytest.fixture(scope="session")
def vpc(cloud: RunningCloud) -> Client:
    """The VPC SDK, as root of the shared cloud."""
    return Client(configured(cloud))


@pytest.fixture
def vpcs(vpc: Client) -> Vpcs:
    """Short ways to make networks in the shared cloud."""
    return Vpcs(vpc)


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call something that the cloud must refuse, and return the code."""
    return refusal
