"""What instances learn about themselves, asked from inside real ones."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from importlib import metadata
from typing import Any

import oss2
import pytest
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_vpc20160428.client import Client as VpcClient
from ecs_clients import Network, launch, make_network, release, wait_for
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from running import RunningCloud
from services.sdk import REGION, configured

from yunbox.services.ecs.metadata.tokens import Tokens
from yunbox.services.ecs.metadata.tree import look_up

TRUST = {
    "Version": "1",
    "Statement": [
        {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": ["ecs.aliyuncs.com"]}}
    ],
}

PROBE = """#!/usr/bin/env python3
import json, sys, tarfile, time, urllib.error, urllib.request

packages = %(packages)r

def ask(path, method="GET", **headers):
    request = urllib.request.Request("http://100.100.100.200" + path, method=method, headers=headers)
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            # The network of the first instance opens a moment after its first process.
            time.sleep(0.1)

def token(seconds):
    return ask("/latest/api/token", "PUT", **{"X-aliyun-ecs-metadata-token-ttl-seconds": str(seconds)})[1]

found = {path: ask(path) for path in %(paths)r}
found["token"] = ask("/latest/meta-data/instance-id", **{"X-aliyun-ecs-metadata-token": token(60)})
found["forged"] = ask("/latest/meta-data/instance-id", **{"X-aliyun-ecs-metadata-token": "bm90aGluZw=="})
found["no seconds"] = ask("/latest/api/token", "PUT")
found["posted"] = ask("/latest/meta-data/", "POST")
found["health"] = None
try:
    urllib.request.urlopen("http://100.100.100.200:%(port)s/_yunbox/health", timeout=5)
except urllib.error.HTTPError as error:
    found["health"] = error.code
if packages:
    with urllib.request.urlopen(packages, timeout=20) as answer:
        tarfile.open(fileobj=answer, mode="r|gz").extractall("/opt/packages")
    sys.path.append("/opt/packages")
    from alibabacloud_credentials.client import Client as Credentials
    from alibabacloud_sts20150401.client import Client as Sts
    from alibabacloud_tea_openapi.models import Config
    config = Config(credential=Credentials(), endpoint="100.100.100.200:%(port)s", protocol="http")
    found["identity"] = Sts(config).get_caller_identity().body.to_map()
print("FOUND" + json.dumps(found) + "END", flush=True)
"""
PATHS = [
    "/",
    "/latest/meta-data/",
    "/latest/meta-data/instance-id",
    "/latest/meta-data/region-id",
    "/latest/meta-data/private-ipv4",
    "/latest/meta-data/network/interfaces/macs/",
    "/latest/meta-data/ram/security-credentials/",
    "/latest/meta-data/ram/security-credentials/other",
    "/latest/meta-data/nothing",
    "/latest/dynamic/instance-identity/document",
    "/other",
]


def probe(cloud: RunningCloud, packages: str = "") -> str:
    """Return user data that asks for everything; `packages` is where the SDKs can be had from, to use them too."""
    script = PROBE % {"packages": packages, "paths": PATHS, "port": cloud.state["port"]}
    return base64.b64encode(script.encode()).decode()


def distributions(*names: str) -> set[str]:
    """Return distributions and all that they need."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = canonicalize_name(todo.pop())
        if name not in found:
            found.add(name)
            needed = [Requirement(each) for each in metadata.requires(name) or ()]
            todo += [
                each.name for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})
            ]
    return found


