"""The program that test instances serve with."""

from __future__ import annotations

import base64
import os

_SERVER = """#!/bin/sh
cat > /root/serve.py <<'EOF'
import http.server, os, socket, threading, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path.startswith("/slow"):
            time.sleep(float(self.path.rpartition("=")[2]))
        body = "\\n".join([socket.gethostname(), self.path, *(f"{k}: {v}" for k, v in self.headers.items())])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body.encode())
    do_HEAD = do_GET
    def log_message(self, *args):
        pass
def show():
    listening = socket.create_server(("0.0.0.0", 8081))
    while True:
        client, _ = listening.accept()
        with client:
            client.sendall(client.recv(256).hex().encode())
threading.Thread(target=show, daemon=True).start()
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler)
server.daemon_threads = True
server.request_queue_size = 128
server.serve_forever()
EOF
exec python3 /root/serve.py
"""


def user_data() -> str:
    """Return what an instance runs at its start: a web server at port 8080 that answers with its name and request.

    `/slow?seconds=0.3` takes so long. At port 8081 it answers with the first bytes that it gets, in hexadecimal.
    """
    return base64.b64encode(_SERVER.encode()).decode()


def own_block(number: int) -> str:
    """Return a block of addresses that no other process of a test run has: the machine has one route to each."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"10.{(number * 8 + int(worker)) % 240}.0.0/16"
