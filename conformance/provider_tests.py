"""The acceptance tests of the vendor's own Terraform provider, run beside the project.

They come compiled (`go test -c ./alicloud` in a checkout of `aliyun/terraform-provider-alicloud`) and need the
checkout beside them. They read no provider block, only the environment, and always speak HTTPS. Each runs in a
process of its own, several side by side, against one cloud.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from conformance.cloud import Cloud

REGION = "cn-hangzhou"
SECONDS_A_TEST = 900
SIDE_BY_SIDE = 3

_PRODUCTS = (
    "BSSOPENAPI",
    "ECS",
    "IMS",
    "KMS",
    "LOCATION",
    "OSS",
    "RAM",
    "RESOURCEMANAGER",
    "STS",
    "TAG",
    "VPC",
)
_OUTCOME = re.compile(r"^--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
_REASON = re.compile(r"(?:Step \d+ error|ErrorCode|Check failed|panic:|Error:).*", re.MULTILINE)
_OUTCOMES = {"PASS": "passed", "FAIL": "failed", "SKIP": "skipped"}


def run(tests: Path, checkout: Path, names: Iterable[str], cloud: Cloud) -> dict[str, tuple[str, str]]:
    """Return the outcome of each test (`passed`, `failed`, `skipped`) and what it printed last when it failed."""
    _furnish(cloud)
    environment = _environment(cloud)

    def one(name: str) -> tuple[str, tuple[str, str]]:
        return name, _run(tests, checkout / "alicloud", name, environment)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return dict(pool.map(one, names))


def _run(tests: Path, folder: Path, name: str, environment: dict[str, str]) -> tuple[str, str]:
    command = [tests.absolute(), "-test.run", f"^{name}$", "-test.v", "-test.timeout", f"{SECONDS_A_TEST}s"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS_A_TEST + 30,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "failed", f"it did not end within {SECONDS_A_TEST} s"
    found = {test: outcome for outcome, test in _OUTCOME.findall(done.stdout)}
    outcome = _OUTCOMES.get(found.get(name, "FAIL"), "failed")
    reasons = _REASON.findall(done.stdout)
    return outcome, "" if outcome == "passed" else (reasons[0] if reasons else done.stdout[-200:].strip())


def _environment(cloud: Cloud) -> dict[str, str]:
    key, secret = cloud.keys
    secure, plain = urlsplit(cloud.state.https).netloc, cloud.endpoint
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
    return kept | {
        "TF_ACC": "1",
        "ALICLOUD_ACCESS_KEY": key,
        "ALICLOUD_SECRET_KEY": secret,
        "ALICLOUD_REGION": REGION,
        "ALICLOUD_ACCOUNT_ID": cloud.account_id,
        "ALICLOUD_SKIP_REGION_VALIDATION": "true",
        "ALIBABA_CLOUD_ACCOUNT_TYPE": "Domestic",
        "SSL_CERT_FILE": str(cloud.data / "tls" / "ca.pem"),
        **{f"ALIBABA_CLOUD_ENDPOINT_{product}": secure for product in _PRODUCTS},
        "OSS_ENDPOINT": secure,
        # Names that no endpoint is set for come to the cloud all the same, and nothing leaves this machine.
        "HTTP_PROXY": plain,
        "HTTPS_PROXY": plain,
        "NO_PROXY": f"{secure},127.0.0.1,localhost",
    }


def _furnish(cloud: Cloud) -> None:
    """Make what the vendor's own test account holds: a second resource group, and a VPC with a vSwitch a zone."""
    key, secret = cloud.keys
    client = AcsClient(key, secret, REGION)

    def ask(version: str, action: str, **parameters: str) -> Any:
        request = CommonRequest(domain=urlsplit(cloud.endpoint).netloc, version=version, action_name=action)
        request.set_protocol_type("http")
        request.set_method("POST")
        for name, value in parameters.items():
            request.add_query_param(name, value)
        return json.loads(client.do_action_with_exception(request))

    ask("2020-03-31", "CreateResourceGroup", Name="second", DisplayName="second")
    vpc = ask(
        "2016-04-28", "CreateVpc", RegionId=REGION, VpcName="default-NODELETING", CidrBlock="172.16.0.0/12"
    )
    zones = ask("2014-05-26", "DescribeZones", RegionId=REGION)["Zones"]["Zone"]
    for number, zone in enumerate(each["ZoneId"] for each in zones):
        ask(
            "2016-04-28",
            "CreateVSwitch",
            RegionId=REGION,
            VpcId=vpc["VpcId"],
            ZoneId=zone,
            CidrBlock=f"172.16.{number}.0/24",
            VSwitchName=f"default-zone-{zone[-1]}",
        )
