"""Lifecycle rules at work: on virtual time with a store in memory, and once in a running cloud."""

from __future__ import annotations

import asyncio
import datetime
import time
from pathlib import Path

import msgspec
import pytest
from oss2.models import BucketLifecycle, LifecycleExpiration, LifecycleRule, StorageTransition
from running import RunningCloud

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.engines.objects.embedded import EmbeddedObjectStore
from yunbox.engines.objects.interface import Bucket, NewEntry, NoUploadError, ObjectStore, Versioning
from yunbox.engines.objects.memory import MemoryObjectStore
from yunbox.services.oss import lifecycle_documents as documents
from yunbox.services.oss.lifecycle_controller import LifecycleController
from yunbox.services.oss.lifecycle_decision import DAY
from yunbox.services.oss.model import BucketSettings, ObjectAttributes, attributes_of, encode
from yunbox.services.oss.multipart import UploadAttributes

START = 1_780_012_345.0
NAME = "cellar"


class Scene:
    """A bucket in a store, a clock that is moved by hand, and the controller."""

    def __init__(self, objects: ObjectStore, clock: ManualClock, page: int) -> None:
        self.objects = objects
        self.clock = clock
        self.controller = LifecycleController(objects, lambda: ["wang"], clock, interval=3600, page=page)

    async def bucket(self, *rules: documents.LifecycleRule, versioning: Versioning = "Off") -> None:
        settings = BucketSettings().with_configuration(
            documents.CONFIGURATION, documents.LifecycleConfiguration(rule=list(rules))
        )
        made = Bucket(NAME, "wang", "cn-hangzhou", int(START * 1000), versioning, encode(settings))
        await self.objects.create_bucket(made)

    async def put(self, key: str, attributes: ObjectAttributes | None = None) -> None:
        new = NewEntry(key, int(self.clock.now() * 1000), "E", encode(attributes or ObjectAttributes()))
        await self.objects.put(NAME, new, await self.objects.stage(b"bytes"))

    async def days(self, count: float) -> None:
        """Let days pass and one whole round happen."""
        self.clock.advance(count * DAY)
        await self.round()

    async def round(self) -> int:
        turns = 1
        while await self.controller.turn() == 0:
            turns += 1
        return turns

    async def keys(self) -> list[str]:
        return [entry.key for entry in (await self.objects.list(NAME, limit=1000)).entries]

    async def versions(self) -> list[tuple[str, bool]]:
        page = await self.objects.list_versions(NAME, limit=1000)
        return [(entry.key, entry.marker) for entry in page.entries]


