from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import time
from pathlib import Path

import oss2
import pytest
from running import RunningCloud

from yunbox.gateway import certificates, tls

DAY = 86_400.0


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, float]:
    """A folder with a certificate for the loopback, made now."""
    now = time.time()
    certificates.make(tmp_path, tls.names_for("127.0.0.1"), now)
    return tmp_path, now


def served_name(port: int, name: str, authority: Path) -> str:
    """Shake hands as a careful client does; return the protocol version."""
    context = ssl.create_default_context(cafile=authority)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return str(secure.version())


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "127.0.0.1",
        "oss-cn-hangzhou.aliyuncs.com",
        "bucket.oss-us-west-1.aliyuncs.com",
        "bucket.oss-cn-beijing-internal.aliyuncs.com",
        "bucket.s3.oss-cn-hangzhou.aliyuncs.com",
        "ecs.cn-hangzhou.aliyuncs.com",
        "oss-cn-hangzhou.localhost",
        "bucket.oss-cn-hangzhou.localhost",
    ],
)
def test_a_careful_client_trusts_it_by_every_name(cloud: RunningCloud, name: str) -> None:
    port, authority = cloud.state["https_port"], cloud.data / "tls" / "ca.pem"
    assert served_name(port, name, authority) == "TLSv1.3"


def test_no_other_name(cloud: RunningCloud) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        served_name(cloud.state["https_port"], "example.com", cloud.data / "tls" / "ca.pem")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_protocols_are_refused(cloud: RunningCloud) -> None:
    context = ssl.create_default_context(cafile=cloud.data / "tls" / "ca.pem")
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", cloud.state["https_port"]), 10) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


def test_objects_travel_by_https(
    cloud: RunningCloud, bucket_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(cloud.data / "tls" / "ca.pem"))
    endpoint = f"https://127.0.0.1:{cloud.state['https_port']}"
    bucket = oss2.Bucket(oss2.AuthV4(*cloud.keys), endpoint, bucket_name, region="cn-hangzhou")
    bucket.create_bucket()
    content = bytes(range(256)) * 8192
    bucket.put_object("large", content)
    assert bucket.get_object("large").read() == content


def test_the_authority_stays_and_the_certificate_is_renewed(own_cloud: RunningCloud) -> None:
    folder = own_cloud.data / "tls"
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    own_cloud.stop()
    own_cloud.start()
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before
    own_cloud.stop()
    state = json.loads(before["state.json"])
    state["expires"] = state["begins"] + 29 * DAY
    (folder / "state.json").write_text(json.dumps(state))
    own_cloud.start()
    after = {each.name: each.read_bytes() for each in folder.iterdir()}
    assert after["ca.pem"] == before["ca.pem"]
    assert after["server.pem"] != before["server.pem"]
    assert served_name(own_cloud.state["https_port"], "localhost", folder / "ca.pem")


def test_when_a_certificate_is_current(made: tuple[Path, float]) -> None:
    folder, now = made
    names = tls.names_for("127.0.0.1")
    assert tls.is_current(folder, names, now)
    assert tls.is_current(folder, names, now + 334 * DAY)
    assert not tls.is_current(folder, names, now + 336 * DAY)
    assert not tls.is_current(folder, names, now - DAY), "the clock was set back"
    assert not tls.is_current(folder, tls.names_for("10.1.2.3"), now)
    (folder / "server.pem").unlink()
    assert not tls.is_current(folder, names, now)


def test_an_address_keeps_the_authority_and_a_domain_needs_another(made: tuple[Path, float]) -> None:
    folder, now = made
    authority = (folder / "ca.pem").read_bytes()
    certificates.make(folder, tls.names_for("10.1.2.3"), now)
    assert (folder / "ca.pem").read_bytes() == authority
    certificates.make(folder, tls.names_for("cloud.example.com"), now)
    assert (folder / "ca.pem").read_bytes() != authority


@pytest.mark.parametrize("name", ["authority.pem", "ca.pem", "server.pem", "state.json"])
def test_damage_is_repaired(made: tuple[Path, float], name: str) -> None:
    folder, now = made
    (folder / name).write_bytes(b"spoilt")
    certificates.make(folder, tls.names_for("127.0.0.1"), now)
    assert tls.server_context(folder).get_ca_certs() == []


def test_the_authority_speaks_for_no_other_domain(made: tuple[Path, float]) -> None:
    """Whoever gets hold of its key cannot pose as a bank."""
    folder, now = made
    bank = tls.Names(("bank.example",), (), ("localhost",))
    certificates.make(folder, bank, now)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        handshake(folder, "bank.example")


def handshake(folder: Path, name: str) -> None:
    """Shake hands in memory. Raises SSLCertVerificationError."""
    client_in, client_out, server_in, server_out = (ssl.MemoryBIO() for _ in range(4))
    trusting = ssl.create_default_context(cafile=folder / "ca.pem")
    client = trusting.wrap_bio(client_in, client_out, server_hostname=name)
    server = tls.server_context(folder).wrap_bio(server_in, server_out, server_side=True)
    for _ in range(4):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
            server_in.write(client_out.read())
            client_in.write(server_out.read())


def test_a_certificate_that_could_not_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "server.pem").mkdir()
    making = tls.Making(tmp_path, tls.names_for("127.0.0.1"), 1_800_000_000.0)
    with pytest.raises(tls.TlsError):
        asyncio.run(making.context())
    making.finish()
