"""Access logging: its switch, the records, and their way into log objects."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import oss2
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from oss2.models import BucketLogging
from running import RunningCloud

from yunbox.control.clock import ManualClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.engines.objects.interface import Bucket, Content
from yunbox.engines.objects.memory import MemoryObjectStore
from yunbox.gateway.record import AccessLine
from yunbox.services.oss.log_delivery import LogDelivery
from yunbox.services.oss.log_record import format_record
from yunbox.services.oss.logging import Logging
from yunbox.services.oss.model import BucketSettings, encode

Refused = Callable[..., oss2.exceptions.OssError]
FIELD = re.compile(r'\[[^]]*\]|"[^"]*"|\S+')
START = 1_780_012_345.0


def test_logging_is_switched_on_changed_and_off(either_bucket: oss2.Bucket) -> None:
    assert either_bucket.get_bucket_logging().target_bucket == ""
    for prefix in ("日志+/", "log-", ""):
        either_bucket.put_bucket_logging(BucketLogging(either_bucket.bucket_name, prefix))
        found = either_bucket.get_bucket_logging()
        assert (found.target_bucket, found.target_prefix) == (either_bucket.bucket_name, prefix)
    info = either_bucket.get_bucket_info()
    assert info.name == either_bucket.bucket_name
    either_bucket.put_bucket_logging(BucketLogging("", ""))
    assert either_bucket.get_bucket_logging().target_bucket == ""
    either_bucket.delete_bucket_logging()
    either_bucket.delete_bucket_logging()


def test_targets_that_cannot_be(
    cloud: RunningCloud, bucket: oss2.Bucket, bucket_name: str, refused: Refused
) -> None:
    put = bucket.put_bucket_logging
    refused("InvalidTargetBucketForLogging", put, BucketLogging("no-such-bucket-at-all", ""))
    refused("InvalidArgument", put, BucketLogging(bucket.bucket_name, "x" * 257))
    refused("InvalidArgument", put, BucketLogging(bucket.bucket_name, "/log"))
    elsewhere = cloud.oss2_bucket(f"{bucket_name}-far", oss2.AuthV4, region="cn-beijing")
    elsewhere.create_bucket()
    refused("InvalidTargetBucketForLogging", put, BucketLogging(elsewhere.bucket_name, ""))
    assert bucket.get_bucket_logging().target_bucket == ""


LINE = AccessLine(
    time=START,
    request_id="5FF16B65F05BC932307A3C3C",
    method="GET",
    host="cellar.oss-cn-hangzhou.aliyuncs.com",
    path="/a%20b.jpg",
    product="oss",
    operation="GetObject",
    status=200,
    sent=999131,
    milliseconds=127.4,
    peer="119.1.2.3",
    access_key_id="LTAI5t",
    user_agent="curl/7.15.5",
    query="lang=en",
    referer="http://www.aliyun.com/product/oss",
    bucket="cellar",
    key="a b.jpg",
    account="16571836914537",
    answered=88.2,
    received=302,
    size=999131,
    storage_class="IA",
)
CELLAR = Bucket("cellar", "wang", "cn-hangzhou", 0)


def test_a_record_has_the_documented_fields() -> None:
    assert FIELD.findall(format_record(LINE, CELLAR, BucketSettings())) == [
        "119.1.2.3",
        "-",
        "-",
        "[29/May/2026:07:52:25 +0800]",
        '"GET /a%20b.jpg?lang=en HTTP/1.1"',
        "200",
        "999131",
        "127",
        '"http://www.aliyun.com/product/oss"',
        '"curl/7.15.5"',
        '"cellar.oss-cn-hangzhou.aliyuncs.com"',
        '"5FF16B65F05BC932307A3C3C"',
        '"true"',
        '"16571836914537"',
        '"GetObject"',
        '"cellar"',
        '"a%20b.jpg"',
        "999131",
        "88",
        '"-"',
        "302",
        '"wang"',
        "-",
        '"-"',
        '"IA"',
        '"-"',
        '"-"',
        '"LTAI5t"',
    ]


@given(st.text(), st.text(), st.text(), st.text())
def test_no_text_breaks_out_of_its_field(path: str, agent: str, referer: str, key: str) -> None:
    line = msgspec.structs.replace(LINE, path=path, user_agent=agent, referer=referer, key=key)
    record = format_record(line, CELLAR, BucketSettings())
    assert record.isascii()
    assert record.isprintable()
    assert record.count(chr(34)) == 2 * 17
    assert len(FIELD.findall(record)) == 28


class Delivering:
    """Two buckets of an owner in a store in memory, a log that the test writes, and the controller."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(START)
        self.objects = MemoryObjectStore(Ids())
        self.store = Store(":memory:")
        self.complaints: list[str] = []
        self.delivery = self.controller()

    def controller(self) -> LogDelivery:
        return LogDelivery(
            self.objects,
            self.store,
            self.folder,
            lambda: ["wang", "li"],
            self.clock,
            Ids(),
            self.complaints.append,
            interval=300,
        )

    async def bucket(self, name: str, logging: Logging | None = None, owner: str = "wang") -> None:
        settings = BucketSettings().with_configuration("logging", logging)
        await self.objects.create_bucket(Bucket(name, owner, "cn-hangzhou", 0, attributes=encode(settings)))

    def access(self, key: str, bucket: str = "cellar", log: str = "worker-1") -> None:
        line = msgspec.structs.replace(LINE, time=self.clock.now(), bucket=bucket, key=key)
        with (self.folder / f"{log}.log").open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")

    async def settle(self) -> None:
        self.clock.advance(301)
        while await self.delivery.turn() == 0:
            pass

    async def logs(self, bucket: str = "target") -> dict[str, list[str]]:
        """Return the keys mentioned in each log object."""
        found = {}
        for entry in (await self.objects.list(bucket, limit=100)).entries:
            text = _bytes(await self.objects.read(entry, 0, entry.size)).decode()
            found[entry.key] = [FIELD.findall(line)[16].strip('"') for line in text.splitlines()]
        return found


