"""The vendor's clients for Auto Scaling, in both versions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ess_clients import Classic, Scaling
from running import RunningCloud
from services.sdk import refusal


@pytest.fixture(scope="session")
def scaling(cloud: RunningCloud) -> Scaling:
    """The SDK of 2022-02-22 in few words, as root of the shared cloud."""
    return Scaling(cloud)


@pytest.fixture(scope="session")
def classic(cloud: RunningCloud) -> Classic:
    """The SDK of 2014-08-28 in few words, as root of the shared cloud."""
    return Classic(cloud)


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call something that the cloud must refuse, and return the code."""
    return refusal
