"""The vendor's client for Alb."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alb_clients import Albs, configured, refusal
from running import RunningCloud


@pytest.fixture(scope="session")
def albs(cloud: RunningCloud) -> Albs:
    """The ALB SDK in few words, as root of the shared cloud."""
    return Albs(configured(cloud))


@pytest.fixture
def refused() -> Callable[..., str]:
    """Call something that the cloud must refuse, and return the code."""
    return refusal
