"""The vendor's clients for Vpc."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from running import RunningCloud
from services.sdk import configured, refusal
from vpc_clients import Vpcs


@pytest.fixture(scope="session")
def vpcs(cloud: RunningCloud) -> Vpcs:
    """The VPC SDK in few words, as root of the shared cloud."""
    return Vpcs(configured(cloud))


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call something that the cloud must refuse, and return the code."""
    return refusal
