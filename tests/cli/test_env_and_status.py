from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

from cli.commands import yunbox
from running import RunningCloud

PROGRAM = """
import os, boto3, oss2
auth = oss2.AuthV4(os.environ["OSS_ACCESS_KEY_ID"], os.environ["OSS_ACCESS_KEY_SECRET"])
bucket = oss2.Bucket(auth, os.environ["OSS_ENDPOINT"], os.environ["NAME"], region=os.environ["OSS_REGION"])
bucket.create_bucket()
bucket.put_object("key", b"value")
print(boto3.client("s3").list_objects_v2(Bucket=os.environ["NAME"])["KeyCount"])
"""


def test_the_exports_are_all_that_clients_need(cloud: RunningCloud, bucket_name: str, python: str) -> None:
    script = f'eval "$({python} -m yunbox env --data {cloud.data})" && {python} -c "$PROGRAM"'
    environment = {"PATH": os.environ["PATH"], "PROGRAM": PROGRAM, "NAME": bucket_name}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr


def test_json_says_the_same_as_the_exports(cloud: RunningCloud) -> None:
    exported = yunbox("env", "--data", cloud.data).stdout
    pairs = [shlex.split(line)[1].split("=", 1) for line in exported.splitlines()]
    found = json.loads(yunbox("env", "--data", cloud.data, "--format", "json").stdout)
    assert found == dict(pairs)
    assert found["OSS_ENDPOINT"] == cloud.endpoint
    assert not {"HTTP_PROXY", "SSL_CERT_FILE"} & found.keys()


def test_proxy_and_trust_only_when_asked(cloud: RunningCloud) -> None:
    shown = yunbox("env", "--data", cloud.data, "--proxy", "--trust", "--https", "--format", "json").stdout
    found = json.loads(shown)
    assert found["HTTP_PROXY"] == found["http_proxy"] == cloud.endpoint
    assert found["SSL_CERT_FILE"] == found["YUNBOX_CA"] == str(cloud.data / "tls" / "ca.pem")
    assert found["OSS_ENDPOINT"] == f"https://127.0.0.1:{cloud.state['https_port']}"


def test_the_terraform_block(cloud: RunningCloud) -> None:
    block = yunbox("env", "--data", cloud.data, "--format", "terraform").stdout
    endpoints = dict(re.findall(r'(\w+) += "(127\.0\.0\.1:\d+)"', block))
    assert endpoints.keys() >= {"ecs", "location", "oss", "ram", "sts", "vpc"}
    assert set(endpoints.values()) == {f"127.0.0.1:{cloud.state['https_port']}"}
    assert f'account_id             = "{cloud.state["account"]}"' in block
    assert cloud.keys[1] not in block


def test_down_is_said(tmp_path: Path) -> None:
    refused = yunbox("env", "--data", tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no cloud is up" in refused.stderr
    down = yunbox("status", "--data", tmp_path, "--json")
    assert (down.returncode, json.loads(down.stdout)["status"]) == (3, "down")


def test_a_killed_cloud_is_down_though_its_state_is_left(own_cloud: RunningCloud) -> None:
    up = yunbox("status", "--data", own_cloud.data, "--json", "--wait")
    found = json.loads(up.stdout)
    assert (up.returncode, found["status"], found["pid"]) == (0, "up", own_cloud.state["pid"])
    assert found["http"] == own_cloud.endpoint
    assert found["disk_bytes"] > 0
    assert "yunbox is up" in yunbox("status", "--data", own_cloud.data).stdout
    own_cloud.kill()
    assert (own_cloud.data / "run" / "state.json").exists()
    assert yunbox("status", "--data", own_cloud.data).returncode == 3
    assert yunbox("env", "--data", own_cloud.data).returncode == 1
