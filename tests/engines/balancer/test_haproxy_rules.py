"""What HAProxy does with requests: conditions, actions, headers, TLS, access, limits."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from pathlib import Path
from typing import Any

import pytest
from balancing import Answer, Run, ask, balancer, eventually, free_port, group, listener, origins

from yunbox.engines.balancer.haproxy.engine import HaproxyEngine
from yunbox.engines.balancer.interface import (
    Access,
    Action,
    Certificate,
    Condition,
    Forward,
    Limit,
    Listener,
    Redirect,
    RemoveHeader,
    Respond,
    Rewrite,
    Rule,
    SetHeader,
)

YES = (Respond(status=200, body="yes"),)
NO = (Respond(status=404, body="no"),)


def when(*conditions: Condition, actions: tuple[Action, ...] = YES, name: str = "r") -> Rule:
    return Rule(id=name, conditions=conditions, actions=actions)


def kind(kind_: Any, *values: str, key: str = "") -> Condition:
    return Condition(kind=kind_, values=values, key=key)


CONDITIONS = (
    (kind("host", "www.example.com"), {"name": "WWW.example.com:80"}, {"name": "example.com"}),
    (kind("host", "*.example.com", "b.?"), {"name": "a.example.com"}, {"name": "a.example.com.cn"}),
    (kind("host", "~^(a|b)\\.x$"), {"name": "b.x"}, {"name": "c.x"}),
    (kind("path", "/a/*"), {"target": "/a/b?c"}, {"target": "/A/b"}),
    (kind("path", "/a?c", "/d*e"), {"target": "/dxxe"}, {"target": "/ac"}),
    (kind("path", "*.jpg"), {"target": "/x/y.jpg"}, {"target": "/x.jpg/y"}),
    (kind("path", "~*^/ab+$"), {"target": "/aBB"}, {"target": "/abc"}),
    (kind("path", "/a b#'\"$x"), None, {"target": "/a"}),
    (kind("header", "x*", key="X-Key"), {"headers": {"x-key": "xyz"}}, {"headers": {"x-key": "ayz"}}),
    (kind("header", key="X-Key"), {"headers": {"X-Key": ""}}, {}),
    (kind("header", "a, b", key="X-Key"), {"headers": {"X-Key": "a, b"}}, {"headers": {"X-Key": "a"}}),
    (kind("query", "v?", key='k,"1)'), {"target": '/?a=b&k,"1)=v1'}, {"target": "/?k=v1"}),
    (kind("query", "v w", key="k"), {"target": "/?k=v%20w"}, {"target": "/?k=v"}),
    (kind("query", key="k"), {"target": "/?k=1"}, {"target": "/?kk=1"}),
    (kind("method", "PUT", "POST"), {"method": "POST"}, {"method": "GET"}),
    (kind("cookie", "v", key="c"), {"headers": {"Cookie": "a=b; c=v"}}, {"headers": {"Cookie": "c=w"}}),
    (kind("source", "127.0.0.0/8"), {}, None),
    (kind("source", "10.0.0.0/8", "192.168.1.1/32"), None, {}),
)


def test_conditions(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        doors = tuple(
            listener(free_port(), rules=(when(condition),), default=NO) for condition, _, _ in CONDITIONS
        )
        await haproxy.apply(balancer(doors))
        for door, (condition, holds, not_) in zip(doors, CONDITIONS, strict=True):
            if holds is not None:
                assert (await ask(door.port, **holds)).status == 200, condition
            if not_ is not None:
                assert (await ask(door.port, **not_)).status == 404, condition

    run(story())


def test_the_first_rule_of_which_all_conditions_hold_decides(haproxy: HaproxyEngine, run: Run) -> None:
    rules = (
        when(kind("path", "/a*"), kind("method", "PUT"), actions=(Respond(status=201),), name="1"),
        when(kind("path", "/a*"), actions=(Respond(status=202),), name="2"),
        when(kind("path", "/a/b"), actions=(Respond(status=203),), name="3"),
        when(
            kind("host", "h"), actions=(SetHeader(name="X-Rule", value="4"), Rewrite(path="/a/c")), name="4"
        ),
    )

    async def story() -> None:
        async with origins("one") as (one,):
            door = listener(free_port(), rules=rules)
            await haproxy.apply(balancer(door, group(one)))
            assert (await ask(door.port, "/a", method="PUT")).status == 201
            assert (await ask(door.port, "/a/b")).status == 202
            assert (await ask(door.port, "/b")).asked["target"] == "/b"
            # Which rule holds is not asked again for what a rule made of the request.
            rewritten = (await ask(door.port, "/b", name="h")).asked
            assert rewritten["target"] == "/a/c"
            assert ["x-rule", "4"] in rewritten["headers"]

    run(story())


async def answered(haproxy: HaproxyEngine, *actions: Action, fields: Any = None, **asked: Any) -> Answer:
    async with origins("one") as (one,):
        door = listener(free_port(), default=actions, **(fields or {}))
        await haproxy.apply(balancer(door, group(one)))
        return await ask(door.port, **({"name": "Shop.example:99"} | asked))


@pytest.mark.parametrize(
    ("redirect", "target", "location"),
    [
        (Redirect(protocol="https", port="443"), "/a?b=c", "https://Shop.example/a?b=c"),
        (Redirect(protocol="https", port="8443", code=308), "/a", "https://Shop.example:8443/a"),
        (
            Redirect(host="other", path="/x${path}%20", query="q=%{1}&${query}"),
            "/a?b",
            "http://other:{port}/x/a%20?q=%{1}&b",
        ),
        (Redirect(host="www.${host}", path="/", query=""), "/a?b", "http://www.Shop.example:{port}/"),
    ],
)
def test_redirects(haproxy: HaproxyEngine, run: Run, redirect: Redirect, target: str, location: str) -> None:
    answer: Answer = run(answered(haproxy, redirect, target=target))
    found = haproxy._kept["lb-1"].spec
    assert found is not None
    assert answer.status == redirect.code
    assert answer.headers["location"] == location.replace("{port}", str(found.listeners[0].port))


def test_fixed_responses(haproxy: HaproxyEngine, run: Run) -> None:
    body = "<p>%[src] ${x} \" '\\ 京\n</p>"
    answer: Answer = run(
        answered(haproxy, Respond(status=503, content_type="text/html; charset=utf-8", body=body))
    )
    assert (answer.status, answer.body.decode()) == (503, body)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    empty: Answer = run(answered(haproxy, Respond(status=204)))
    assert (empty.status, empty.body) == (204, b"")


def test_an_answer_has_headers_of_its_own(haproxy: HaproxyEngine, run: Run) -> None:
    headers = (("X-Given", "<${request_header:X-Key}> 100%"), ("Vary", "Origin"))
    for body in ("", "yes"):
        action = Respond(status=200, body=body, headers=headers)
        answer: Answer = run(answered(haproxy, action, headers={"X-Key": "k"}))
        assert answer.status == 200
        assert answer.headers["x-given"] == "<k> 100%"
        assert answer.headers["vary"] == "Origin"


def test_headers_are_set_and_removed(haproxy: HaproxyEngine, run: Run) -> None:
    actions = (
        SetHeader(name="X-From", value="${client_ip} 100% ${unknown} ${listener_protocol}:${balancer_id}"),
        SetHeader(name="X-Copy", value="<${request_header:X-Given}>"),
        SetHeader(name="X-Kept", value="new", cover=False),
        SetHeader(name="X-Given", value="covered"),
        RemoveHeader(name="X-Gone"),
        SetHeader(name="X-Answer", value="a ${request_header:X-Kept}", answer=True),
        RemoveHeader(name="X-Secret", answer=True),
        Forward(backends=(("g", 1),)),
    )
    given = {"X-Given": "1", "X-Kept": "old", "X-Gone": "1", "X-Forwarded-For": "1.2.3.4"}
    forwarded = {"forwarded": ("for", "proto", "port", "id", "ip")}
    answer: Answer = run(answered(haproxy, *actions, fields=forwarded, headers=given))
    headers = dict(answer.asked["headers"])
    assert headers["x-from"] == "127.0.0.1 100% ${unknown} HTTP:lb-1"
    assert headers["x-copy"] == "<1>"
    assert headers["x-kept"] == "old"
    assert headers["x-given"] == "covered"
    assert "x-gone" not in headers
    assert answer.headers["x-answer"] == "a old"
    assert "x-secret" not in answer.headers
    spec = haproxy._kept["lb-1"].spec
    assert spec is not None
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-forwarded-port"] == str(spec.listeners[0].port)
    assert headers["slb-id"] == "lb-1"
    assert headers["slb-ip"] == "127.0.0.1"
    assert [value for name, value in answer.asked["headers"] if name == "x-forwarded-for"] == [
        "1.2.3.4",
        "127.0.0.1",
    ]


@pytest.mark.parametrize(
    ("rewrite", "target", "host"),
    [
        (Rewrite(path="/new"), "/new?b=c", "Shop.example:99"),
        (Rewrite(path="/v2${path}", query="x=1&${query}"), "/v2/a?x=1&b=c", "Shop.example:99"),
        (Rewrite(host="in.example", query=""), "/a", "in.example"),
    ],
)
def test_rewrites(haproxy: HaproxyEngine, run: Run, rewrite: Rewrite, target: str, host: str) -> None:
    answer: Answer = run(answered(haproxy, rewrite, Forward(backends=(("g", 1),)), target="/a?b=c"))
    assert answer.asked["target"] == target
    assert dict(answer.asked["headers"])["host"] == host


def test_groups_share_by_weight_and_keep_their_clients(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two", "three") as (one, two, three):
            groups = (group(one), group(two, name="h"), group(three, name="i"))
            weighted = (("g", 20), ("h", 80), ("i", 0))
            door = listener(free_port(), default=(Forward(backends=weighted, sticky_seconds=100),))
            await haproxy.apply(balancer(door, *groups))
            answers = [await ask(door.port) for _ in range(60)]
            heard = [each.asked["server"] for each in answers]
            assert set(heard) == {"one", "two"}
            assert heard.count("one") < heard.count("two")
            for each in answers[:3]:
                cookie = each.headers["set-cookie"].partition(";")[0]
                again = {(await ask(door.port, headers={"Cookie": cookie})).asked["server"] for _ in range(8)}
                assert again == {each.asked["server"]}
            none = (Forward(backends=(("g", 0),)),)
            await haproxy.apply(balancer(listener(door.port, default=none), *groups))
            assert (await ask(door.port)).status == 503

    run(story())


def test_rates_are_limited(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one") as (one,):
            for limit in (Limit(rate=10), Limit(rate_per_source=10)):
                door = listener(free_port(), default=(limit, Forward(backends=(("g", 1),))))
                await haproxy.apply(balancer(door, group(one)))
                heard = [(await ask(door.port)).status for _ in range(30)]
                assert heard[:10] == [200] * 10
                assert heard.count(503) >= 10

    run(story())


def test_access(haproxy: HaproxyEngine, run: Run) -> None:
    lists = (
        (Access(kind="white", blocks=("127.0.0.0/8",)), True),
        (Access(kind="white", blocks=("10.0.0.0/8", "192.168.0.1/32")), False),
        (Access(kind="white", blocks=()), False),
        (Access(kind="black", blocks=("127.0.0.1/32",)), False),
        (Access(kind="black", blocks=("10.0.0.0/8",)), True),
    )

    async def story() -> None:
        doors = tuple(listener(free_port(), default=YES, access=access) for access, _ in lists)
        await haproxy.apply(balancer(doors))
        for door, (access, passes) in zip(doors, lists, strict=True):
            try:
                heard = (await ask(door.port)).status == 200
            except OSError:
                heard = False
            assert heard == passes, access

    run(story())


def test_compression(haproxy: HaproxyEngine, run: Run) -> None:
    body = "text " * 200

    async def story() -> None:
        async with origins("one") as (one,):
            door = listener(free_port(), gzip=True)
            await haproxy.apply(balancer(door, group(one)))
            plain = await ask(door.port)
            assert "content-encoding" not in plain.headers
            inner = listener(free_port(), default=(Respond(status=200, body=body),))
            outer = listener(free_port(), gzip=True)
            back = group(msgspec_server(inner))
            await haproxy.apply(balancer((inner, outer), back))
            answer = await ask(outer.port, headers={"Accept-Encoding": "gzip"})
            assert answer.headers["content-encoding"] == "gzip"
            assert len(answer.body) < len(body)
            assert body in gzip.decompress(_joined(answer.body)).decode()

    run(story())


def msgspec_server(inner: Listener) -> Any:
    from yunbox.engines.balancer.interface import Server

    return Server(id="inner", address="127.0.0.1", port=inner.port)


def _joined(chunked: bytes) -> bytes:
    whole = b""
    while chunked:
        size, _, chunked = chunked.partition(b"\r\n")
        if not (length := int(size, 16)):
            break
        whole, chunked = whole + chunked[:length], chunked[length + 2 :]
    return whole


def test_tcp(haproxy: HaproxyEngine, run: Run) -> None:
    async def story() -> None:
        async with origins("one", "two") as (one, two):
            door = listener(free_port(), protocol="tcp")
            await haproxy.apply(balancer(door, group(one, two, protocol="tcp")))
            assert {(await ask(door.port)).asked["server"] for _ in range(4)} == {"one", "two"}
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)

            async def alone() -> bool:
                found = await haproxy.observe("lb-1")
                return found is not None and found.listeners[0].connections == 1

            await eventually(alone)
            writer.close()
            del reader

    run(story())


def made(place: Path, *names: str) -> Certificate:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    (place / f"{names[0]}.pem").write_text(pem + secret)
    return Certificate(id=names[0], chain=pem.rstrip("\n"), key=secret)


def trusting(place: Path, name: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(place / f"{name}.pem"))


def test_tls_with_names(haproxy: HaproxyEngine, run: Run, tmp_path: Path, place: Path) -> None:
    first, second = made(tmp_path, "a.example"), made(tmp_path, "b.example", "*.b.example")

    async def story() -> None:
        async with origins("one") as (one,):
            fields = {"certificates": (first, second), "forwarded": ("proto",)}
            door = listener(free_port(), protocol="https", **fields)
            plain = listener(free_port(), protocol="tls", default=(Forward(backends=(("t", 1),)),), **fields)
            backends = (group(one), group(one, name="t", protocol="tcp"))
            await haproxy.apply(balancer((door, plain), *backends))
            for port in (door.port, plain.port):
                for name, root in (("a.example", "a.example"), ("x.b.example", "b.example")):
                    answer = await ask(port, tls=trusting(tmp_path, root), name=name)
                    assert answer.asked["server"] == "one"
                with pytest.raises(ssl.SSLError):
                    await ask(port, tls=trusting(tmp_path, "b.example"), name="a.example")
            answer = await ask(door.port, tls=trusting(tmp_path, "a.example"), name="a.example")
            assert dict(answer.asked["headers"])["x-forwarded-proto"] == "https"
            secret = [each for each in place.rglob("*") if each.is_file() and b"KEY" in each.read_bytes()]
            assert len(secret) >= 3
            assert {each.stat().st_mode & 0o777 for each in secret} == {0o600}

    run(story())


def test_tls_versions_client_certificates_and_http2(haproxy: HaproxyEngine, run: Run, tmp_path: Path) -> None:
    own, client = made(tmp_path, "a.example"), made(tmp_path, "client")

    async def story() -> None:
        door = listener(
            free_port(),
            protocol="https",
            certificates=(own,),
            default=YES,
            tls_versions=("TLSv1.2",),
            ciphers=("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"),
            client_ca=client.chain,
        )
        await haproxy.apply(balancer(door))
        context = trusting(tmp_path, "a.example")
        with pytest.raises((ssl.SSLError, OSError)):
            await ask(door.port, tls=context, name="a.example")
        context.load_cert_chain(str(tmp_path / "client.pem"))
        context.set_alpn_protocols(["h2", "http/1.1"])
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", door.port, ssl=context, server_hostname="a.example"
        )
        found = writer.get_extra_info("ssl_object")
        assert found.version() == "TLSv1.2"
        assert found.cipher()[0] == "ECDHE-ECDSA-AES128-GCM-SHA256"
        assert found.selected_alpn_protocol() == "h2"
        writer.close()
        del reader

    run(story())
