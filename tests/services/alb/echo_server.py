"""The program that test instances serve with: several ports of one instance, so that groups can be told apart."""

from __future__ import annotations

import base64

PORTS = (8001, 8002, 8003)

_SERVER = f"""#!/bin/sh
cat > /root/serve.py <<'EOF'
import http.server, json, threading, time
class Echo(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        if self.path.startswith("/slow"):
            time.sleep(float(self.path.rpartition("=")[2]))
        length = int(self.headers.get("Content-Length") or 0)
        asked = {{
            "port": self.server.server_port,
            "method": self.command,
            "path": self.path,
            "headers": {{name.lower(): value for name, value in self.headers.items()}},
            "body": self.rfile.read(length).decode(),
        }}
        body = json.dumps(asked).encode()
        self.send_response(503 if self.path == "/down" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer
    def log_message(self, *args):
        pass
for port in {PORTS}:
    server = http.server.ThreadingHTTPServer(("0.0.0.0", port), Echo)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever).start()
EOF
exec setsid python3 /root/serve.py
"""


def user_data() -> str:
    """Return what an instance runs at its start: web servers that answer with the request, as JSON.

    `/slow?seconds=0.3` takes so long, `/down` is answered with 503.
    """
    return base64.b64encode(_SERVER.encode()).decode()
