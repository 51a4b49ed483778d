"""The live tests of oss2, the vendor's Python SDK for OSS (`aliyun/aliyun-oss-python-sdk`, folder tests).

The source distribution on the package index carries them, so nothing but the index is needed; a checkout can be
given instead.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

from conformance.cloud import Cloud

VERSION = "2.19.1"
SHA256 = "a8ab9ee7eb99e88a7e1382edc6ea641d219d585a7e074e3776e9dec9473e59c1"
SECONDS_A_TEST = 120
_ABSENT = re.compile(r"FileNotFoundError: .*'tests/")
ALONE = "tests/test_public_access_block.py"
"""Blocks public access for the whole account, which others would notice."""


def fetch(folder: Path) -> Path:
    """Return the unpacked source distribution, fetched from the package index."""
    source = folder / f"oss2-{VERSION}"
    if not source.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "oss2"]
        subprocess.run([*command, f"oss2=={VERSION}", "-d", str(folder)], check=True)
        packed = folder / f"oss2-{VERSION}.tar.gz"
        if hashlib.sha256(packed.read_bytes()).hexdigest() != SHA256:
            raise ValueError(f"{packed.name} is not the one the lists were made with")
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
    return source


def run(
    checkout: Path, cloud: Cloud, auth: str, results: Path, select: list[str]
) -> dict[str, tuple[str, str]]:
    """Run the suite signed with `auth` (v1 or v4); return test id -> (outcome, reason) of its live tests.

    The outcome is `passed`, `failed`, or `absent` for a test whose data file the distribution leaves out.
    """
    results.mkdir(parents=True)
    key, secret = cloud.keys
    environment = os.environ | {
        "OSS_TEST_ACCESS_KEY_ID": key,
        "OSS_TEST_ACCESS_KEY_SECRET": secret,
        "OSS_TEST_ENDPOINT": cloud.endpoint,
        "OSS_TEST_REGION": "cn-hangzhou",
        "OSS_TEST_AUTH_VERSION": auth,
        "OSS_TEST_UID": cloud.account_id,
        "OSS_TEST_PAYER_UID": cloud.other_account.id,
        "OSS_TEST_PAYER_ACCESS_KEY_ID": cloud.other_account.access_key_id,
        "OSS_TEST_PAYER_ACCESS_KEY_SECRET": cloud.other_account.secret,
        "CONFORMANCE_RESULTS": str(results),
        # What names the vendor's own hosts over plain HTTP reaches the cloud through its proxy.
        "HTTP_PROXY": cloud.endpoint,
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), str(checkout)]),
    }
    options = [
        "-q",
        "--no-header",
        "--tb=native",
        "-p",
        "conformance.recorder",
        "-p",
        "no:cacheprovider",
        "-n",
        "4",
    ]
    bound = [f"--timeout={SECONDS_A_TEST}", "-W", "ignore", "-o", "log_level=ERROR"]
    with (results / "pytest.log").open("w") as log:
        for some in [select] if select else [["tests", f"--ignore={ALONE}"], [ALONE]]:
            subprocess.run(
                [sys.executable, "-m", "pytest", *options, *bound, *some],
                cwd=checkout,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
    return _outcomes(results, auth)


def _outcomes(results: Path, auth: str) -> dict[str, tuple[str, str]]:
    found = {}
    for path in sorted(results.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            if row["live"] and row["outcome"] != "skipped":
                absent = _ABSENT.match(row["reason"]) is not None
                found[f"{auth} {row['id']}"] = ("absent" if absent else row["outcome"], row["reason"])
    return found
