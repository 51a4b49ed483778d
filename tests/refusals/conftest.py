from __future__ import annotations

import pytest
from running import RunningCloud

from refusals.place import Place


@pytest.fixture
def place(cloud: RunningCloud, bucket_name: str) -> Place:
    """Two new buckets of the running cloud."""
    return Place(cloud, bucket_name)
