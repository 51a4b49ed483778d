"""The AWS CLI through the S3 door."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from clients.trees import contents, plant
from running import RunningCloud

BESIDE = Path(sys.executable).parent / "aws"
AWS = str(BESIDE) if BESIDE.exists() else shutil.which("aws")

pytestmark = pytest.mark.skipif(AWS is None, reason="the AWS CLI is neither installed nor on the PATH")


def _aws(cloud: RunningCloud, *arguments: str) -> str:
    key, secret = cloud.keys
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": "cn-hangzhou",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }
    done = subprocess.run(
        [str(AWS), "--endpoint-url", cloud.endpoint, "s3", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_tree_goes_up_and_comes_down(cloud: RunningCloud, bucket_name: str, tmp_path: Path) -> None:
    tree, there = plant(tmp_path / "tree"), f"s3://{bucket_name}"
    _aws(cloud, "mb", there)
    _aws(cloud, "cp", str(tree / "large.bin"), f"{there}/single")
    _aws(cloud, "sync", str(tree), f"{there}/tree")
    shown = [line.split()[-2:] for line in _aws(cloud, "ls", f"{there}/tree/").splitlines()]
    assert shown == [["PRE", "sub/"], ["0", "empty"], ["12000000", "large.bin"], ["10", "small"]]
    _aws(cloud, "sync", f"{there}/tree", str(tmp_path / "back"))
    assert contents(tmp_path / "back") == contents(tree)
    _aws(cloud, "mv", f"{there}/single", f"{there}/moved")
    _aws(cloud, "cp", f"{there}/moved", str(tmp_path / "moved"))
    assert (tmp_path / "moved").read_bytes() == (tree / "large.bin").read_bytes()
    _aws(cloud, "rm", "--recursive", there)
    assert _aws(cloud, "ls", there) == ""
    _aws(cloud, "rb", there)
    assert bucket_name not in _aws(cloud, "ls")
