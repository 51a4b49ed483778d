"""Listings of objects and of versions, through oss2, against the simplest model there is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from xml.etree import ElementTree

import oss2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import RunningCloud

Refused = Callable[..., oss2.exceptions.OssError]
Shown = tuple[str, str]
"""("key" or "prefix", the text)."""

LETTERS = ("a", "b/", "/", "中", "😀", "&<", "%2F+ ", "\x01", "z")
KEYS = sorted({"".join(letters) for letters in product(LETTERS, repeat=2) if letters[0] != "/"} | set("az"))
texts = st.lists(st.sampled_from(LETTERS), max_size=3).map("".join)
settings.register_profile("listing", deadline=None, suppress_health_check=list(HealthCheck))
bounded = settings(settings.get_profile("listing"), max_examples=60)


@pytest.fixture(scope="module")
def full(cloud: RunningCloud, worker_id: str) -> oss2.Bucket:
    """A bucket with many keys, some of them awkward, each once overwritten and every third deleted."""
    bucket = cloud.oss2_bucket(f"listing-{worker_id}")
    bucket.create_bucket()
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
    for key in KEYS:
        bucket.put_object(key, b"1")
        bucket.put_object(key, b"22")
    for key in KEYS[::3]:
        bucket.delete_object(key)
    return bucket


LIVE = [key for index, key in enumerate(KEYS) if index % 3]


def model(keys: list[str], prefix: str, delimiter: str, after: str) -> list[Shown]:
    """What a listing without end shows: filter, then roll up; a rolled-up prefix as marker is behind its keys."""
    shown: list[Shown] = []
    for key in keys:
        if not key.startswith(prefix) or key <= after:
            continue
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        entry = ("key", key) if cut < 0 else ("prefix", key[: cut + len(delimiter)])
        if entry[1] != after and (not shown or shown[-1] != entry):
            shown.append(entry)
    return shown


def shown_by(result: oss2.models.ListObjectsResult) -> list[Shown]:
    keys = [("key", each.key) for each in result.object_list]
    return sorted(keys + [("prefix", each) for each in result.prefix_list], key=lambda each: each[1])


@bounded
@given(
    prefix=texts, delimiter=st.sampled_from(["", "/", "a", "2F", "中"]), marker=texts, limit=st.integers(1, 9)
)
def test_list_objects_agrees_with_the_model(
    full: oss2.Bucket, prefix: str, delimiter: str, marker: str, limit: int
) -> None:
    wanted, result = model(LIVE, prefix, delimiter, marker), None
    while result is None or result.is_truncated:
        after = marker if result is None else result.next_marker
        result = full.list_objects(prefix, delimiter, after, limit)
        page = shown_by(result)
        assert page == wanted[: len(page)]
        assert len(page) == min(limit, len(wanted))
        wanted = wanted[len(page) :]
        assert result.is_truncated == bool(wanted)


@bounded
@given(prefix=texts, delimiter=st.sampled_from(["", "/", "a", "中"]), start=texts, limit=st.integers(1, 9))
def test_list_objects_v2_agrees_with_the_model(
    full: oss2.Bucket, prefix: str, delimiter: str, start: str, limit: int
) -> None:
    wanted, token = model(LIVE, prefix, delimiter, start), ""
    while True:
        result = full.list_objects_v2(prefix, delimiter, token, start, max_keys=limit)
        page = shown_by(result)
        assert page == wanted[: len(page)]
        assert len(page) == min(limit, len(wanted))
        wanted = wanted[len(page) :]
        assert result.is_truncated == bool(wanted)
        if not wanted:
            return
        token = result.next_continuation_token


@bounded
@given(prefix=texts, delimiter=st.sampled_from(["", "/", "a"]), limit=st.integers(1, 7))
def test_list_object_versions_pages_through_everything(
    full: oss2.Bucket, prefix: str, delimiter: str, limit: int
) -> None:
    seen: list[tuple[str, str]] = []
    prefixes: list[str] = []
    key_marker = version_marker = ""
    while True:
        page = full.list_object_versions(prefix, delimiter, key_marker, limit, version_marker)
        rows = page.versions + page.delete_marker
        assert len(rows) + len(page.common_prefix) <= limit
        for row in rows:
            assert row.is_latest == (row.versionid == latest(full, row.key)), row.key
            seen.append((row.key, row.versionid))
        prefixes += page.common_prefix
        if not page.is_truncated:
            break
        key_marker, version_marker = page.next_key_marker, page.next_versionid_marker
    wanted = model(KEYS, prefix, delimiter, "")
    expected = [key for kind, key in wanted if kind == "key" for _ in range(2 if key in LIVE else 3)]
    assert sorted(key for key, _ in seen) == sorted(expected)
    assert len(set(seen)) == len(seen)
    assert prefixes == [text for kind, text in wanted if kind == "prefix"]


_latest: dict[tuple[str, str], str] = {}


def latest(bucket: oss2.Bucket, key: str) -> str:
    """The version that a read of the key meets (asked once a key)."""
    known = (bucket.bucket_name, key)
    if known not in _latest:
        try:
            _latest[known] = bucket.head_object(key).versionid
        except oss2.exceptions.NotFound as error:
            _latest[known] = error.headers["x-oss-version-id"]
    return _latest[known]


def test_versions_come_newest_first(bucket: oss2.Bucket) -> None:
    bucket.put_object("key", b"before versions")
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
    named = [bucket.put_object("key", str(number)).versionid for number in range(3)]
    seen, marker = [], ""
    while True:
        page = bucket.list_object_versions(
            key_marker="key" if marker else "", versionid_marker=marker, max_keys=1
        )
        seen += [row.versionid for row in page.versions]
        if not page.is_truncated:
            break
        assert page.next_key_marker == "key"
        marker = page.next_versionid_marker
    assert seen == [*reversed(named), "null"]
    # A version deleted between two pages does not stop the listing.
    bucket.delete_object("key", params={"versionId": named[1]})
    rest = bucket.list_object_versions(key_marker="key", versionid_marker=named[1]).versions
    assert [row.versionid for row in rest] == [named[0], "null"]


def raw(bucket: oss2.Bucket, **parameters: str) -> ElementTree.Element:
    """Ask for a listing as it is on the wire."""
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    return ElementTree.fromstring(bucket._do("GET", bucket.bucket_name, "", params=named).read())


def test_what_an_object_says_of_itself(bucket: oss2.Bucket) -> None:
    bucket.put_object("key", b"12345", headers={"x-oss-storage-class": "IA"})
    bucket.put_object("old", b"1", headers={"x-oss-storage-class": "Archive"})
    bucket.restore_object("old")
    listed = bucket.list_objects().object_list
    found = bucket.head_object("key")
    assert (listed[0].size, listed[0].etag, listed[0].last_modified) == (5, found.etag, found.last_modified)
    assert (listed[0].storage_class, listed[0].type) == ("IA", "Normal")
    assert listed[0].owner.id == bucket.get_bucket_info().owner.id
    assert (listed[0].restore_info, listed[1].restore_info) == (None, 'ongoing-request="true"')
    assert bucket.list_objects_v2().object_list[0].owner is None
    assert bucket.list_objects_v2(fetch_owner=True).object_list[0].owner.id == listed[0].owner.id


def test_the_encoding_covers_all_names(bucket: oss2.Bucket) -> None:
    for key in ("a b/ü&1", "a b/ü&2", "a b/ü/x"):
        bucket.put_object(key, b"")
    shown = raw(bucket, prefix="a b/", delimiter="/", marker="a b/a&", max_keys="1", encoding_type="url")
    text = {each.tag: each.text for each in shown}
    assert text["EncodingType"] == "url"
    assert (text["Prefix"], text["Delimiter"], text["Marker"]) == ("a%20b%2F", "%2F", "a%20b%2Fa%26")
    assert (text["MaxKeys"], text["IsTruncated"], text["NextMarker"]) == ("1", "true", "a%20b%2F%C3%BC%261")
    assert shown.findtext("Contents/Key") == "a%20b%2F%C3%BC%261"
    plain = raw(bucket, prefix="a b/", delimiter="/")
    assert plain.find("EncodingType") is None
    assert plain.find("NextMarker") is None
    assert [each.text for each in plain.iterfind("Contents/Key")] == ["a b/ü&1", "a b/ü&2"]
    assert plain.findtext("CommonPrefixes/Prefix") == "a b/ü/"


def test_bounds(bucket: oss2.Bucket, refused: Refused) -> None:
    for number in range(101):
        bucket.put_object(f"{number:03}", b"")
    assert len(bucket.list_objects(max_keys="").object_list) == 100
    assert len(bucket.list_objects(max_keys=1000).object_list) == 101
    nothing = raw(bucket, max_keys="0")
    assert (nothing.findtext("IsTruncated"), nothing.find("Contents")) == ("false", None)
    for limit in ("1001", "-1", "x", "1e2"):
        refused("InvalidArgument", bucket.list_objects, max_keys=limit)
        refused("InvalidArgument", bucket.list_object_versions, max_keys=limit)
    refused("InvalidArgument", bucket.list_objects, marker="x" * 1025)
    refused("InvalidArgument", bucket.list_objects_v2, continuation_token="no token")
    refused("InvalidArgument", bucket.list_object_versions, versionid_marker="null")
    refused("InvalidArgument", bucket.list_object_versions, key_marker="a", versionid_marker="none")
    refused("InvalidArgument", raw, bucket, encoding_type="base64")
