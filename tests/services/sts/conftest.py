"""STS through the official clients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from alibabacloud_ram20150501.client import Client
from running import RunningCloud
from services.ram.callers import Caller, code_of, root


@pytest.fixture
def owner(cloud: RunningCloud) -> Caller:
    """The account itself."""
    return root(cloud)


@pytest.fixture
def ram(owner: Caller) -> Client:
    """The account's client."""
    return owner.ram()


@pytest.fixture
def denied() -> Callable[..., Exception]:
    """Call something that must be refused with a code, and return the error."""

    def call(code: str, function: Callable[..., object], *args: object, **kwargs: object) -> Exception:
        with pytest.raises(Exception) as caught:
            function(*args, **kwargs)
        assert code_of(caught.value) == code, caught.value
        return caught.value

    return call
