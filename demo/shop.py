"""The shop that the demo's instances run: a catalogue with pictures, and a checkout. Standard library alone.

An order is one request with an Idempotency-Key, its id. Whoever takes it first writes a claim on the id, which the
bucket grants once (`x-oss-forbid-overwrite`), then the order, under the name that the claim gives it. So an order
that is sent again, because the answer to the first attempt was lost with its server, is taken once, and a server
that dies between the two writes leaves a claim that the next attempt completes.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

BUCKET = os.environ["SHOP_BUCKET"]
STORE = os.environ["SHOP_STORE"]
ROLE = os.environ.get("SHOP_ROLE", "")
KEY = os.environ.get("SHOP_KEY", "")
PORT = int(os.environ.get("SHOP_PORT", "8080"))
ADDRESS = os.environ.get("YUNBOX_ADDRESS") or "0.0.0.0"
METADATA = "100.100.100.200"

HANDS = int(os.environ.get("SHOP_HANDS", "4"))
"""So many requests are worked on at a time; others wait, as for the connections of a database."""
WORK_SECONDS = 0.03
WAITS = (0.0, 0.1, 0.2, 0.4, 0.8, 1.6)
ORDER_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
ITEMS = [
    {"id": n, "name": f"lamp {n}", "price": 100 * n, "picture": f"/pictures/{n}.png"} for n in range(1, 12)
]

T = TypeVar("T")

hands = threading.BoundedSemaphore(HANDS)
pictures: dict[str, bytes] = {}
own = threading.local()


def again(ask: Callable[[], T]) -> T:
    """Return what `ask` returns; asked again for a few seconds while it is not answered, as the SDKs do."""
    for wait in WAITS:
        try:
            return ask()
        except (OSError, http.client.HTTPException):
            time.sleep(wait)
    return ask()


def told(path: str) -> bytes:
    """Return what the metadata service says."""

    def ask() -> bytes:
        connection = http.client.HTTPConnection(METADATA, timeout=5)
        connection.request("GET", f"/latest/meta-data/{path}")
        return connection.getresponse().read()

    return again(ask)


class Credentials:
    """The access key of the instance's role, asked of the metadata service and renewed in time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: tuple[str, str, str] = ("", "", "")
        self._renew = 0.0
        if KEY:
            id_, _, secret = KEY.partition(":")
            self._found, self._renew = (id_, secret, ""), float("inf")

    def get(self) -> tuple[str, str, str]:
        """Return the id, the secret, and the session's token."""
        with self._lock:
            if time.time() >= self._renew:
                found = json.loads(told(f"ram/security-credentials/{ROLE}"))
                self._found = found["AccessKeyId"], found["AccessKeySecret"], found["SecurityToken"]
                self._renew = time.time() + 600
            return self._found


credentials = Credentials()
name = socket.gethostname() if KEY else told("instance-id").decode()


def bucket(method: str, key: str, body: bytes = b"", *, once: bool = False) -> tuple[int, bytes]:
    """Ask the bucket, signed with OSS V1; `once` refuses to overwrite."""
    id_, secret, token = credentials.get()
    extra = {"x-oss-forbid-overwrite": "true"} if once else {}
    if token:
        extra["x-oss-security-token"] = token
    date = formatdate(usegmt=True)
    signed = "".join(f"{name}:{value}\n" for name, value in sorted(extra.items()))
    text = f"{method}\n\n\n{date}\n{signed}/{BUCKET}/{key}"
    digest = base64.b64encode(hmac.digest(secret.encode(), text.encode(), hashlib.sha1)).decode()
    headers = {"Date": date, "Authorization": f"OSS {id_}:{digest}", **extra}

    def ask() -> tuple[int, bytes]:
        connection = getattr(own, "connection", None) or http.client.HTTPConnection(STORE, timeout=10)
        own.connection = None
        connection.request(method, f"/{BUCKET}/{key}", body or None, headers)
        answer = connection.getresponse()
        found = answer.status, answer.read()
        own.connection = connection
        return found

    return again(ask)


def take(order_id: str, wanted: bytes) -> str:
    """Take an order, once however often it is asked; return the name it is kept under."""
    key = f"orders/{order_id}/{uuid.uuid4().hex}"
    status, _ = bucket("PUT", f"claims/{order_id}", key.encode(), once=True)
    if status == 409:
        key = bucket("GET", f"claims/{order_id}")[1].decode()
    elif status != 200:
        raise OSError(f"the claim was answered with {status}")
    if bucket("PUT", key, wanted)[0] != 200:
        raise OSError("the order was not kept")
    return key


class Shop(BaseHTTPRequestHandler):
    """Answers requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Serve the catalogue, a picture, or the health check."""
        if self.path == "/health":
            self.answer(200, {"well": name})
            return
        with hands:
            time.sleep(WORK_SECONDS)
            if self.path == "/catalogue":
                self.answer(200, {"items": ITEMS})
            elif re.fullmatch(r"/pictures/[0-9]+\.png", self.path):
                self.picture(self.path[1:])
            else:
                self.answer(404, {"error": "there is no such page"})

    do_HEAD = do_GET  # noqa: N815 - the name that the library looks for

    def do_POST(self) -> None:
        """Take an order."""
        wanted = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65536))
        order_id = self.headers.get("Idempotency-Key") or ""
        if self.path != "/checkout" or not ORDER_ID.fullmatch(order_id):
            self.answer(400, {"error": "POST /checkout with an Idempotency-Key"})
            return
        with hands:
            time.sleep(WORK_SECONDS)
            try:
                self.answer(200, {"order": order_id, "kept": take(order_id, wanted)})
            except OSError as error:
                self.answer(503, {"error": str(error)})

    def picture(self, key: str) -> None:
        """Serve a picture, fetched from the bucket the first time."""
        if key not in pictures:
            status, body = bucket("GET", key)
            if status != 200:
                self.answer(404, {"error": "there is no such picture"})
                return
            pictures[key] = body
        self.send(200, "image/png", pictures[key])

    def answer(self, status: int, what: dict[str, object]) -> None:
        """Answer in JSON."""
        self.send(status, "application/json", json.dumps(what).encode())

    def send(self, status: int, kind: str, body: bytes) -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("X-Served-By", name)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Takes many connections at once."""

    request_queue_size = 512
    daemon_threads = True


if __name__ == "__main__":
    Server((ADDRESS, PORT), Shop).serve_forever()
