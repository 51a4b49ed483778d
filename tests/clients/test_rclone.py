"""rclone through the S3 door, with its settings for this vendor."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from clients.trees import contents, plant
from running import RunningCloud

BESIDE = Path(sys.executable).parent / "rclone"
RCLONE = str(BESIDE) if BESIDE.exists() else shutil.which("rclone")

pytestmark = pytest.mark.skipif(RCLONE is None, reason="rclone is neither installed nor on the PATH")


def _rclone(cloud: RunningCloud, *arguments: str) -> str:
    key, secret = cloud.keys
    environment = os.environ | {
        "RCLONE_CONFIG": os.devnull,
        "RCLONE_CONFIG_YUN_TYPE": "s3",
        "RCLONE_CONFIG_YUN_PROVIDER": "Alibaba",
        "RCLONE_CONFIG_YUN_ENDPOINT": cloud.endpoint,
        "RCLONE_CONFIG_YUN_ACCESS_KEY_ID": key,
        "RCLONE_CONFIG_YUN_SECRET_ACCESS_KEY": secret,
        "RCLONE_CONFIG_YUN_FORCE_PATH_STYLE": "true",
        "RCLONE_S3_UPLOAD_CUTOFF": "6M",
        "RCLONE_RETRIES": "1",
        "RCLONE_LOW_LEVEL_RETRIES": "1",
    }
    done = subprocess.run(
        [str(RCLONE), *arguments], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_tree_goes_up_and_comes_down(cloud: RunningCloud, bucket_name: str, tmp_path: Path) -> None:
    tree, there = plant(tmp_path / "tree"), f"yun:{bucket_name}"
    _rclone(cloud, "mkdir", there)
    _rclone(cloud, "copy", str(tree), f"{there}/tree")
    _rclone(cloud, "check", str(tree), f"{there}/tree")
    _rclone(cloud, "check", "--download", str(tree), f"{there}/tree")
    (tree / "small").unlink()
    (tree / "empty").write_bytes(b"no more")
    _rclone(cloud, "sync", str(tree), f"{there}/tree")
    _rclone(cloud, "sync", f"{there}/tree", str(tmp_path / "back"))
    assert contents(tmp_path / "back") == contents(tree)

    _rclone(cloud, "copyto", f"{there}/tree/large.bin", f"{there}/copied")
    _rclone(cloud, "moveto", f"{there}/tree/empty", f"{there}/moved")
    assert sorted(_rclone(cloud, "lsf", "-R", "--files-only", there).split("\n"))[1:] == [
        "copied",
        "moved",
        "tree/large.bin",
        "tree/sub/deeper/中文",
        "tree/sub/with spaces and +.txt",
    ]
    _rclone(cloud, "purge", there)
    assert bucket_name not in _rclone(cloud, "lsf", "yun:")
