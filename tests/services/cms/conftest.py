"""The vendor's clients for Cms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cms_clients import Monitor
from running import RunningCloud
from services.sdk import configured, refusal


@pytest.fixture(scope="session")
def cms(cloud: RunningCloud) -> Monitor:
    """The SDK of CloudMonitor in few words, as root of the shared cloud."""
    return Monitor(configured(cloud), cloud.state["account"])


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call something that the cloud must refuse, and return the code."""
    return refusal
