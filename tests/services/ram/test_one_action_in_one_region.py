"""A policy that allows DescribeInstances in one region allows that and nothing else, by every client path."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import oss2
import pytest
from alibabacloud_ecs20140526 import models as ecs_models
from alibabacloud_ecs20140526.client import Client as EcsClient
from running import RunningCloud
from services.ram.callers import Caller, allow, assume, code_of, document, make_role, make_user, root, trust
from services.ram.samples import refusal

from yunbox.api.product import Action, Product
from yunbox.services.catalogue import CATALOGUE

ECS = "2014-05-26"
HERE, THERE = "cn-hangzhou", "cn-beijing"
ONLY = allow("ecs:DescribeInstances", resource=f"acs:ecs:{HERE}:*:instance/*")
OPEN = {"Sts.GetCallerIdentity", "Location.DescribeEndpoints"}
"""What everybody who has a key may ask. AssumeRole asks the role, and has tests of its own."""


@pytest.fixture(scope="module")
def narrowed(cloud: RunningCloud) -> dict[str, Caller]:
    """A user with that policy, and a session of an almighty role with it as its session policy."""
    owner = root(cloud)
    account = owner.sts().get_caller_identity().body.account_id
    _, assumer = make_user(owner, allow("sts:AssumeRole"))
    role = make_role(owner, trust(account), allow("*"))
    return {
        "user": make_user(owner, ONLY)[1],
        "session": assume(assumer, role.arn, policy=document(ONLY)),
    }


@pytest.fixture(params=["user", "session"])
def caller(request: pytest.FixtureRequest, narrowed: dict[str, Caller]) -> Caller:
    return narrowed[request.param]


def test_it_is_allowed_there_and_refused_elsewhere(caller: Caller) -> None:
    client = EcsClient(caller.config())
    here = client.describe_instances(ecs_models.DescribeInstancesRequest(region_id=HERE))
    assert here.body.instances is not None
    assert "Instances" in caller.ask(ECS, "DescribeInstances", RegionId=HERE)
    for refused in (
        lambda: client.describe_instances(ecs_models.DescribeInstancesRequest(region_id=THERE)),
        lambda: caller.ask(ECS, "DescribeInstances", RegionId=THERE),
    ):
        with pytest.raises(Exception) as caught:
            refused()
        assert code_of(caught.value) == "Forbidden.RAM"


@pytest.mark.parametrize(
    ("product", "action"),
    [
        pytest.param(product, action, id=f"{product.code}.{action.name}")
        for product in CATALOGUE.products
        for action in product.actions.values()
        if f"{product.code}.{action.name}" not in OPEN | {"Ecs.DescribeInstances", "Sts.AssumeRole"}
    ],
)
def test_every_other_action_is_refused(product: Product, action: Action, narrowed: dict[str, Caller]) -> None:
    for caller in narrowed.values():
        assert refusal(caller, product, action, RegionId=HERE) == product.forbidden


def test_the_object_store_is_refused_by_both_its_doors(caller: Caller, bucket: oss2.Bucket) -> None:
    bucket.put_object("key", b"content")
    for auth in (oss2.Auth, oss2.AuthV4):
        signed: Any = auth(caller.key, caller.secret)
        if caller.token:
            version = oss2.AUTH_VERSION_4 if auth is oss2.AuthV4 else oss2.AUTH_VERSION_1
            signed = oss2.StsAuth(caller.key, caller.secret, caller.token, auth_version=version)
        seen = oss2.Bucket(signed, bucket.endpoint, bucket.bucket_name, region=HERE)
        calls: tuple[Callable[[], object], ...] = (
            lambda seen=seen: seen.get_object("key"),  # type: ignore[misc]
            lambda seen=seen: seen.put_object("key", b"other"),  # type: ignore[misc]
            lambda seen=seen: seen.delete_object("key"),  # type: ignore[misc]
            lambda signed=signed: list(
                oss2.BucketIterator(oss2.Service(signed, bucket.endpoint, region=HERE))
            ),  # type: ignore[misc]
        )
        for call in calls:
            with pytest.raises(oss2.exceptions.OssError) as caught:
                call()
            assert caught.value.status == 403
            assert caught.value.code == "AccessDenied"
    assert bucket.get_object("key").read() == b"content"


S3 = """
import json, sys
import boto3, botocore.config, botocore.exceptions
endpoint, bucket, key, secret, token = json.loads(sys.argv[1])
client = boto3.client("s3", endpoint_url=endpoint, region_name="cn-hangzhou", aws_access_key_id=key,
    aws_secret_access_key=secret, aws_session_token=token,
    config=botocore.config.Config(s3={"addressing_style": "path"}))
try:
    client.get_object(Bucket=bucket, Key="key")
except botocore.exceptions.ClientError as error:
    print(error.response["Error"]["Code"])
"""


def test_the_s3_door_is_refused_too(caller: Caller, bucket: oss2.Bucket) -> None:
    bucket.put_object("key", b"content")
    asked = json.dumps([bucket.endpoint, bucket.bucket_name, caller.key, caller.secret, caller.token])
    done = subprocess.run([sys.executable, "-c", S3, asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "AccessDenied"
