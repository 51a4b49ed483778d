"""How much a bucket holds, by storage class."""

from __future__ import annotations

from yunbox.engines.objects.interface import NoBucketError
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import no_such_bucket
from yunbox.services.oss.model import attributes_of
from yunbox.services.oss.operation import operation

_PAGE = 1000
_LEAST_BILLED = 64 * 1024


class BucketStat(Document):
    """The figures: bytes and counts. `last_modified_time` is in seconds since the epoch.

    Of the classes other than Standard, the storage is what is billed (an object counts 64 KB at least), the
    real storage what the objects hold (source: OSS documentation, `GetBucketStat`).
    """

    storage: int = 0
    object_count: int = 0
    multipart_upload_count: int = 0
    live_channel_count: int = 0
    last_modified_time: int = 0
    standard_storage: int = 0
    standard_object_count: int = 0
    infrequent_access_storage: int = 0
    infrequent_access_real_storage: int = 0
    infrequent_access_object_count: int = 0
    archive_storage: int = 0
    archive_real_storage: int = 0
    archive_object_count: int = 0
    cold_archive_storage: int = 0
    cold_archive_real_storage: int = 0
    cold_archive_object_count: int = 0
    deep_cold_archive_storage: int = 0
    deep_cold_archive_real_storage: int = 0
    deep_cold_archive_object_count: int = 0
    delete_marker_count: int = 0


_PREFIXES = {
    "IA": "infrequent_access",
    "Archive": "archive",
    "ColdArchive": "cold_archive",
    "DeepColdArchive": "deep_cold_archive",
}


@operation("GetBucketStat", "GET", "bucket", "stat")
async def get_bucket_stat(call: Call) -> BucketStat:
    """Count what the bucket holds now, all versions together: a step a version."""
    stat = BucketStat(last_modified_time=int(call.now))
    name, after, after_version = call.bucket.name, "", ""
    try:
        stat.multipart_upload_count = (await call.objects.usage(name)).uploads
        while True:
            page = await call.objects.list_versions(
                name, after=after, after_version=after_version, limit=_PAGE
            )
            for entry in page.entries:
                if entry.marker:
                    stat.delete_marker_count += 1
                else:
                    _count(stat, attributes_of(entry).storage_class, entry.size)
            if not page.truncated:
                return stat
            after, after_version = page.next_key, page.next_version
    except NoBucketError:
        raise no_such_bucket(name) from None


def _count(stat: BucketStat, storage_class: str, size: int) -> None:
    stat.storage += size
    stat.object_count += 1
    prefix = _PREFIXES.get(storage_class)
    if prefix is None:
        stat.standard_storage += size
        stat.standard_object_count += 1
        return
    for field, amount in (
        ("storage", max(size, _LEAST_BILLED)),
        ("real_storage", size),
        ("object_count", 1),
    ):
        name = f"{prefix}_{field}"
        setattr(stat, name, getattr(stat, name) + amount)
