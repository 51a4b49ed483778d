"""`yunbox run`: programs that name the vendor's own hosts, in each language, with nothing changed in them."""

from __future__ import annotations

import os
import shutil
import signal
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cli.commands import yunbox
from running import RunningCloud

from yunbox.cli import run, trust
from yunbox.config import RunState
from yunbox.gateway import certificates, tls
from yunbox.identity.root_key import RootKey

Run = Callable[..., subprocess.CompletedProcess[str]]

CLEARED = ("ALIBABA_CLOUD_", "OSS_", "YUNBOX_", "PYTHONPATH", "NO_PROXY", "no_proxy", "JAVA_TOOL_OPTIONS")


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not on the PATH")


@pytest.fixture
def within(cloud: RunningCloud) -> Run:
    """Run a command under `yunbox run`."""

    def call(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        before = {k: v for k, v in os.environ.items() if not k.startswith(CLEARED)}
        return subprocess.run(
            [sys.executable, "-m", "yunbox", "run", "--data", str(cloud.data), "--", *map(str, command)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=before | environment,
            timeout=120,
            check=False,
        )

    return call


PYTHON = """
    import asyncio, os, sys
    import alibabacloud_oss_v2 as oss
    import alibabacloud_oss_v2.aio as aio
    import oss2
    keys = os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    name = sys.argv[1]
    for number, endpoint in enumerate(("http://oss-cn-beijing.aliyuncs.com", "https://oss-cn-beijing.aliyuncs.com")):
        bucket = oss2.Bucket(oss2.AuthV4(*keys), endpoint, f"{name}-{number}", region="cn-beijing")
        bucket.create_bucket()
        content = bytes(range(256)) * 20_000
        bucket.put_object("目录/key", content)
        assert bucket.get_object("目录/key").read() == content
        url = bucket.sign_url("GET", "目录/key", 60)
        assert url.startswith(endpoint[:5])

    def settings():
        config = oss.config.load_default()
        config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
        config.region = "cn-beijing"
        return config

    request = oss.GetBucketInfoRequest(bucket=f"{name}-1")
    assert oss.Client(settings()).get_bucket_info(request).bucket_info.name == f"{name}-1"

    async def later():
        client = aio.AsyncClient(settings())
        try:
            return (await client.get_bucket_info(request)).bucket_info.name
        finally:
            await client.close()

    assert asyncio.run(later()) == f"{name}-1"
    print("fine")
"""


def test_the_vendors_clients_for_python(within: Run, bucket_name: str) -> None:
    done = within(sys.executable, "-c", textwrap.dedent(PYTHON), bucket_name)
    assert (done.stdout, done.returncode) == ("fine\n", 0), done.stderr


ECS = """
    import os
    from alibabacloud_ecs20140526.client import Client
    from alibabacloud_ecs20140526.models import DescribeRegionsRequest
    from alibabacloud_tea_openapi.models import Config
    keys = os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    client = Client(Config(*keys, region_id="cn-hangzhou"))
    found = client.describe_regions(DescribeRegionsRequest()).body.regions.region
    print([each.region_endpoint for each in found if each.region_id == "cn-hangzhou"])
"""


def test_ecs_at_its_own_endpoint(within: Run) -> None:
    pytest.importorskip("alibabacloud_ecs20140526")
    done = within(sys.executable, "-c", textwrap.dedent(ECS))
    assert done.stdout == "['ecs.cn-hangzhou.aliyuncs.com']\n", done.stderr


STS = """
    import asyncio, os
    from alibabacloud_sts20150401.client import Client
    from alibabacloud_tea_openapi.models import Config
    keys = os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"], os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    client = Client(Config(*keys, endpoint="sts.cn-hangzhou.aliyuncs.com"))
    print(client.get_caller_identity().body.account_id)
    print(asyncio.run(client.get_caller_identity_async()).body.account_id)
"""


def test_the_vendors_clients_for_openapi_over_tls(within: Run, cloud: RunningCloud) -> None:
    """They read no variable for what to trust, but certifi."""
    pytest.importorskip("alibabacloud_sts20150401")
    done = within(sys.executable, "-c", textwrap.dedent(STS))
    assert done.stdout.split() == [cloud.state["account"]] * 2, done.stderr


NODE = """
    const https = require('node:https');
    const tls = require('node:tls');
    const host = 'oss-cn-hangzhou.aliyuncs.com';
    const get = () => new Promise((done, fail) => https.get(`https://${host}/`, (answer) => {
        answer.resume().on('end', () => done(answer.statusCode));
    }).on('error', fail));
    const secure = () => new Promise((done, fail) => {
        const socket = tls.connect(443, host, { servername: host }, () => {
            socket.end();
            done(socket.authorized);
        }).on('error', fail);
    });
    (async () => {
        const found = [await get(), (await fetch(`https://${host}/`)).status, (await fetch(`http://${host}/`)).status];
        console.log(...found, await secure());
    })();
"""


@needs("node")
def test_node(within: Run) -> None:
    done = within("node", "-e", textwrap.dedent(NODE))
    assert done.stdout == "403 403 403 true\n", done.stderr


JAVA = """
    import java.net.*;
    import java.net.http.*;

    public class Program {
        public static void main(String[] arguments) throws Exception {
            for (String name : new String[] {"http://oss-cn-hangzhou", "https://oss-cn-hangzhou"}) {
                URI at = URI.create(name + ".aliyuncs.com/");
                System.out.println(((HttpURLConnection) at.toURL().openConnection()).getResponseCode());
                HttpRequest asked = HttpRequest.newBuilder(at).build();
                HttpClient client = HttpClient.newHttpClient();
                System.out.println(client.send(asked, HttpResponse.BodyHandlers.ofString()).statusCode());
            }
        }
    }
"""


@needs("java")
def test_java(within: Run, tmp_path: Path) -> None:
    (tmp_path / "Program.java").write_text(JAVA)
    done = within("java", tmp_path / "Program.java")
    assert done.stdout.split() == ["403"] * 4, done.stderr


@needs("keytool")
def test_a_truststore_is_whole(within: Run, cloud: RunningCloud) -> None:
    roots = trust.system_roots(os.environ)
    store = trust.truststore(cloud.data / "tls" / "trust", roots)
    done = subprocess.run(
        ["keytool", "-list", "-keystore", store, "-storepass", "changeit"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert f"contains {len(roots)} entries" in done.stdout
    assert done.returncode == 0, done.stdout


GO = """
    package main

    import (
        "fmt"
        "net/http"
    )

    func main() {
        for _, scheme := range []string{"http", "https"} {
            answer, err := http.Get(scheme + "://oss-cn-hangzhou.aliyuncs.com/")
            if err != nil {
                panic(err)
            }
            fmt.Println(answer.StatusCode)
        }
    }
"""


@needs("go")
def test_go(within: Run, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(GO)
    made = subprocess.run(
        ["go", "build", "-o", tmp_path / "program", tmp_path / "main.go"],
        env=os.environ | {"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GOPROXY": "off"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    done = within(tmp_path / "program")
    assert done.stdout.split() == ["403", "403"], done.stderr


class Elsewhere(BaseHTTPRequestHandler):
    """Answers with the Via that it was sent."""

    def do_GET(self) -> None:
        body = (self.headers.get("Via") or "none").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
        """Keep quiet."""


class Site:
    """A server with an authority of its own, at an address of this machine that no NO_PROXY leaves out."""

    def __init__(self, folder: Path) -> None:
        certificates.make(folder, tls.Names((), ("127.0.0.2",), ("localhost",)), time.time())
        self.authority = folder / "ca.pem"
        self.servers = [ThreadingHTTPServer(("127.0.0.2", 0), Elsewhere) for _ in range(2)]
        self.servers[1].socket = tls.server_context(folder).wrap_socket(
            self.servers[1].socket, server_side=True
        )
        self.plain, self.secure = (
            f"{scheme}://127.0.0.2:{server.server_port}/"
            for scheme, server in zip(("http", "https"), self.servers, strict=True)
        )
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


@needs("curl")
def test_other_sites_stay_reachable(within: Run, cloud: RunningCloud, site: Site) -> None:
    """Their TLS is their own: what was trusted before is trusted still, and nothing else."""
    ask = ("curl", "-sS", "-w", " %{http_connect} %{http_code}")
    done = within(*ask, site.secure, SSL_CERT_FILE=str(site.authority), CURL_CA_BUNDLE="")
    assert done.stdout == "none 200 200", done.stderr
    done = within(*ask, site.plain)
    assert done.stdout == f"1.1 yunbox-{cloud.state['port']} 000 200", done.stderr
    assert within(*ask, site.secure).returncode == 60, "curl: the certificate is not trusted"
    direct = within(*ask, site.plain, NO_PROXY="127.0.0.2,*.aliyuncs.com")
    assert direct.stdout == "none 000 200", "what had been reached directly still is"
    vendor = within(*ask, "https://oss-cn-hangzhou.aliyuncs.com/", NO_PROXY="127.0.0.2,*.aliyuncs.com")
    assert vendor.stdout.endswith(" 200 403"), vendor.stderr


def test_the_program_is_itself(within: Run, tmp_path: Path) -> None:
    assert within("sh", "-c", "exit 7").returncode == 7
    assert within("sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM
    shown = within("echo", "--data", "--", "-h", "a b")
    assert (shown.stdout, shown.stderr) == ("--data -- -h a b\n", "")
    ignored = int(within("grep", "SigIgn", "/proc/self/status").stdout.split()[1], 16)
    assert not ignored >> (signal.SIGPIPE - 1) & 1
    missing = within("no-such-program")
    assert (missing.returncode, missing.stderr) == (
        127,
        "yunbox run: no-such-program: No such file or directory\n",
    )
    (tmp_path / "file").write_text("not to be run")
    assert within(tmp_path / "file").returncode == 126


def test_a_signal_reaches_the_program(cloud: RunningCloud) -> None:
    command = [sys.executable, "-m", "yunbox", "run", "--data", str(cloud.data)]
    program = "trap 'echo caught; exit 3' USR1; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen([*command, "sh", "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGUSR1)
        assert process.stdout.readline() == "caught\n"
        assert process.wait(20) == 3


def test_without_a_cloud(tmp_path: Path) -> None:
    refused = yunbox("run", "--data", tmp_path, "--", "true")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"no cloud is up on {tmp_path}" in refused.stderr
    assert yunbox("run", "--data", tmp_path).returncode == 2, "no command"


def test_python_keeps_its_path_and_its_sitecustomize(within: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import builtins\nbuiltins.seen = __file__\n")
    program = "import sys, sitecustomize; print(seen, sitecustomize.__file__, sys.path[1])"
    found = within(sys.executable, "-c", program, PYTHONPATH=str(tmp_path)).stdout.split()
    assert found == [str(tmp_path / "sitecustomize.py")] * 2 + [str(tmp_path)]


STATE = RunState(
    pid=1,
    host="::1",
    port=1111,
    https_port=1143,
    region="cn-hangzhou",
    version="1",
    started=0.0,
    workers=1,
    account="1",
)
KEY = RootKey("LTAIroot", "secret")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tls")
    certificates.make(made, tls.names_for("127.0.0.1"), time.time())
    return made


def test_keys_given_stay(folder: Path) -> None:
    found = run.environment({"ALIBABA_CLOUD_SECURITY_TOKEN": "stale"}, STATE, KEY, folder)
    assert found["ALIBABA_CLOUD_ACCESS_KEY_ID"] == found["OSS_ACCESS_KEY_ID"] == "LTAIroot"
    assert found["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] == found["OSS_ACCESS_KEY_SECRET"] == "secret"
    assert found["ALIBABA_CLOUD_SECURITY_TOKEN"] == "", "it belongs to another key"
    given = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "mine", "ALIBABA_CLOUD_SECURITY_TOKEN": "mine too"}
    found = run.environment(given, STATE, KEY, folder)
    assert given.items() <= found.items()
    assert "ALIBABA_CLOUD_ACCESS_KEY_SECRET" not in found
    assert found["OSS_ACCESS_KEY_SECRET"] == "secret"


def test_what_was_set_is_added_to(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_bytes((folder / "server.pem").read_bytes())
    before = {
        "HTTPS_PROXY": "http://corporate:3128",
        "no_proxy": ".internal, *, aliyuncs.com,com,oss-cn-beijing.aliyuncs.com,*.aliyuncs.com,10.0.0.1",
        "JAVA_TOOL_OPTIONS": "-Xmx64m",
        "NODE_OPTIONS": "--max-old-space-size=64",
        "NODE_EXTRA_CA_CERTS": str(tmp_path / "own.pem"),
        "REQUESTS_CA_BUNDLE": str(tmp_path / "own.pem"),
        "PYTHONPATH": "/mine",
    }
    found = run.environment(before, STATE, KEY, folder)
    assert found["HTTPS_PROXY"] == found["http_proxy"] == "http://[::1]:1111"
    assert found["NO_PROXY"] == found["no_proxy"] == ",".join((*run.DIRECT, ".internal", "10.0.0.1"))
    assert found["JAVA_TOOL_OPTIONS"].startswith("-Xmx64m -Dhttp.proxyHost=::1 -Dhttp.proxyPort=1111 ")
    assert found["NODE_OPTIONS"].startswith("--max-old-space-size=64 --require ")
    assert found["PYTHONPATH"].endswith(f"python{os.pathsep}/mine")
    own, local = trust.certificates_in(tmp_path / "own.pem"), trust.certificates_in(folder / "ca.pem")
    for name in ("NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE"):
        assert trust.certificates_in(Path(found[name])) == list(dict.fromkeys([*own, *local])), name
    trusted = trust.certificates_in(Path(found["SSL_CERT_FILE"]))
    assert trusted == [*trust.system_roots({}), *local]
    assert "NIX_SSL_CERT_FILE" not in found
    ssl.create_default_context(cafile=found["SSL_CERT_FILE"])


def test_a_folder_of_certificates(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.0").write_bytes((folder / "ca.pem").read_bytes())
    (tmp_path / "b.crt").write_bytes((folder / "ca.pem").read_bytes())
    (tmp_path / "readme").write_text("none")
    assert trust.certificates_in(tmp_path) == trust.certificates_in(folder / "ca.pem")
    assert trust.certificates_in(tmp_path / "missing") == []


def test_bundles_are_bounded(tmp_path: Path) -> None:
    made = [trust.bundle(tmp_path, [b"%d" % number]) for number in range(trust.MAX_KEPT + 5)]
    assert len(list(tmp_path.iterdir())) == trust.MAX_KEPT
    assert made[-1].read_bytes() == b"%d\n" % (trust.MAX_KEPT + 4)
    assert trust.bundle(tmp_path, [b"%d" % (trust.MAX_KEPT + 4)]) == made[-1]
