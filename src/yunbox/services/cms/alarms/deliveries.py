"""Sends what alarms have to say: to webhooks, and to the scaling rules that they are to execute."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

import msgspec

from yunbox.api.call import Call, Cloud
from yunbox.control.clock import Clock
from yunbox.control.keeper import Keeper
from yunbox.control.store import Change, Store, View
from yunbox.control.store_resource import Ref, Resource
from yunbox.errors import CloudError
from yunbox.identity.principal import Principal
from yunbox.services.cms.alarms.model import Delivery
from yunbox.services.cms.alarms.targets import scaling_rule_of

TIMEOUT_SECONDS = 5.0
RETRIES = (2.0, 10.0, 30.0)
"""The vendor tries three times more; these are the seconds before each."""

MOST_HEAD = 16 * 1024


class PostError(Exception):
    """A webhook did not take a notice."""


class Deliveries(Keeper):
    """Sends each notice until it was taken, or three times more."""

    name: ClassVar[str] = "notices"
    watched: tuple[type[Resource], ...] = (Delivery,)
    at_once: ClassVar[int] = 8
    drift_seconds: ClassVar[float] = 60.0

    def __init__(self, store: Store, cloud: Cloud, clock: Clock, log: Callable[[str], None]) -> None:
        super().__init__(store, clock, log)
        self._cloud = cloud

    def all_ids(self, view: View) -> Iterable[str]:
        """Return the ids of all notices."""
        return [each.id for each in view.find(Delivery)]

    def concerned(self, view: View, ref: Ref) -> Iterable[str]:
        """Return the notice that changed."""
        del view
        return () if ref.deleted else (ref.id,)

    async def reconcile(self, id_: str) -> float | None:
        """Send it, when it is due."""
        with self.store.read() as view:
            notice = view.get(Delivery, id_)
        if notice is None:
            return None
        if (wait := notice.due - self.clock.now()) > 0:
            return wait
        if notice.url.startswith("acs:"):
            await self.write(lambda change: self._execute(change, notice))
            return None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await post(notice.url, *_content(notice))
        except (OSError, PostError, ValueError) as error:
            why = f"{type(error).__name__}: {error}"[:200]
            return await self.write(lambda change: self._failed(change, notice, why))
        await self.write(lambda change: _forget(change, notice))
        return None

    def _failed(self, change: Change, notice: Delivery, why: str) -> float | None:
        host = urlsplit(notice.url).hostname
        if notice.attempts >= len(RETRIES):
            self.log(f"notices: {notice.id} to {host} is given up ({why})")
            _forget(change, notice)
            return None
        wait = RETRIES[notice.attempts]
        self.log(f"notices: {notice.id} to {host} was not taken ({why}); again in {wait:g} s")
        due = self.clock.now() + wait
        change.replace(msgspec.structs.replace(notice, attempts=notice.attempts + 1, due=due))
        return wait

    def _execute(self, change: Change, notice: Delivery) -> None:
        """Execute a scaling rule and forget the notice, both or neither."""
        from yunbox.services.ess.rules.execute import ExecuteScalingRule, execute_scaling_rule  # noqa: PLC0415
        from yunbox.services.ess.v2022.product import ess_2022  # noqa: PLC0415 - few alarms scale anything

        _forget(change, notice)
        region, rule = scaling_rule_of(notice.url)
        owner = Principal(kind="root", account_id=notice.account, user_id=notice.account, name="root")
        call = Call(
            self._cloud,
            ess_2022,
            "ExecuteScalingRule",
            owner,
            region=region,
            request_id=notice.id,
            now=self.clock.now(),
        )
        call.use(change)
        ari = f"ari:acs:ess:{region}:{notice.account}:scalingrule/{rule}"
        try:
            execute_scaling_rule(ExecuteScalingRule(scaling_rule_ari=ari), call)
        except CloudError as error:
            # All that an action refuses, it refuses before it has written anything.
            self.log(f"notices: the scaling rule {rule} was not executed ({error.code}: {error.message})")


def _forget(change: Change, notice: Delivery) -> None:
    if change.get(Delivery, notice.id) is not None:
        change.delete(Delivery, notice.id)


def _content(notice: Delivery) -> tuple[str, bytes]:
    """Return the type and the bytes of what is sent: a form, or what DingTalk's robots take."""
    if notice.text:
        document = {"msgtype": "text", "text": {"content": notice.text}}
        return "application/json; charset=utf-8", msgspec.json.encode(document)
    return "application/x-www-form-urlencoded; charset=UTF-8", urlencode(notice.form).encode()


async def post(url: str, kind: str, body: bytes) -> None:
    """Post something to an http or https address. Raises OSError, PostError, ValueError.

    It follows no redirection, bears no credentials, and reads no more than the head of the answer.
    """
    parts = urlsplit(url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    port = parts.port or (443 if secure else 80)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    head = (
        f"POST {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: yunbox-alarm\r\nConnection: close\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure, limit=MOST_HEAD)
    try:
        writer.write(head.encode("ascii") + body)
        await writer.drain()
        answer = (await reader.readline()).split()
    finally:
        writer.close()
    if len(answer) < 2 or not answer[0].startswith(b"HTTP/1.") or not answer[1].startswith(b"2"):
        status = b" ".join(answer[1:2]).decode("ascii", "replace")
        raise PostError(f"it answered {status!a}" if answer else "it gave no answer")
