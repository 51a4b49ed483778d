"""Key pairs through the vendor's SDK."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client as EcsClient
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from ecs_clients import instance_of, wait_status
from group_calls import refused
from running import RunningCloud
from services.sdk import REGION, configured

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIVNqd5scah2Zv1WxCc+lSvRhVRc9YcV5qt0eW8JrIgk me@laptop"
FINGERPRINT = "b8:7f:59:c2:0d:49:43:96:be:54:50:5a:c4:67:a2:5a"

_numbers = itertools.count(1)


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return f"key-{os.getpid()}-{next(_numbers)}"


def create(ecs: EcsClient, name: str, **fields: Any) -> Any:
    return ecs.create_key_pair(
        models.CreateKeyPairRequest(region_id=REGION, key_pair_name=name, **fields)
    ).body


def imported(ecs: EcsClient, name: str, key: str = PUBLIC, **fields: Any) -> Any:
    request = models.ImportKeyPairRequest(region_id=REGION, key_pair_name=name, public_key_body=key, **fields)
    return ecs.import_key_pair(request).body


def listed(ecs: EcsClient, **fields: Any) -> Any:
    return ecs.describe_key_pairs(models.DescribeKeyPairsRequest(region_id=REGION, **fields)).body


def names(ecs: EcsClient, **fields: Any) -> list[str]:
    return [each.key_pair_name for each in listed(ecs, **fields).key_pairs.key_pair]


def delete(ecs: EcsClient, *these: str) -> None:
    text = "[" + ",".join(f'"{each}"' for each in these) + "]"
    ecs.delete_key_pairs(models.DeleteKeyPairsRequest(region_id=REGION, key_pair_names=text))


def test_a_new_pair_is_a_real_one(ecs: EcsClient, name: str) -> None:
    made = create(ecs, name)
    private = serialization.load_pem_private_key(made.private_key_body.encode(), password=None)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size == 2048
    public = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    (shown,) = listed(ecs, key_pair_name=name, include_public_key=True).key_pairs.key_pair
    assert shown.public_key == public.decode()
    assert shown.key_pair_finger_print == made.key_pair_finger_print
    refused("KeyPair.AlreadyExist", create, ecs, name)


def test_the_private_key_is_kept_nowhere(own_ecs: EcsClient, own_cloud: RunningCloud, name: str) -> None:
    body = create(own_ecs, name).private_key_body
    middle = body.splitlines()[5].encode()
    own_cloud.stop()
    files = [path for path in own_cloud.data.rglob("*") if path.is_file()]
    assert any(path.name == "control.db" for path in files)
    assert not [path for path in files if middle in path.read_bytes()]
    with sqlite3.connect(own_cloud.data / "control.db") as store:
        dumped = "\n".join(store.iterdump()).encode()
    assert name.encode() in dumped or name.encode().hex().encode() in dumped.lower()
    assert middle not in dumped
    assert middle.hex().encode() not in dumped.lower()


def test_a_public_key_comes_from_elsewhere(ecs: EcsClient, name: str) -> None:
    assert imported(ecs, name).key_pair_finger_print == FINGERPRINT
    (shown,) = listed(ecs, key_pair_name=name).key_pairs.key_pair
    assert (shown.key_pair_finger_print, shown.public_key) == (FINGERPRINT, None)
    refused("KeyPair.AlreadyExist", imported, ecs, name)
    refused("InvalidPublicKeyBody.Malformed", imported, ecs, f"{name}-2", "ssh-rsa AAAA")


@pytest.mark.parametrize("bad", ["x", "1st", "with space", "http://key", "k" * 129, "../../etc"])
def test_names_are_checked(ecs: EcsClient, bad: str) -> None:
    refused("InvalidKeyPairName.Malformed", imported, ecs, bad)
    refused("InvalidKeyPairName.Malformed", create, ecs, bad)


def test_a_name_is_free_in_another_region(ecs: EcsClient, cloud: RunningCloud, name: str) -> None:
    imported(ecs, name)
    abroad = EcsClient(configured(cloud, region="cn-beijing"))
    abroad.import_key_pair(
        models.ImportKeyPairRequest(region_id="cn-beijing", key_pair_name=name, public_key_body=PUBLIC)
    )
    delete(ecs, name)
    assert names(ecs, key_pair_name=name) == []
    found = abroad.describe_key_pairs(
        models.DescribeKeyPairsRequest(region_id="cn-beijing", key_pair_name=name)
    )
    assert found.body.total_count == 1


def test_listings_filter_and_page(ecs: EcsClient, name: str) -> None:
    tag = models.ImportKeyPairRequestTag(key=name, value="yes")
    first = f"{name}-a"
    imported(ecs, first, tag=[tag], resource_group_id=f"rg-{name}")
    imported(ecs, f"{name}-b")
    imported(ecs, f"x-{name}-b")
    assert names(ecs, key_pair_name=f"{name}*") == [f"{name}-b", first]
    assert names(ecs, key_pair_name=f"*{name}-b") == [f"x-{name}-b", f"{name}-b"]
    assert names(ecs, key_pair_name=name) == []
    assert names(ecs, key_pair_name=f"{name}-[ab]") == []
    assert names(ecs, tag=[models.DescribeKeyPairsRequestTag(key=name)]) == [first]
    assert names(ecs, resource_group_id=f"rg-{name}") == [first]
    assert first in names(ecs, key_pair_finger_print=FINGERPRINT, page_size=50)
    assert names(ecs, key_pair_finger_print="00") == []
    page = listed(ecs, key_pair_name=f"*{name}*", page_number=2, page_size=2)
    assert [each.key_pair_name for each in page.key_pairs.key_pair] == [first]
    assert (page.total_count, page.page_number, page.page_size) == (3, 2, 2)


def test_deletion_is_of_all_or_none(ecs: EcsClient, name: str) -> None:
    imported(ecs, f"{name}-a")
    imported(ecs, f"{name}-b")
    refused("InvalidKeyPair.NotFound", delete, ecs, f"{name}-a", f"{name}-none")
    assert len(names(ecs, key_pair_name=f"{name}*")) == 2
    delete(ecs, f"{name}-a", f"{name}-b")
    assert names(ecs, key_pair_name=f"{name}*") == []


def test_an_instance_bears_a_key(ecs: EcsClient, name: str, run_instances: Callable[..., list[str]]) -> None:
    imported(ecs, name)
    (instance,) = run_instances()
    ids = f'["{instance}","i-none"]'
    body = ecs.attach_key_pair(
        models.AttachKeyPairRequest(region_id=REGION, key_pair_name=name, instance_ids=ids)
    ).body
    assert (body.total_count, body.fail_count) == ("2", "1")
    assert [(each.instance_id, each.success, each.code) for each in body.results.result] == [
        (instance, "true", "200"),
        ("i-none", "false", "InvalidInstanceId.NotFound"),
    ]
    assert instance_of(ecs, instance).key_pair_name == name
    refused("InvalidParameter.KeypairAlreadyAttachedInstance", delete, ecs, name)
    ecs.detach_key_pair(
        models.DetachKeyPairRequest(region_id=REGION, key_pair_name=name, instance_ids=f'["{instance}"]')
    )
    assert instance_of(ecs, instance).key_pair_name == ""
    delete(ecs, name)
    refused(
        "InvalidKeyPairName.NotFound",
        ecs.attach_key_pair,
        models.AttachKeyPairRequest(region_id=REGION, key_pair_name=name, instance_ids=f'["{instance}"]'),
    )
    wait_status(ecs, instance, "Running")
