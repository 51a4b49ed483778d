"""What the demo does with each client. Every function returns what it saw, and raises when it is not right."""

from __future__ import annotations

import hashlib
import logging
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import alibabacloud_oss_v2 as oss
import boto3
import oss2
from botocore.config import Config as BotoConfig
from botocore.exceptions import ClientError

from demo.cloud import DemoCloud

REGION = "cn-hangzhou"
BUCKET = "singles-day"
FILE_KEY = "docs/许可证 LICENSE.txt"
LARGE_KEY = "video/peak.bin"
PART = 5 * 2**20
BREAK_AT = 0.4
"""The share of the large upload after which the first attempt is broken off."""

# oss2 logs the interruption that the demo makes on purpose.
logging.getLogger("oss2").addHandler(logging.NullHandler())

Progress = Callable[[int, int | None], None]


class NotHeldError(Exception):
    """Something is not as it was promised."""


def require(condition: object, otherwise: str) -> None:
    """Raise NotHeldError when the condition does not hold."""
    if not condition:
        raise NotHeldError(otherwise)


class _BrokenOffError(Exception):
    """Stands for a laptop that was closed in the middle of an upload."""


def oss2_bucket(cloud: DemoCloud, secret: str | None = None) -> oss2.Bucket:
    """Return oss2's view of the bucket, signing with V4."""
    id_, own = cloud.keys
    return oss2.Bucket(oss2.AuthV4(id_, secret or own), cloud.endpoint, BUCKET, region=REGION)


def sdk_v2(cloud: DemoCloud, secret: str | None = None) -> oss.Client:
    """Return a client of alibabacloud-oss-v2."""
    id_, own = cloud.keys
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(id_, secret or own)
    config.region, config.endpoint = REGION, cloud.endpoint
    return oss.Client(config)


def s3(cloud: DemoCloud, secret: str | None = None) -> Any:
    """Return boto3's client."""
    id_, own = cloud.keys
    return boto3.client(
        "s3",
        endpoint_url=cloud.endpoint,
        region_name=REGION,
        aws_access_key_id=id_,
        aws_secret_access_key=secret or own,
        config=BotoConfig(retries={"max_attempts": 1}),
    )


def make_bucket(cloud: DemoCloud) -> str:
    """Create the bucket and look at it."""
    bucket = oss2_bucket(cloud)
    bucket.create_bucket()
    info = bucket.get_bucket_info()
    require(info.name == BUCKET, f"the bucket is called {info.name}")
    return f"{info.name} in {info.location}"


def file_up_and_down(cloud: DemoCloud, file: Path) -> str:
    """Put a real file and get it back."""
    bucket = oss2_bucket(cloud)
    stored = bucket.put_object_from_file(FILE_KEY, str(file))
    found = bucket.get_object(FILE_KEY).read()
    require(found == file.read_bytes(), "other bytes came back")
    require(stored.etag == hashlib.md5(found).hexdigest().upper(), "the ETag is not the MD5")
    return f"{FILE_KEY}, {len(found):,} bytes, came back the same"


def resumable_upload(cloud: DemoCloud, file: Path, digest: str, checkpoints: Path, progress: Progress) -> str:
    """Upload in parts, break it off, go on where it stopped, and get it back."""
    bucket = oss2_bucket(cloud)
    sent = [0, 0]

    def breaking(done: int, total: int | None) -> None:
        progress(done, total)
        sent[0] = done
        if total and done >= total * BREAK_AT:
            raise _BrokenOffError

    def going_on(done: int, total: int | None) -> None:
        progress(done, total)
        sent[1] = sent[1] or done

    try:
        _upload(bucket, file, checkpoints, breaking)
    except _BrokenOffError:
        pass
    else:
        raise NotHeldError("the upload could not be broken off")
    require(not bucket.object_exists(LARGE_KEY), "half an object is visible")
    pending = list(oss2.MultipartUploadIterator(bucket))
    require(len(pending) == 1, f"{len(pending)} uploads are under way")
    kept = sum(part.size for part in oss2.PartIterator(bucket, LARGE_KEY, pending[0].upload_id))
    require(kept > 0, "nothing was kept of the first attempt")
    _upload(bucket, file, checkpoints, going_on)
    require(sent[1] >= kept, "it began from the start")
    require(not list(oss2.MultipartUploadIterator(bucket)), "an upload is left over")
    running = hashlib.sha256()
    for block in bucket.get_object(LARGE_KEY):
        running.update(block)
    require(running.hexdigest() == digest, "other bytes came back")
    size = file.stat().st_size
    return f"{size / 1e6:.0f} MB; broken off at {kept / 1e6:.0f} MB, resumed there; same SHA-256"


