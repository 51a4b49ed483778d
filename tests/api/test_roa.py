"""ROA products: actions found by their path, parameters from path, query and JSON body. None is one yet."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from yunbox.api.call import Call, Cloud
from yunbox.api.door import ApiDoor
from yunbox.api.product import Catalogue, Product
from yunbox.api.shapes import Answer, Request
from yunbox.control.clock import ManualClock, TurnedClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.errors import CloudError
from yunbox.gateway.exchange import Exchange
from yunbox.gateway.http.message import Headers
from yunbox.gateway.http.message import Request as HttpRequest
from yunbox.identity.directory import Directory
from yunbox.identity.root_key import RootKey

KEY = RootKey("LTAI5tRoaRoaRoaRoaRoaRoa", "secret-of-the-roa-tests-1234567")
NOW = 1_800_000_000.0


class ScaleThing(Request):
    thing_id: str
    count: int
    labels: list[str] = []
    force: bool = False


class ThingScaled(Answer):
    thing_id: str
    count: int
    labels: list[str]
    force: bool


class GetThing(Request):
    thing_id: str


def scale_thing(request: ScaleThing, call: Call) -> ThingScaled:
    return ThingScaled(
        thing_id=request.thing_id, count=request.count, labels=request.labels, force=request.force
    )


def get_thing(request: GetThing, call: Call) -> ThingScaled:
    return ThingScaled(thing_id=request.thing_id, count=0, labels=[], force=False)


class Bytes:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.length = len(data)

    async def read(self, limit: int) -> bytes:
        return self.data


Asked = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Asked]:
    """Send a request, signed with ROA V1, and return the answer."""
    things = Product("Things", "2020-01-01", package="yunbox.services.sts", by_path=True)
    things.action(ScaleThing, on="thing/{thing_id}", method="PUT", path="/things/{ThingId}/scale")(
        scale_thing
    )
    things.action(GetThing, on="thing/{thing_id}", method="GET", path="/things/{ThingId}")(get_thing)
    clock, ids, store = ManualClock(NOW), Ids(), Store(tmp_path / "control.db")
    directory = Directory(store, clock, ids)
    directory.use_root_key(KEY)
    unused: Any = None
    given = dict.fromkeys(Cloud.__struct_fields__, unused)
    given |= {
        "store": store,
        "directory": directory,
        "clock": clock,
        "time": TurnedClock(None, clock),
        "ids": ids,
        "default_region": "cn-hangzhou",
    }
    door = ApiDoor(Catalogue((things,)), Cloud(**given), tmp_path / "nonces")

    def send(
        method: str, path: str, query: str = "", body: Any = None, version: str = "2020-01-01"
    ) -> dict[str, Any]:
        exchange = Exchange(signed(method, path, query, body, version), "request", NOW)
        assert door.find_route(exchange)

        async def go() -> bytes:
            await door.authenticate(exchange)
            content = (await door.perform(exchange)).body
            assert isinstance(content, bytes)
            return content

        found: dict[str, Any] = json.loads(asyncio.run(go()))
        return found

    yield send
    door.close()
    store.close()


def signed(method: str, path: str, query: str, body: Any, version: str) -> HttpRequest:
    data = json.dumps(body).encode() if body is not None else b""
    digest = base64.b64encode(hashlib.md5(data).digest()).decode() if data else ""
    kind = "application/json" if data else ""
    date = formatdate(NOW, usegmt=True)
    acs = {"x-acs-signature-method": "HMAC-SHA1", "x-acs-signature-version": "1.0", "x-acs-version": version}
    lines = "".join(f"{name}:{value}\n" for name, value in sorted(acs.items()))
    resource = f"{path}?{query}" if query else path
    text = f"{method}\napplication/json\n{digest}\n{kind}\n{date}\n{lines}{resource}"
    signature = base64.b64encode(hmac.digest(KEY.secret.encode(), text.encode(), "sha1")).decode()
    fields = {
        **acs,
        "accept": "application/json",
        "content-md5": digest,
        "content-type": kind,
        "date": date,
        "host": "127.0.0.1:1111",
        "authorization": f"acs {KEY.access_key_id}:{signature}",
    }
    headers = Headers([each for each in fields.items() if each[1]])
    return HttpRequest(
        method=method, target=path, raw_query=query, headers=headers, host="127.0.0.1:1111", body=Bytes(data)
    )


def test_parameters_come_from_path_query_and_body(ask: Asked) -> None:
    answer = ask("PUT", "/things/t-1/scale", "Force=true", {"Count": 3, "Labels": ["a", "b"]})
    assert answer == {
        "RequestId": "request",
        "ThingId": "t-1",
        "Count": 3,
        "Labels": ["a", "b"],
        "Force": True,
    }


def test_the_method_tells_actions_apart(ask: Asked) -> None:
    assert ask("GET", "/things/t-2")["ThingId"] == "t-2"
    with pytest.raises(CloudError, match=r"InvalidAction\.NotFound"):
        ask("DELETE", "/things/t-2")
    with pytest.raises(CloudError, match=r"InvalidAction\.NotFound"):
        ask("GET", "/things/t-2", version="1999-01-01")


@pytest.mark.parametrize("body", [{"Count": "many"}, {"Count": {"a": 1}}, {"Labels": ["a"]}, []])
def test_a_malformed_body_is_refused(ask: Asked, body: Any) -> None:
    with pytest.raises(CloudError, match=r"Invalid|Missing"):
        ask("PUT", "/things/t-1/scale", "", body)


def test_the_path_decides_over_the_body(ask: Asked) -> None:
    assert ask("PUT", "/things/t-1/scale", "", {"Count": 1, "ThingId": "t-9"})["ThingId"] == "t-1"