def _bytes(content: Content) -> bytes:
    return b"".join(piece for piece in content if isinstance(piece, bytes))


TO_TARGET = Logging("target", "log/", START)


def test_records_of_all_workers_become_one_object(tmp_path: Path) -> None:
    async def story() -> None:
        scene = Delivering(tmp_path)
        await scene.bucket("cellar", TO_TARGET)
        await scene.bucket("target")
        await scene.bucket("quiet")
        scene.access("1")
        scene.clock.advance(1)
        scene.access("2", log="worker-2")
        scene.clock.advance(1)
        scene.access("3")
        scene.access("other", bucket="quiet")
        (tmp_path / "worker-2.log").open("ab").write(b'{"failure":"x","time":1}\nnot json\n')
        await scene.settle()
        [(name, keys)] = (await scene.logs()).items()
        assert re.fullmatch(r"log/cellar2026-05-29-07-57-28-[0-9a-f]{8}", name)
        assert keys == ["1", "2", "3"]
        await scene.settle()
        scene.access("4")
        await scene.settle()
        assert sorted((await scene.logs()).values()) == [["1", "2", "3"], ["4"]]
        assert scene.complaints == []

    asyncio.run(story())


def test_it_waits_for_its_time(tmp_path: Path) -> None:
    async def story() -> None:
        scene = Delivering(tmp_path)
        await scene.bucket("cellar", TO_TARGET)
        await scene.bucket("target")
        await scene.settle()
        scene.access("1")
        assert 0 < await scene.delivery.turn() <= 300
        assert await scene.logs() == {}
        await scene.settle()
        assert list((await scene.logs()).values()) == [["1"]]

    asyncio.run(story())