@pytest.fixture(params=["memory", "embedded"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    clock = ManualClock(START)
    if request.param == "memory":
        return Scene(MemoryObjectStore(Ids()), clock, page=3)
    return Scene(EmbeddedObjectStore(tmp_path / "store", clock, Ids(), worker="test"), clock, page=3)


def on(**kind: object) -> documents.LifecycleRule:
    return documents.LifecycleRule(status="Enabled", **kind)  # type: ignore[arg-type]


def test_objects_go_when_their_days_are_over_and_others_stay(scene: Scene) -> None:
    async def story() -> None:
        await scene.bucket(on(prefix="log/", expiration=documents.Expiration(days=2)))
        for number in range(8):
            await scene.put(f"log/{number}")
        await scene.put("letter")
        await scene.days(1)
        await scene.put("log/young")
        assert len(await scene.keys()) == 10
        await scene.days(2)
        assert await scene.keys() == ["letter", "log/young"]
        await scene.days(1)
        assert await scene.keys() == ["letter"]

    asyncio.run(story())


def test_a_round_is_cut_into_turns(scene: Scene) -> None:
    async def story() -> None:
        await scene.bucket(on(expiration=documents.Expiration(days=1)))
        for number in range(10):
            await scene.put(f"{number}")
        scene.clock.advance(9 * DAY)
        assert await scene.controller.turn() == 0
        assert 7 <= len(await scene.keys()) < 10
        assert await scene.round() >= 3
        assert await scene.keys() == []
        assert await scene.controller.turn() in (0, 3600)

    asyncio.run(story())


def test_versions_are_hidden_then_deleted_and_their_marker_with_them(scene: Scene) -> None:
    async def story() -> None:
        await scene.bucket(
            on(
                prefix="a",
                expiration=documents.Expiration(days=10),
                noncurrent_version_expiration=documents.NoncurrentVersionExpiration(noncurrent_days=3),
            ),
            on(prefix="a", expiration=documents.Expiration(expired_object_delete_marker=True)),
            versioning="Enabled",
        )
        for key in ("a1", "a2", "b"):
            await scene.put(key)
        await scene.days(1)
        await scene.put("a2")
        await scene.days(4)
        assert await scene.versions() == [("a1", False), ("a2", False), ("b", False)]
        await scene.days(6)
        assert await scene.versions() == [("a1", True), ("a1", False), ("a2", False), ("b", False)]
        await scene.days(1)
        assert await scene.versions() == [
            ("a1", True),
            ("a1", False),
            ("a2", True),
            ("a2", False),
            ("b", False),
        ]
        await scene.days(4)
        await scene.round()
        await scene.round()
        assert await scene.versions() == [("b", False)]

    asyncio.run(story())


def test_objects_grow_colder_step_by_step(scene: Scene) -> None:
    async def story() -> None:
        await scene.bucket(
            on(
                transition=[
                    documents.Transition(days=5, storage_class="IA"),
                    documents.Transition(days=9, storage_class="Archive"),
                ],
                noncurrent_version_transition=[
                    documents.NoncurrentVersionTransition(noncurrent_days=2, storage_class="ColdArchive")
                ],
            ),
            versioning="Enabled",
        )
        await scene.put("k", ObjectAttributes(tags={"t": "1"}, metadata={"m": "x"}))
        modified = int(scene.clock.now() * 1000)
        for days, wanted in ((1, "Standard"), (5, "IA"), (4, "Archive")):
            await scene.days(days)
            entry = await scene.objects.get(NAME, "k")
            assert entry is not None
            attributes = attributes_of(entry)
            assert attributes.storage_class == wanted
            assert (attributes.tags, attributes.metadata, entry.modified) == (
                {"t": "1"},
                {"m": "x"},
                modified,
            )
        assert attributes.transitioned == scene.clock.now()
        await scene.put("k")
        await scene.days(3)
        old = (await scene.objects.list_versions(NAME, limit=9)).entries[1]
        assert attributes_of(old).storage_class == "ColdArchive"

    asyncio.run(story())


def test_old_uploads_are_aborted(scene: Scene) -> None:
    async def story() -> None:
        await scene.bucket(
            on(prefix="u/", abort_multipart_upload=documents.AbortMultipartUpload(days=3)),
        )
        attributes = msgspec.msgpack.encode(UploadAttributes(object=ObjectAttributes()))
        begun = int(scene.clock.now() * 1000)
        uploads = [
            await scene.objects.create_upload(NAME, key, begun, attributes)
            for key in ("u/1", "u/2", "u/3", "u/4", "w")
        ]
        await scene.days(2)
        await scene.objects.upload(NAME, "u/4", uploads[3].upload_id)
        await scene.days(2)
        for upload in uploads[:4]:
            with pytest.raises(NoUploadError):
                await scene.objects.upload(NAME, upload.key, upload.upload_id)
        await scene.objects.upload(NAME, "w", uploads[4].upload_id)

    asyncio.run(story())


def test_what_is_overwritten_while_the_round_runs_is_left_alone(scene: Scene) -> None:
    """The change names what was listed: an overwrite between listing and deletion must survive."""

    async def story() -> None:
        await scene.bucket(
            on(prefix="gone", expiration=documents.Expiration(days=1)),
            on(prefix="cold", transition=[documents.Transition(days=1, storage_class="IA")]),
        )
        await scene.put("gone")
        await scene.put("cold")
        scene.clock.advance(9 * DAY)
        listed = scene.objects.list_versions

        async def list_then_overwrite(*args: object, **kwargs: object) -> object:
            page = await listed(*args, **kwargs)  # type: ignore[arg-type]
            await scene.put("gone")
            await scene.put("cold")
            return page

        scene.objects.list_versions = list_then_overwrite  # type: ignore[assignment, method-assign]
        await scene.round()
        assert await scene.keys() == ["cold", "gone"]
        cold = await scene.objects.get(NAME, "cold")
        assert cold is not None
        assert attributes_of(cold).storage_class == "Standard"

    asyncio.run(story())


def test_rules_removed_in_the_middle_of_a_round_act_no_more(scene: Scene) -> None:
    async def story() -> None:
        await scene.bucket(on(expiration=documents.Expiration(days=1)))
        for number in range(9):
            await scene.put(f"{number}")
        scene.clock.advance(9 * DAY)
        await scene.controller.turn()
        left = await scene.keys()
        await scene.objects.update_bucket(
            NAME, lambda bucket: msgspec.structs.replace(bucket, attributes=encode(BucketSettings()))
        )
        await scene.round()
        await scene.round()
        assert await scene.keys() == left
        assert left

    asyncio.run(story())


def test_a_deleted_bucket_ends_its_walk(scene: Scene) -> None:
    async def story() -> None:
        await scene.bucket(on(expiration=documents.Expiration(days=1)))
        await scene.put("a")
        await scene.days(9)
        await scene.objects.delete_bucket(NAME)
        assert await scene.round() >= 1

    asyncio.run(story())


def test_a_running_cloud_obeys_its_rules(tmp_path: Path) -> None:
    cloud = RunningCloud(tmp_path / "cloud", "--lifecycle-interval", "0.2")
    cloud.start()
    try:
        bucket = cloud.oss2_bucket("living-bucket")
        bucket.create_bucket()
        for key in ("old/1", "old/2", "cold", "kept"):
            bucket.put_object(key, b"x")
        long_ago = LifecycleExpiration(date=datetime.date(2020, 1, 1))
        young = StorageTransition(days=1, storage_class="IA")
        rules = [
            LifecycleRule("1", "cold", storage_transitions=[young]),
            LifecycleRule("2", "old/", expiration=long_ago),
        ]
        bucket.put_bucket_lifecycle(BucketLifecycle(rules))
        # Prefixes are walked in order: once the old ones are gone, the young one has been looked at.
        wait_until(lambda: [each.key for each in bucket.list_objects().object_list] == ["cold", "kept"])
        assert bucket.head_object("cold").headers["x-oss-storage-class"] == "Standard"
        assert "failed" not in cloud.errors
    finally:
        assert cloud.stop() == 0


def wait_until(condition: object, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
