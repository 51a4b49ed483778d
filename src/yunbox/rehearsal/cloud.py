"""The running cloud, as a rehearsal uses it: where it is, its keys, its buckets."""

from __future__ import annotations

import base64
import hmac
import http.client
import importlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import closing
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import msgspec

from yunbox.cli.places import running, running_key
from yunbox.config import PROCESSES_FILE, Config, RunState
from yunbox.control.store import Store
from yunbox.engines.balancer.interface import BalancerEngine
from yunbox.engines.compute.sandbox.engine import SandboxCompute
from yunbox.identity.root_key import RootKey, RootKeyError
from yunbox.rehearsal.plan_file import PlanError
from yunbox.services.balancing.model import BalancerReached
from yunbox.services.balancing.reaching import addresses_of

ANSWER_SECONDS = 30.0

_BALANCERS = "yunbox.engines.balancer.haproxy.engine"


class CloudAt:
    """A cloud that runs on a data directory of this machine."""

    def __init__(self, data: Path, state: RunState, key: RootKey) -> None:
        self.data = data
        self.config = Config(data=data, region=state.region)
        self.state = state
        self.key = key

    def store(self) -> Store:
        """Open the store of its resources; it is only read."""
        return Store(self.data / "control.db")

    def balancers(self) -> BalancerEngine | None:
        """Open its balancer engine, to observe; None where this release has none."""
        try:
            engine = importlib.import_module(_BALANCERS)
        except ImportError:
            return None
        found: BalancerEngine = engine.HaproxyEngine(
            self.config.balancers, SandboxCompute(self.config.compute)
        )
        return found

    def locate(self, balancer: str, port: int) -> tuple[str, int]:
        """Return where this machine reaches a port of a balancer. Raises PlanError."""
        with closing(self.store()) as store, store.read() as view:
            reached = view.get(BalancerReached, balancer)
        if reached is None:
            raise PlanError(f"target.balancer: the cloud runs no balancer {balancer}")
        hosts = [host for _, host in reached.addresses if host]
        if not hosts:
            raise PlanError(f"target.balancer: this machine does not reach {balancer}: {reached.reason}")
        if port not in reached.listening:
            open_ports = ", ".join(map(str, reached.listening)) or "none"
            raise PlanError(f"target.port: {balancer} does not listen on {port}; open are: {open_ports}")
        return hosts[0], port

    def addresses(self) -> list[str]:
        """Return the addresses that are the cloud's own: of its balancers and its instances."""
        with closing(self.store()) as store, store.read() as view:
            return addresses_of(view)

    def process(self, role: str) -> int:
        """Return the number of the process that has a role in the running cloud, 0 when it has none."""
        try:
            found = msgspec.json.decode((self.config.run / PROCESSES_FILE).read_bytes(), type=dict[str, int])
        except (OSError, msgspec.DecodeError):
            return 0
        return found.get(role, 0)

    def call(self, version: str, action: str, **parameters: str) -> None:
        """Call an action of a product of the cloud, as root, with an RPC signature. Raises OSError, ValueError."""
        given = {
            "Action": action,
            "Version": version,
            "Format": "JSON",
            "RegionId": self.state.region,
            "AccessKeyId": self.key.access_key_id,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": os.urandom(16).hex(),
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            **parameters,
        }
        query = "&".join(f"{quote(name, safe='~')}={quote(given[name], safe='~')}" for name in sorted(given))
        text = f"GET&%2F&{quote(query, safe='~')}"
        digest = hmac.digest(f"{self.key.secret}&".encode(), text.encode(), "sha1")
        signature = quote(base64.b64encode(digest).decode(), safe="~")
        self._get(f"/?{query}&Signature={signature}", {})

    def keys_of(self, bucket: str, prefix: str) -> Iterator[str]:
        """Yield the keys of a bucket below a prefix, as root. Raises OSError, ValueError."""
        marker = ""
        while True:
            query = f"encoding-type=url&max-keys=1000&prefix={quote(prefix)}&marker={quote(marker)}"
            # Answers carry no namespace that has to be told; nothing in them is trusted but keys.
            tree = ElementTree.fromstring(self._list(bucket, query))  # noqa: S314 - from our own cloud
            for each in tree.iter("Key"):
                yield unquote(each.text or "")
            if tree.findtext("IsTruncated") != "true":
                return
            marker = unquote(tree.findtext("NextMarker") or "")

    def _list(self, bucket: str, query: str) -> bytes:
        date = formatdate(time.time(), usegmt=True)
        signed = hmac.digest(self.key.secret.encode(), f"GET\n\n\n{date}\n/{bucket}/".encode(), "sha1")
        signature = base64.b64encode(signed).decode()
        headers = {"Date": date, "Authorization": f"OSS {self.key.access_key_id}:{signature}"}
        return self._get(f"/{bucket}/?{query}", headers)

    def _get(self, target: str, headers: dict[str, str]) -> bytes:
        connection = http.client.HTTPConnection(
            self.state.at.strip("[]"), self.state.port, timeout=ANSWER_SECONDS
        )
        try:
            connection.request("GET", target, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            code = re.search(rb'<Code>([^<]*)</Code>|"Code": ?"([^"]*)"', body)
            said = (code[1] or code[2]).decode() if code else ""
            raise ValueError(f"{answer.status} {said}".strip())
        return body


def cloud_at(data: Path) -> CloudAt:
    """Return the cloud that runs on a data directory. Raises PlanError when there is none."""
    state = running(data)
    if state is None:
        raise PlanError(f"no cloud is up on {data}; start one with `yunbox up`, or give its --data")
    try:
        return CloudAt(data, state, running_key(data))
    except RootKeyError as error:
        raise PlanError(str(error)) from None