@pytest.mark.parametrize("stage", ["before", "after"])
def test_a_crash_in_the_middle_makes_no_record_twice_and_loses_none(tmp_path: Path, stage: str) -> None:
    class PowerCutError(Exception):
        pass

    async def story() -> None:
        scene = Delivering(tmp_path)
        await scene.bucket("cellar", TO_TARGET)
        await scene.bucket("target")
        scene.access("1")
        scene.access("2", log="worker-2")
        put = scene.objects.put

        async def cut(*args: object, **kwargs: object) -> object:
            if stage == "after":
                await put(*args, **kwargs)  # type: ignore[arg-type]
            raise PowerCutError

        scene.objects.put = cut  # type: ignore[assignment, method-assign]
        with pytest.raises(PowerCutError):
            await scene.settle()
        scene.objects.put = put  # type: ignore[method-assign]
        scene.delivery = scene.controller()
        scene.access("3")
        await scene.settle()
        await scene.settle()
        assert sorted((await scene.logs()).values()) == [["1", "2"], ["3"]]

    asyncio.run(story())


def test_what_came_before_logging_or_without_it_is_not_delivered(tmp_path: Path) -> None:
    async def story() -> None:
        scene = Delivering(tmp_path)
        await scene.bucket("target")
        scene.access("before")
        await scene.settle()
        await scene.bucket("cellar", Logging("target", "", scene.clock.now() + 10))
        scene.access("early")
        scene.clock.advance(10)
        scene.access("in time")
        await scene.settle()
        assert list((await scene.logs()).values()) == [["in%20time"]]

    asyncio.run(story())


def test_a_target_that_became_a_strangers_gets_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        scene = Delivering(tmp_path)
        await scene.bucket("cellar", TO_TARGET)
        await scene.bucket("target", owner="li")
        scene.access("secret")
        await scene.settle()
        assert await scene.logs() == {}
        scene.access("2")
        await scene.objects.delete_bucket("target")
        await scene.settle()

    asyncio.run(story())


def test_a_running_cloud_delivers_its_logs(tmp_path: Path) -> None:
    cloud = RunningCloud(tmp_path / "cloud", "--log-delivery-interval", "0.3")
    cloud.start()
    try:
        source, target = cloud.oss2_bucket("watched-bucket"), cloud.oss2_bucket("log-keeper")
        source.create_bucket()
        target.create_bucket()
        source.put_bucket_logging(BucketLogging("log-keeper", "access/"))
        source.put_object("目录/a b.txt", b"0123456789")
        url = source.sign_url("GET", "目录/a b.txt", 60)
        answer = requests.get(
            url, headers={"Referer": "http://r/", "User-Agent": 'a "b"', "Range": "bytes=2-4"}, timeout=10
        )
        assert answer.content == b"234"
        assert requests.get(url.replace("Signature=", "Signature=x"), timeout=10).status_code == 403
        records = wait_for(lambda: logged(target), 3)
        by_operation = {fields[14]: fields for fields in records if fields[5] != "403"}
        put, get = by_operation['"PutObject"'], by_operation['"GetObject"']
        assert put[17] == "10"
        assert (get[5], get[6], get[17]) == ("206", "3", "10")
        assert get[8:10] == ['"http://r/"', '"a %22b%22"']
        assert get[15:17] == ['"watched-bucket"', '"%E7%9B%AE%E5%BD%95/a%20b.txt"']
        assert get[27] == f'"{cloud.keys[0]}"'
        assert get[11].strip('"') == answer.headers["x-oss-request-id"]
        [denied] = [fields for fields in records if fields[5] == "403"]
        assert denied[19] == '"SignatureDoesNotMatch"'
        signature = url.rpartition("Signature=")[2].partition("&")[0]
        everything = "".join(" ".join(fields) for fields in records)
        assert "Signature=***" in everything
        assert signature not in everything
        assert all(signature not in path.read_text() for path in (cloud.data / "logs").iterdir())
    finally:
        assert cloud.stop() == 0


def logged(target: oss2.Bucket) -> list[list[str]]:
    """Return the fields of the records about objects."""
    text = b"".join(
        target.get_object(each.key).read()
        for each in oss2.ObjectIterator(target, prefix="access/watched-bucket")
    )
    records = [FIELD.findall(line) for line in text.decode().splitlines()]
    return [fields for fields in records if "Object" in fields[14] or fields[5] == "403"]


def wait_for(found: Callable[[], list[list[str]]], count: int, seconds: float = 20) -> list[list[str]]:
    end = time.monotonic() + seconds
    while len(records := found()) < count:
        assert time.monotonic() < end, records
        time.sleep(0.1)
    return records
