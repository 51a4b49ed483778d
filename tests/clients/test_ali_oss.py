"""ali-oss, the vendor's client for Node, in each way that it can be pointed at this cloud."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from running import RunningCloud

HERE = Path(__file__).parent / "node"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not on the PATH")


@pytest.mark.parametrize("v4", [False, True], ids=["v1", "v4"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_round_trip(cloud: RunningCloud, modules: Path, bucket_name: str, host: str, v4: bool) -> None:
    key, secret = cloud.keys
    settings = {
        "modules": str(modules),
        "bucket": bucket_name,
        # ali-oss refuses to sign URLs for an IP address.
        "signed": host == "localhost",
        "endpoint": f"http://{host}:{cloud.state['port']}",
        "sldEnable": True,
        "region": "oss-cn-hangzhou",
        "authorizationV4": v4,
        "accessKeyId": key,
        "accessKeySecret": secret,
    }
    command = ["node", str(HERE / "round_trip.js"), json.dumps(settings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
