"""A cloud for the tests: the real processes on free ports, and the clients that users have."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import oss2
import pytest
from running import RunningCloud

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """One running cloud for all tests of a test process."""
    running = RunningCloud(tmp_path_factory.mktemp("cloud"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    """A cloud for one test alone, started; it may be killed and started again."""
    running = RunningCloud(tmp_path / "cloud")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def bucket_name() -> str:
    """A bucket name that no other test has."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return f"test-{worker}-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def bucket(cloud: RunningCloud, bucket_name: str) -> oss2.Bucket:
    """A new bucket through oss2, signed with V1."""
    made = cloud.oss2_bucket(bucket_name)
    made.create_bucket()
    return made


@pytest.fixture(params=[oss2.Auth, oss2.AuthV4], ids=["v1", "v4"])
def either_bucket(request: pytest.FixtureRequest, cloud: RunningCloud, bucket_name: str) -> oss2.Bucket:
    """A new bucket through oss2, once signed with V1 and once with V4."""
    made = cloud.oss2_bucket(bucket_name, auth=request.param)
    made.create_bucket()
    return made


@pytest.fixture
def refused() -> Callable[..., oss2.exceptions.OssError]:
    """Call something that the cloud must refuse, and return the error: `refused("NoSuchKey", f, *args)`."""

    def call(
        code: str, function: Callable[..., object], *args: object, **kwargs: object
    ) -> oss2.exceptions.OssError:
        with pytest.raises(oss2.exceptions.OssError) as caught:
            function(*args, **kwargs)
        assert caught.value.code == code, caught.value
        return caught.value

    return call
