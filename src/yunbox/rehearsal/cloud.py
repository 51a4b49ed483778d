"""The running cloud, as a rehearsal uses it: where it is, its keys, its buckets."""

from __future__ import annotations

import base64
import hmac
import http.client
import re
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, unquote
from xml.etree import ElementTree

from yunbox.cli.places import running, running_key
from yunbox.config import Config, RunState
from yunbox.identity.root_key import RootKey, RootKeyError
from yunbox.rehearsal.plan_file import PlanError

ANSWER_SECONDS = 30.0


class CloudAt:
    """A cloud that runs on a data directory of this machine."""

    def __init__(self, data: Path, state: RunState, key: RootKey) -> None:
        self.data = data
        self.config = Config(data=data, region=state.region)
        self.state = state
        self.key = key

    def keys_of(self, bucket: str, prefix: str) -> Iterator[str]:
        """Yield the keys of a bucket below a prefix, as root. Raises OSError, ValueError."""
        marker = ""
        while True:
            query = f"encoding-type=url&max-keys=1000&prefix={quote(prefix)}&marker={quote(marker)}"
            # Answers carry no namespace that has to be told; nothing in them is trusted but keys.
            tree = ElementTree.fromstring(self._get(bucket, query))  # noqa: S314 - from our own cloud
            for each in tree.iter("Key"):
                yield unquote(each.text or "")
            if tree.findtext("IsTruncated") != "true":
                return
            marker = unquote(tree.findtext("NextMarker") or "")

    def _get(self, bucket: str, query: str) -> bytes:
        date = formatdate(time.time(), usegmt=True)
        signed = hmac.digest(self.key.secret.encode(), f"GET\n\n\n{date}\n/{bucket}/".encode(), "sha1")
        signature = base64.b64encode(signed).decode()
        headers = {"Date": date, "Authorization": f"OSS {self.key.access_key_id}:{signature}"}
        connection = http.client.HTTPConnection(
            self.state.at.strip("[]"), self.state.port, timeout=ANSWER_SECONDS
        )
        try:
            connection.request("GET", f"/{bucket}/?{query}", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            code = re.search(rb"<Code>([^<]*)</Code>", body)
            raise ValueError(f"{answer.status} {code[1].decode() if code else ''}".strip())
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