def _upload(bucket: oss2.Bucket, file: Path, checkpoints: Path, progress: Progress) -> None:
    oss2.resumable_upload(
        bucket,
        LARGE_KEY,
        str(file),
        store=oss2.ResumableStore(root=str(checkpoints)),
        multipart_threshold=PART,
        part_size=PART,
        num_threads=1,
        progress_callback=progress,
    )


def listing(cloud: DemoCloud) -> str:
    """Store a handful of objects with the new SDK and list them as folders."""
    client = sdk_v2(cloud)
    for number in range(12):
        request = oss.PutObjectRequest(bucket=BUCKET, key=f"orders/{number // 6}/{number}.json", body=b"{}")
        client.put_object(request)
    pages = client.list_objects_v2_paginator(limit=5).iter_page(
        oss.ListObjectsV2Request(bucket=BUCKET, prefix="orders/")
    )
    keys = [each.key for page in pages for each in page.contents or []]
    require(keys == sorted(f"orders/{n // 6}/{n}.json" for n in range(12)), f"it lists {keys}")
    top = client.list_objects_v2(oss.ListObjectsV2Request(bucket=BUCKET, delimiter="/"))
    folders = [each.prefix for each in top.common_prefixes or []]
    require(folders == ["docs/", "orders/", "video/"], f"it lists {folders}")
    return f"{len(keys)} keys in pages of 5; folders {' '.join(folders)}"


def presigned(cloud: DemoCloud, file: Path) -> str:
    """Sign a URL and fetch it with what knows nothing of signatures; then spoil it."""
    url = sdk_v2(cloud).presign(oss.GetObjectRequest(bucket=BUCKET, key=FILE_KEY)).url
    require(url, "there is no URL")
    # No proxy of the environment: this is about the URL.
    plain = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with plain.open(url, timeout=10) as answer:
        require(answer.read() == file.read_bytes(), "other bytes came")
        status = answer.status
    spoilt = url.replace("LICENSE", "LICENCE")
    try:
        plain.open(spoilt, timeout=10)
    except urllib.error.HTTPError as error:
        with error:
            require(error.code == 403, f"a spoilt URL is answered with {error.code}")
    else:
        raise NotHeldError("a spoilt URL is served")
    return f"{status} by urllib; 403 for the same URL with another key"


def wrong_key(cloud: DemoCloud) -> str:
    """Sign with a wrong secret, by each client."""
    seen = []
    try:
        oss2_bucket(cloud, "wrong").get_object(FILE_KEY)
    except oss2.exceptions.OssError as error:
        seen.append(f"{error.status} {error.code}")
    try:
        sdk_v2(cloud, "wrong").get_object(oss.GetObjectRequest(bucket=BUCKET, key=FILE_KEY))
    except oss.exceptions.OperationError as failed:
        cause = failed.unwrap()
        require(isinstance(cause, oss.exceptions.ServiceError), f"it fails with {cause!r}")
        seen.append(f"{cause.status_code} {cause.code}")
    try:
        s3(cloud, "wrong").get_object(Bucket=BUCKET, Key=FILE_KEY)
    except ClientError as refused:
        seen.append(
            f"{refused.response['ResponseMetadata']['HTTPStatusCode']} {refused.response['Error']['Code']}"
        )
    require(seen == ["403 SignatureDoesNotMatch"] * 3, f"answers: {seen}")
    return f"{seen[0]}, by all three"


def by_s3(cloud: DemoCloud, file: Path) -> str:
    """Use the same bucket through S3: what one door stores, the other one serves."""
    client = s3(cloud)
    found = client.get_object(Bucket=BUCKET, Key=FILE_KEY)["Body"].read()
    require(found == file.read_bytes(), "other bytes came back")
    client.put_object(Bucket=BUCKET, Key="s3/你好.txt", Body=b"from boto3", Metadata={"made-by": "boto3"})
    other = oss2_bucket(cloud).get_object("s3/你好.txt")
    require(other.read() == b"from boto3", "oss2 gets other bytes")
    listed = client.list_objects_v2(Bucket=BUCKET, Prefix="orders/")
    require(listed["KeyCount"] == 12, f"it lists {listed['KeyCount']} keys")
    return "what oss2 stored is read, and the reverse; 12 keys listed"
