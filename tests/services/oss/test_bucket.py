"""What a bucket says of itself, and its further switches."""

from __future__ import annotations

import ssl
from http.client import HTTPSConnection

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from oss2.models import BucketTlsVersion
from people import as_seen_by, user
from plain_http import sdk_v2


def test_where_it_is(cloud, either_bucket: oss2.Bucket) -> None:
    assert either_bucket.get_bucket_location().location == "oss-cn-hangzhou"
    asked = oss.GetBucketLocationRequest(bucket=either_bucket.bucket_name)
    assert sdk_v2(cloud).get_bucket_location(asked).location == "oss-cn-hangzhou"


def test_what_it_holds(cloud, bucket: oss2.Bucket) -> None:
    for key, size, storage in (
        ("a", 7, "Standard"),
        ("b", 5, "IA"),
        ("c", 100_000, "IA"),
        ("d", 3, "Archive"),
    ):
        bucket.put_object(key, b"x" * size, headers={"x-oss-storage-class": storage})
    bucket.init_multipart_upload("e")
    stat = bucket.get_bucket_stat()
    assert (stat.storage_size_in_bytes, stat.object_count) == (100_015, 4)
    assert (stat.multi_part_upload_count, stat.live_channel_count) == (1, 0)
    assert (stat.standard_storage, stat.standard_object_count) == (7, 1)
    assert (stat.infrequent_access_storage, stat.infrequent_access_real_storage) == (165_536, 100_005)
    assert (stat.infrequent_access_object_count, stat.archive_object_count) == (2, 1)
    assert (stat.archive_storage, stat.archive_real_storage) == (65_536, 3)
    assert (stat.cold_archive_object_count, stat.delete_marker_count) == (0, 0)
    asked = oss.GetBucketStatRequest(bucket=bucket.bucket_name)
    assert sdk_v2(cloud).get_bucket_stat(asked).storage == 100_015


def test_a_thousand_and_more_are_counted(bucket: oss2.Bucket) -> None:
    config = oss2.models.BucketVersioningConfig()
    config.status = "Enabled"
    bucket.put_bucket_versioning(config)
    for _ in range(501):
        bucket.put_object("a", b"xx")
        bucket.delete_object("a")
    stat = bucket.get_bucket_stat()
    assert (stat.object_count, stat.delete_marker_count, stat.storage_size_in_bytes) == (501, 501, 1002)


def test_what_it_says_of_itself(bucket: oss2.Bucket) -> None:
    info = bucket.get_bucket_info()
    assert (info.name, info.storage_class, info.data_redundancy_type) == (
        bucket.bucket_name,
        "Standard",
        "LRS",
    )
    assert (info.access_monitor, info.transfer_acceleration) == ("Disabled", "Disabled")
    assert info.resource_group_id == bucket.get_bucket_resource_group().resource_group_id
    assert (info.versioning_status, info.bucket_encryption_rule.sse_algorithm) == (None, None)


def test_it_says_where_its_log_goes(cloud, bucket: oss2.Bucket) -> None:
    bucket.put_bucket_logging(oss2.models.BucketLogging(bucket.bucket_name, "log/"))
    asked = oss.GetBucketInfoRequest(bucket=bucket.bucket_name)
    found = sdk_v2(cloud).get_bucket_info(asked).bucket_info.bucket_policy
    assert (found.log_bucket, found.log_prefix) == (bucket.bucket_name, "log/")


def test_a_user_who_may_only_create_may_not_open(cloud, bucket_name: str, refused) -> None:
    may = {"Effect": "Allow", "Action": "oss:PutBucket", "Resource": "*"}
    mine = as_seen_by(user(cloud, may), cloud.oss2_bucket(bucket_name))
    refused("AccessDenied", mine.create_bucket, "public-read")
    mine.create_bucket()
    refused("AccessDenied", mine.create_bucket, "public-read")
    assert cloud.oss2_bucket(bucket_name).get_bucket_acl().acl == "private"


def test_groups_that_are_not_there(cloud, bucket: oss2.Bucket, refused) -> None:
    group = bucket.get_bucket_resource_group().resource_group_id
    bucket.put_bucket_resource_group(group)
    refused("ResourceGroupIdPreCheckError", bucket.put_bucket_resource_group, "rg-none")
    service = oss2.Service(bucket.auth, cloud.endpoint)
    name = bucket.bucket_name

    def listed(wanted: str) -> list[str]:
        headers = {"x-oss-resource-group-id": wanted}
        return [each.name for each in service.list_buckets(prefix=name, headers=headers).buckets]

    assert (listed(group), listed("rg-none")) == ([name], [])


def test_acceleration_is_remembered(bucket: oss2.Bucket, refused) -> None:
    refused("NoSuchTransferAccelerationConfiguration", bucket.get_bucket_transfer_acceleration)
    bucket.put_bucket_transfer_acceleration("true")
    assert bucket.get_bucket_transfer_acceleration().enabled == "true"
    assert bucket.get_bucket_info().transfer_acceleration == "Enabled"


def test_archives_are_read_directly_where_it_is_on(bucket: oss2.Bucket, refused) -> None:
    for storage in ("Archive", "ColdArchive"):
        bucket.put_object(storage, b"old", headers={"x-oss-storage-class": storage})
    refused("InvalidObjectState", bucket.get_object, "Archive")
    bucket.put_bucket_archive_direct_read(True)
    assert bucket.get_bucket_archive_direct_read().enabled is True
    assert bucket.get_object("Archive").read() == b"old"
    refused("InvalidObjectState", bucket.get_object, "ColdArchive")


def test_reads_leave_no_trace(bucket: oss2.Bucket, refused) -> None:
    assert bucket.get_bucket_access_monitor().access_monitor.status == "Disabled"
    bucket.put_bucket_access_monitor("Disabled")
    assert "access tracking" in refused("NotImplemented", bucket.put_bucket_access_monitor, "Enabled").message
    refused("MalformedXML", bucket.put_bucket_access_monitor, "aa")


def test_there_are_no_live_channels(bucket: oss2.Bucket) -> None:
    assert list(oss2.LiveChannelIterator(bucket)) == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_versions_of_tls_that_it_takes(
    cloud, bucket: oss2.Bucket, refused, version: ssl.TLSVersion
) -> None:
    bucket.put_object("a", b"a", headers={"x-oss-object-acl": "public-read"})
    name = version.name.replace("_", ".")
    other = {"TLSv1.2": "TLSv1.3", "TLSv1.3": "TLSv1.2"}[name]

    def status() -> int:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        connection = HTTPSConnection("127.0.0.1", cloud.state["https_port"], context=context, timeout=30)
        connection.request("GET", f"/{bucket.bucket_name}/a")
        found = connection.getresponse().status
        connection.close()
        return found

    assert status() == 200
    for taken, expected in (([name], 200), ([other], 403), ([other, name, name], 200)):
        bucket.put_bucket_https_config(BucketTlsVersion(True, taken))
        assert bucket.get_bucket_https_config().tls_version == list(dict.fromkeys(taken))
        assert status() == expected
    bucket.put_bucket_https_config(BucketTlsVersion(True, [other]))
    bucket.put_bucket_https_config(BucketTlsVersion())
    assert (status(), bucket.get_bucket_https_config().tls_enabled) == (200, False)
    refused("MalformedXML", bucket.put_bucket_https_config, BucketTlsVersion(True))
    refused("MalformedXML", bucket.put_bucket_https_config, BucketTlsVersion(True, ["SSLv3"]))