def packed(*names: str) -> bytes:
    """Return an archive of distributions as they are installed here."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz", compresslevel=1) as archive:
        for name in sorted(distributions(*names)):
            for file in metadata.files(name) or ():
                if ".." not in file.parts and file.suffix != ".pyc":
                    archive.add(file.locate(), str(file))
    return data.getvalue()


def found_by(ecs: EcsClient, id_: str) -> dict[str, Any]:
    """Return what the probe of an instance printed."""

    def printed() -> dict[str, Any] | None:
        request = ecs_models.GetInstanceConsoleOutputRequest(region_id=REGION, instance_id=id_)
        text = base64.b64decode(ecs.get_instance_console_output(request).body.console_output or "").decode()
        assert "ended with status 1" not in text, text
        return json.loads(text.partition("FOUND")[2].partition("END")[0]) if "}END" in text else None

    found: dict[str, Any] = wait_for(printed)
    return found


def test_an_instance_learns_who_it_is(cloud: RunningCloud, ecs: EcsClient, run_instances: Any) -> None:
    (id_,) = run_instances(user_data=probe(cloud), instance_name="who-am-i")
    found = found_by(ecs, id_)
    names = found["/latest/meta-data/"][1].split("\n")
    assert {"instance-id", "network/", "instance/", "vpc-id"} <= set(names)
    assert "ram/" not in names
    assert found["/latest/meta-data/instance-id"] == [200, id_]
    assert found["/latest/meta-data/region-id"] == [200, REGION]
    assert found["/latest/meta-data/network/interfaces/macs/"][1].startswith("00:16:3e")
    document = json.loads(found["/latest/dynamic/instance-identity/document"][1])
    assert document["instance-id"] == id_
    assert document["private-ipv4"] == found["/latest/meta-data/private-ipv4"][1]
    assert {found[path][0] for path in ("/latest/meta-data/nothing", "/other", PATHS[6], PATHS[7])} == {404}
    assert found["token"] == [200, id_]
    assert found["forged"][0] == 401
    assert found["no seconds"][0] == 400
    assert found["posted"][0] == 405
    assert found["health"] == 403, "an instance is not somebody at this machine"


def test_a_hardened_instance_answers_with_a_token_only(
    cloud: RunningCloud, ecs: EcsClient, run_instances: Any
) -> None:
    (id_,) = run_instances(user_data=probe(cloud), http_tokens="required")
    found = found_by(ecs, id_)
    assert found["/latest/meta-data/instance-id"][0] == 403
    assert found["token"] == [200, id_]


@pytest.fixture
def role(cloud: RunningCloud) -> str:
    """A role that instances may play; it may do nothing else."""
    ram = RamClient(configured(cloud))
    name = "instances-of-metadata"
    ram.create_role(
        ram_models.CreateRoleRequest(role_name=name, assume_role_policy_document=json.dumps(TRUST))
    )
    return name


def test_the_default_credentials_of_the_sdk_work_inside(
    cloud: RunningCloud, ecs: EcsClient, role: str, bucket: oss2.Bucket, run_instances: Any
) -> None:
    bucket.put_object("packages.tar.gz", packed("alibabacloud-credentials", "alibabacloud-sts20150401"))
    url = bucket.sign_url("GET", "packages.tar.gz", 300).replace("127.0.0.1", "100.100.100.200")
    (id_,) = run_instances(user_data=probe(cloud, url), ram_role_name=role)
    found = found_by(ecs, id_)
    assert found["/latest/meta-data/ram/security-credentials/"] == [200, role]
    assert found["identity"]["IdentityType"] == "AssumedRoleUser"
    assert found["identity"]["Arn"].endswith(f":assumed-role/{role}/{id_}")


def test_networks_with_the_same_addresses_are_told_apart(
    own_cloud: RunningCloud, own_ecs: EcsClient, own_vpc: VpcClient
) -> None:
    networks = [make_network(own_ecs, own_vpc, "10.9.0.0/16") for _ in range(2)]
    made = [start(own_cloud, own_ecs, each) for each in networks]
    found = [found_by(own_ecs, each) for each in made]
    assert [each["/latest/meta-data/instance-id"][1] for each in found] == made
    assert found[0]["/latest/meta-data/private-ipv4"] == found[1]["/latest/meta-data/private-ipv4"]
    release(own_ecs, made)


def start(cloud: RunningCloud, ecs: EcsClient, network: Network) -> str:
    (id_,) = launch(ecs, network, user_data=probe(cloud), private_ip_address="10.9.0.9")
    return id_


@given(st.text(max_size=64), st.text(max_size=64), st.integers(1, 21_600), st.integers(0, 50_000))
def test_a_token_is_one_instances_until_it_ends(one: str, other: str, seconds: int, later: int) -> None:
    tokens = Tokens(b"secret")
    token = tokens.make(one, seconds, 1000.0)
    assert tokens.holds(token, one, 1000.0 + later) == (later < seconds)
    assert tokens.holds(token, other, 1000.0) == (one == other)
    assert not Tokens(b"other").holds(token, one, 1000.0)


@given(st.text(max_size=300))
def test_whatever_is_shown_as_a_token_is_looked_at(token: str) -> None:
    assert not Tokens(b"secret").holds(token, "i-1", 1000.0)


def test_paths_lead_to_texts_and_lists() -> None:
    tree = {"a": {"b": "text", "c": {}}, "d": "e"}
    assert look_up(tree, "") == "a/\nd"
    assert look_up(tree, "a/") == "b\nc/"
    assert look_up(tree, "a/b") == "text"
    assert [look_up(tree, path) for path in ("x", "a/x", "a/b/x")] == [None, None, None]
