"""One client under whose load the cloud is killed: it changes keys of its own and remembers every answer."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection
from threading import Event

from crash.belief import Blob, Possible, Upload, Versions, crc64, md5
from crash.wire import Answer, LostError, Wire

PLAIN = "crash-plain"
VERSIONED = "crash-versioned"
_PART = 100 * 1024
_DONE = (200, 204)


class Writer:
    """Performs random operations. `counts` tells how many of each were acknowledged."""

    def __init__(self, number: int, seed: int) -> None:
        self._random = random.Random(f"{seed}/{number}")
        self._made = 0
        self.name = f"c{number}"
        self.objects: dict[str, Possible] = {
            f"{self.name}/{kind}/{n}": (None,)
            for kind, most in (("put", 8), ("append", 3), ("parts", 3))
            for n in range(most)
        }
        self.versions = {f"{self.name}/versions/{n}": Versions() for n in range(3)}
        self.uploads: dict[str, Upload] = {}
        self.lost_uploads = 0
        self.counts: dict[str, int] = {}
        self.lost = 0
        self._operations: list[tuple[int, Callable[[Wire], str]]] = [
            (30, self._put_small),
            (9, self._put_large),
            (8, self._delete),
            (8, self._copy),
            (14, self._append),
            (16, self._multipart),
            (12, self._put_version),
            (6, self._delete_version),
            (12, self._read),
        ]

    def run(self, wire: Wire, doomed: Event, victims: Collection[int]) -> None:
        """Go on until the cloud, said to be `doomed`, is gone.

        Before that, a connection may break only when its local port is among the `victims`: those that a
        killed worker held. Raises AssertionError when one breaks otherwise or an answer is wrong.
        """
        weights = [weight for weight, _ in self._operations]
        try:
            while True:
                operation = self._random.choices(self._operations, weights)[0][1]
                try:
                    done = operation(wire)
                    self.counts[done] = self.counts.get(done, 0) + 1
                except LostError as error:
                    if doomed.is_set():
                        return
                    assert error.port in victims, f"{self.name}: {error}, which no killed worker held"
                    self.lost += 1
                except ConnectionError:
                    if doomed.is_set():
                        return
        finally:
            wire.close()

    def _blob(self, size: int) -> Blob:
        self._made += 1
        return Blob(f"{self.name}/{self._made}", size)

    def _key(self, kind: str) -> str:
        return self._random.choice([key for key in self.objects if key.startswith(f"{self.name}/{kind}/")])

    def _change(self, key: str, wanted: Blob | None, call: Callable[[], Answer]) -> Answer:
        """Make a call after which the key holds `wanted`; until it is acknowledged, either may be."""
        self.objects[key] += (wanted,)
        answer = call()
        assert answer.status in _DONE, f"{key}: {answer}"
        self.objects[key] = (wanted,)
        return answer

    def _settled(self, wire: Wire, key: str) -> Blob | None:
        """Return what the key holds, looking when that is in doubt."""
        if len(self.objects[key]) > 1:
            self.look(wire, key)
        return self.objects[key][0]

    def look(self, wire: Wire, key: str) -> Answer:
        """Read a key: it must be wholly in one of its possible states, and stays in that one."""
        answer = wire.call("GET", PLAIN, key)
        self.objects[key] = (recognised(key, self.objects[key], answer),)
        return answer

    def _put(self, wire: Wire, blob: Blob) -> None:
        key = self._key("put")
        data = blob.data()
        answer = self._change(key, blob, lambda: wire.call("PUT", PLAIN, key, body=data))
        assert answer.headers["ETag"] == f'"{md5(data)}"', key

    def _put_small(self, wire: Wire) -> str:
        self._put(wire, self._blob(self._random.choice((0, 1, 100, 4096, 30_000))))
        return "put"

    def _put_large(self, wire: Wire) -> str:
        self._put(wire, self._blob(self._random.randrange(200_000, 2_000_000)))
        return "put large"

    def _delete(self, wire: Wire) -> str:
        key = self._key(self._random.choice(("put", "put", "append", "parts")))
        self._change(key, None, lambda: wire.call("DELETE", PLAIN, key))
        return "delete"

    def _copy(self, wire: Wire) -> str:
        source, key = self._key("put"), self._key("put")
        blob = self._settled(wire, source)
        if blob is None or source == key:
            return self._put_small(wire)
        headers = {"x-oss-copy-source": f"/{PLAIN}/{source}"}
        self._change(key, blob, lambda: wire.call("PUT", PLAIN, key, headers=headers))
        return "copy"

    def _append(self, wire: Wire) -> str:
        key = self._key("append")
        former = self._settled(wire, key) or Blob(self._blob(0).seed, 0)
        size = self._random.choice((1, 1000, 50_000, 150_000))
        wanted = Blob(former.seed, former.size + size)
        if wanted.size > 1_000_000:
            self._change(key, None, lambda: wire.call("DELETE", PLAIN, key))
            return "delete"
        query = {"append": "", "position": str(former.size)}
        body = wanted.data()[former.size :]
        answer = self._change(key, wanted, lambda: wire.call("POST", PLAIN, key, query, body))
        assert answer.headers["x-oss-next-append-position"] == str(wanted.size), key
        return "append"

    def _multipart(self, wire: Wire) -> str:
        """Take an upload one step further: begin it, add a part, complete or abort it."""
        going_on = [
            upload for upload in self.uploads.values() if not upload.completing and not upload.aborting
        ]
        if not going_on or (len(going_on) < 2 and self._random.random() < 0.2):
            return self._begin(wire)
        upload = self._random.choice(going_on)
        missing = [number for number in upload.numbers if None in upload.parts.get(number, (None,))]
        chance = self._random.random()
        if chance < 0.05:
            return self._abort(wire, upload)
        if missing or chance < 0.2:
            return self._add_part(wire, upload, self._random.choice(missing or upload.numbers))
        return self._complete(wire, upload)

    def _begin(self, wire: Wire) -> str:
        key = self._key("parts")
        self.lost_uploads += 1
        answer = wire.call("POST", PLAIN, key, {"uploads": ""})
        assert answer.status == 200, f"{key}: {answer}"
        match = re.search(rb"<UploadId>(\w+)</UploadId>", answer.whole())
        assert match, answer
        self.lost_uploads -= 1
        blob = self._blob(self._random.randrange(_PART, 4 * _PART))
        upload_id = match[1].decode()
        self.uploads[upload_id] = Upload(key, upload_id, blob, self._random.randrange(_PART, 2 * _PART))
        return "begin upload"

    def _add_part(self, wire: Wire, upload: Upload, number: int) -> str:
        data = upload.part(number)
        upload.parts[number] = (*upload.parts.get(number, (None,)), md5(data))
        query = {"partNumber": str(number), "uploadId": upload.upload_id}
        answer = wire.call("PUT", PLAIN, upload.key, query, data)
        assert answer.status == 200, f"{upload.key} part {number}: {answer}"
        upload.parts[number] = (md5(data),)
        return "put part"

    def _complete(self, wire: Wire, upload: Upload) -> str:
        listed = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{upload.parts[number][0]}</ETag></Part>"
            for number in upload.numbers
        )
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        self._settled(wire, upload.key)
        upload.completing = True
        query = {"uploadId": upload.upload_id}
        self._change(upload.key, upload.blob, lambda: wire.call("POST", PLAIN, upload.key, query, body))
        del self.uploads[upload.upload_id]
        return "complete upload"

    def _abort(self, wire: Wire, upload: Upload) -> str:
        upload.aborting = True
        answer = wire.call("DELETE", PLAIN, upload.key, {"uploadId": upload.upload_id})
        assert answer.status == 204, f"{upload.key}: {answer}"
        del self.uploads[upload.upload_id]
        return "abort upload"

    def _settled_versions(self) -> tuple[str, Versions] | None:
        settled = [(key, versions) for key, versions in self.versions.items() if versions.settled]
        return self._random.choice(settled) if settled else None

    def _put_version(self, wire: Wire) -> str:
        if (found := self._settled_versions()) is None:
            return self._read(wire)
        key, versions = found
        if len(versions.known) >= 6:
            return self._delete_version(wire)
        blob = self._blob(self._random.choice((10, 5000, 100_000)))
        self._add_version(versions, blob, lambda: wire.call("PUT", VERSIONED, key, body=blob.data()))
        return "put version"

    def _delete_version(self, wire: Wire) -> str:
        if (found := self._settled_versions()) is None:
            return self._read(wire)
        key, versions = found
        if len(versions.known) < 3:
            self._add_version(versions, None, lambda: wire.call("DELETE", VERSIONED, key))
            return "delete marker"
        version, _ = self._random.choice(versions.known)
        versions.removing = version
        answer = wire.call("DELETE", VERSIONED, key, {"versionId": version})
        assert answer.status == 204, f"{key}: {answer}"
        versions.known = [each for each in versions.known if each[0] != version]
        versions.removing = ""
        return "delete version"

    def _add_version(self, versions: Versions, content: Blob | None, call: Callable[[], Answer]) -> None:
        versions.adding.append(content)
        answer = call()
        assert answer.status in _DONE, answer
        versions.known.insert(0, (answer.headers["x-oss-version-id"], content))
        versions.adding.clear()

    def _read(self, wire: Wire) -> str:
        self.look(wire, self._random.choice(list(self.objects)))
        return "get"


def recognised(key: str, possible: Possible, answer: Answer) -> Blob | None:
    """Return which of the possible states of a key an answer shows. Raises AssertionError when none."""
    if answer.status == 404:
        assert None in possible, f"{key}: an acknowledged object is gone; it may be {possible}"
        return None
    assert answer.status == 200, f"{key}: {answer.status} {answer.body!r}"
    data = answer.whole()
    assert answer.headers["x-oss-hash-crc64ecma"] == crc64(data), (
        f"{key}: the CRC-64 is not that of the bytes"
    )
    if answer.headers["x-oss-object-type"] == "Normal":
        assert answer.headers["ETag"] == f'"{md5(data)}"', f"{key}: the ETag is not that of the bytes"
    for blob in possible:
        if blob is not None and blob.size == len(data) and blob.data() == data:
            return blob
    raise AssertionError(f"{key}: {len(data)} bytes that nobody put there; it may be {possible}")
