"""The processes of a running cloud: workers that die, a parent that dies, an end that is clean."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from pathlib import Path

import oss2
from running import RunningCloud


def children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: object, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def get(cloud: RunningCloud, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.state["port"], timeout=10)
    connection.request("GET", path)
    return connection.getresponse()


def test_a_worker_that_dies_is_replaced(own_cloud: RunningCloud) -> None:
    assert own_cloud.process is not None
    before = children(own_cloud.process.pid)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: len(set(children(own_cloud.process.pid)) - set(before)) == len(before))  # type: ignore[union-attr]
    for _ in range(20):
        assert get(own_cloud, "/_yunbox/health").status == 200
    assert "ended unexpectedly" in own_cloud.errors


def test_nothing_outlives_the_parent(own_cloud: RunningCloud) -> None:
    assert own_cloud.process is not None
    started = children(own_cloud.process.pid)
    assert started
    own_cloud.process.kill()
    own_cloud.process.wait()
    assert until(lambda: not any(alive(pid) for pid in started))
    own_cloud.start()
    assert get(own_cloud, "/_yunbox/health").status == 200


def test_sigterm_ends_it_cleanly_and_answers_what_is_under_way(own_cloud: RunningCloud) -> None:
    assert own_cloud.process is not None
    started = children(own_cloud.process.pid)
    bucket = own_cloud.oss2_bucket("bucket")
    bucket.create_bucket(oss2.BUCKET_ACL_PUBLIC_READ_WRITE)
    connection = http.client.HTTPConnection("127.0.0.1", own_cloud.state["port"], timeout=10)
    connection.putrequest("PUT", "/bucket/key")
    connection.putheader("Content-Length", "4")
    connection.endheaders(b"ab")
    time.sleep(0.2)
    own_cloud.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    connection.send(b"cd")
    assert connection.getresponse().status == 200
    assert own_cloud.process.wait(timeout=20) == 0
    assert not any(alive(pid) for pid in started)
    assert not own_cloud.errors.strip()


def test_metrics_add_up_all_workers_and_the_log_holds_no_secret(own_cloud: RunningCloud) -> None:
    bucket = own_cloud.oss2_bucket("metrics-bucket")
    bucket.create_bucket()
    for number in range(30):
        bucket.put_object(f"key-{number}", b"x")
    url = bucket.sign_url("GET", "key-1", 60)
    assert bucket.get_object_with_url(url).read() == b"x"
    wanted = 'yunbox_requests_total{product="oss",operation="PutObject",status="200"} 30'
    assert until(lambda: wanted in get(own_cloud, "/_yunbox/metrics").read().decode())
    assert own_cloud.stop() == 0
    lines = [
        json.loads(line)
        for path in (own_cloud.data / "logs").glob("worker-*.log")
        for line in path.read_text().splitlines()
    ]
    assert sum(line["operation"] == "PutObject" for line in lines if "operation" in line) == 30
    assert len({line["request_id"] for line in lines}) == len(lines)
    text = json.dumps(lines)
    assert own_cloud.keys[1] not in text
    assert "Signature" not in text


def test_a_key_like_an_own_page_is_an_object(cloud: RunningCloud, bucket: oss2.Bucket) -> None:
    bucket.put_object("_yunbox/health", b"an object", headers={"x-oss-object-acl": "public-read"})
    connection = http.client.HTTPConnection("127.0.0.1", cloud.state["port"], timeout=10)
    host = f"{bucket.bucket_name}.oss-cn-hangzhou.aliyuncs.com"
    connection.request("GET", "/_yunbox/health", headers={"Host": host})
    assert connection.getresponse().read() == b"an object"


def test_own_pages_know_their_bounds(cloud: RunningCloud) -> None:
    assert get(cloud, "/_yunbox/nothing").status == 404
    health = json.loads(get(cloud, "/_yunbox/health").read())
    assert health["status"] == "ok"
