"""After a restart: does the cloud hold everything it acknowledged, and nothing by halves?"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from engines.objects.storing import assert_nothing_leaks

from crash.belief import Upload, Versions, md5
from crash.wire import Wire
from crash.writer import PLAIN, VERSIONED, Writer, recognised
from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.engines.objects.interface import ObjectStore

_FAR_FUTURE = 4_000_000_000.0


def check_answers(wire: Wire, writers: Sequence[Writer]) -> None:
    """Compare everything that a client can see with what the writers believe, and settle what was in doubt.

    Raises AssertionError at the first difference.
    """
    for writer in writers:
        _check_uploads(wire, writer)
    _check_listed_uploads(wire, writers)
    _check_objects(wire, writers)
    for writer in writers:
        for key, versions in writer.versions.items():
            _check_versions(wire, key, versions)


def _check_objects(wire: Wire, writers: Sequence[Writer]) -> None:
    found = {}
    for writer in writers:
        for key in writer.objects:
            answer = writer.look(wire, key)
            if answer.status == 200:
                found[key] = (answer.headers["ETag"], str(len(answer.whole())))
    listed = {
        _text(each, "Key"): (_text(each, "ETag"), _text(each, "Size"))
        for each in _xml(wire, PLAIN, {"max-keys": "1000"}).iter("Contents")
    }
    assert listed == found, "the listing differs from what the keys hold"


def _check_uploads(wire: Wire, writer: Writer) -> None:
    for upload in list(writer.uploads.values()):
        query = {"uploadId": upload.upload_id, "max-parts": "1000"}
        answer = wire.call("GET", PLAIN, upload.key, query)
        possible = writer.objects[upload.key]
        if answer.status == 404:
            assert upload.completing or upload.aborting, f"{upload.key}: an acknowledged upload is gone"
            if upload.completing and len(possible) > 1:
                writer.objects[upload.key] = (upload.blob,)
            del writer.uploads[upload.upload_id]
            continue
        assert answer.status == 200, answer
        if upload.completing and len(possible) > 1:
            # It was not completed: the object must be as before.
            writer.objects[upload.key] = tuple(blob for blob in possible if blob != upload.blob)
        _check_parts(upload, ElementTree.fromstring(answer.whole()))
        upload.completing = upload.aborting = False


def _check_parts(upload: Upload, listing: ElementTree.Element) -> None:
    """Compare ListParts with what was acknowledged. The ETag was answered, so the bytes are checked on completion."""
    listed = {
        int(_text(part, "PartNumber")): (_text(part, "ETag").strip('"'), int(_text(part, "Size")))
        for part in listing.iter("Part")
    }
    assert listed.keys() <= upload.parts.keys(), f"{upload.key}: parts that nobody sent"
    for number, possible in upload.parts.items():
        etag, size = listed.get(number, (None, 0))
        assert etag in possible, f"{upload.key}: part {number} is {etag}, it may be {possible}"
        if etag is not None:
            assert (etag, size) == (md5(upload.part(number)), len(upload.part(number))), upload.key
        upload.parts[number] = (etag,)


def _check_listed_uploads(wire: Wire, writers: Sequence[Writer]) -> None:
    """ListMultipartUploads shows the known uploads, and at most as many more as were begun without an answer."""
    listed = {
        _text(each, "UploadId"): _text(each, "Key")
        for each in _xml(wire, PLAIN, {"uploads": "", "max-uploads": "1000"}).iter("Upload")
    }
    for writer in writers:
        own = {upload_id for upload_id, key in listed.items() if key.startswith(f"{writer.name}/")}
        assert writer.uploads.keys() <= own, f"{writer.name}: uploads are missing in the listing"
        unknown = own - writer.uploads.keys()
        assert len(unknown) <= writer.lost_uploads, f"{writer.name}: uploads that nobody began"
        for upload_id in unknown:
            assert wire.call("DELETE", PLAIN, listed[upload_id], {"uploadId": upload_id}).status == 204
        writer.lost_uploads = 0


def _check_versions(wire: Wire, key: str, versions: Versions) -> None:
    listed = list(_listed_versions(wire, key))
    known = [version for version, _ in versions.known]
    if versions.removing and versions.removing not in listed:
        known.remove(versions.removing)
        versions.known = [each for each in versions.known if each[0] != versions.removing]
    if versions.adding and listed and listed[0] not in known:
        versions.known.insert(0, (listed[0], versions.adding[0]))
        known.insert(0, listed[0])
    assert listed == known, f"{key}: the versions listed are not those acknowledged"
    versions.removing = ""
    versions.adding.clear()
    for version, content in versions.known:
        answer = wire.call("GET", VERSIONED, key, {"versionId": version})
        if content is None:
            assert answer.status == 405, f"{key}: a delete marker answers {answer.status}"
        else:
            recognised(key, (content,), answer)
    recognised(key, (versions.known[0][1] if versions.known else None,), wire.call("GET", VERSIONED, key))


def _listed_versions(wire: Wire, key: str) -> Iterator[str]:
    query = {"versions": "", "prefix": key, "max-keys": "1000"}
    for each in _xml(wire, VERSIONED, query):
        if each.tag in ("Version", "DeleteMarker"):
            yield _text(each, "VersionId")


def _xml(wire: Wire, bucket: str, query: dict[str, str]) -> ElementTree.Element:
    answer = wire.call("GET", bucket, query=query)
    assert answer.status == 200, answer
    document = ElementTree.fromstring(answer.whole())
    assert document.findtext("IsTruncated") == "false"
    return document


def _text(element: ElementTree.Element, name: str) -> str:
    text = element.findtext(name)
    assert text is not None, name
    return text


def check_databases(data: Path) -> None:
    """Have SQLite check every database under the data directory. Raises AssertionError."""
    databases = sorted(data.rglob("*.db"))
    assert databases
    for path in databases:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
        try:
            found = connection.execute("PRAGMA integrity_check").fetchall()
            assert found == [("ok",)], f"{path}: {found}"
        finally:
            connection.close()


def check_files(data: Path) -> int:
    """With the cloud stopped: reclaim what was left behind, and see that no file or row is left over.

    Returns how many abandoned files there were. Raises AssertionError.
    """
    root = data / "objects"
    swept = asyncio.run(_reclaim(root))
    assert_nothing_leaks(root)
    return swept


async def _reclaim(root: Path) -> int:
    store = EmbeddedObjectStore(root, ManualClock(_FAR_FUTURE), Ids(), worker="check")
    try:
        swept = await store.sweep()
        await store.collect()
        for bucket in (PLAIN, VERSIONED):
            await _check_usage(store, bucket)
    finally:
        await store.close()
    return swept


async def _check_usage(store: ObjectStore, bucket: str) -> None:
    visible = (await store.list(bucket, limit=1_000_000)).entries
    versions = (await store.list_versions(bucket, limit=1_000_000)).entries
    uploads = (await store.uploads(bucket, limit=1_000_000)).uploads
    parts = [part for each in uploads for part in await store.parts(bucket, each.upload_id, limit=10_000)]
    usage = await store.usage(bucket)
    assert usage.objects == len(visible)
    assert usage.versions == sum(not entry.marker for entry in versions)
    assert usage.markers == sum(entry.marker for entry in versions)
    assert usage.bytes == sum(entry.size for entry in versions)
    assert (usage.uploads, usage.upload_bytes) == (len(uploads), sum(part.size for part in parts))
