"""The cloud that the suites run against."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest

from yunbox.config import RunState
from yunbox.control.clock import SystemClock
from yunbox.control.ids import Ids
from yunbox.control.store import Store
from yunbox.identity.directory import Directory


@dataclass(frozen=True)
class OtherAccount:
    """A second account with a key of its own, for what needs two."""

    id: str
    access_key_id: str
    secret: str


class Cloud:
    """`yunbox up` on free ports and an empty directory, for the time of a `with` block."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        self.options = options
        self.keys = ("LTAI5t" + secrets.token_hex(9), secrets.token_hex(15))

    def __enter__(self) -> Self:
        environment = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.keys[0],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.keys[1],
        }
        command = [
            sys.executable,
            "-m",
            "yunbox",
            "up",
            "--data",
            str(self.data),
            "--port",
            "0",
            "--https-port",
            "0",
            *self.options,
        ]
        self._process = subprocess.Popen(
            command, env=os.environ | environment, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        state = self.data / "run" / "state.json"
        while not state.exists():
            if not self._process.stdout.readline():
                raise RuntimeError("yunbox did not start")
        self.state = RunState(**json.loads(state.read_bytes()))
        self._make_accounts()
        return self

    def _make_accounts(self) -> None:
        store = Store(self.data / "control.db")
        directory = Directory(store, SystemClock(), Ids())
        self.account_id = directory.default_account().id
        other = directory.create_account()
        key = directory.create_access_key(other.id)
        self.other_account = OtherAccount(other.id, key.id, key.secret)
        store.close()

    @property
    def endpoint(self) -> str:
        """The plain endpoint."""
        return f"http://127.0.0.1:{self.state.port}"

    def ask(self, product: str, version: str, action: str, **parameters: str) -> dict[str, Any]:
        """Call an action as the root, through the vendor's classic SDK; return its answer."""
        request = CommonRequest(
            domain=self.endpoint.removeprefix("http://"), version=version, action_name=action, product=product
        )
        request.set_protocol_type("http")
        request.set_method("POST")
        request.set_accept_format("json")
        for name, value in parameters.items():
            request.add_query_param(name, value)
        client = AcsClient(*self.keys, self.state.region)
        answer: dict[str, Any] = json.loads(client.do_action_with_exception(request))
        return answer

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
