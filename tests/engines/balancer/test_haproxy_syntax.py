"""Nothing that comes from outside breaks out of HAProxy's configuration."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from balancing import Run, ask, balancer, free_port, group, listener
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunbox.engines.balancer.checking import check_balancer
from yunbox.engines.balancer.haproxy.configuration import RUNTIME, Door, Ground, configure
from yunbox.engines.balancer.haproxy.engine import HaproxyEngine
from yunbox.engines.balancer.haproxy.program import haproxy as program
from yunbox.engines.balancer.haproxy.servers import Facts
from yunbox.engines.balancer.haproxy.syntax import literal, word
from yunbox.engines.balancer.interface import (
    Action,
    Balancer,
    Check,
    Condition,
    Forward,
    Listener,
    Queue,
    Redirect,
    Respond,
    Rewrite,
    Rule,
    Server,
    SetHeader,
    Sticky,
)

NASTY = "\"'\\ #$%{}[]()!,;:&|<>*?~^-=@`\t"
TEXT = st.text(st.one_of(st.sampled_from(NASTY), st.characters(exclude_categories=("Cs", "Cc"))), max_size=12)
LINE = TEXT.filter(lambda text: "\t" not in text)
TARGET = LINE.filter(lambda text: " " not in text)
TOKEN = st.text("!#$%&'*+.^_`|~aZ0-", min_size=1, max_size=6)
VALUES = st.lists(LINE.filter(lambda text: not text.startswith("~")), min_size=1, max_size=3).map(tuple)

CONDITIONS = st.one_of(
    st.builds(Condition, kind=st.sampled_from(["host", "path"]), values=VALUES),
    st.builds(Condition, kind=st.sampled_from(["header", "cookie"]), values=VALUES, key=TOKEN),
    st.builds(Condition, kind=st.just("query"), values=VALUES, key=LINE.filter(bool)),
    st.builds(Condition, kind=st.just("method"), values=st.lists(TOKEN, min_size=1).map(tuple)),
)
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(SetHeader, name=TOKEN, value=LINE, cover=st.booleans(), answer=st.booleans()),
    st.builds(Redirect, protocol=TARGET, host=TARGET, port=TARGET, path=TARGET, query=TARGET),
    st.builds(Respond, status=st.integers(200, 599), content_type=LINE, body=st.text()),
    st.builds(Rewrite, host=TARGET, path=TARGET, query=TARGET),
)


@st.composite
def balancers(draw: st.DrawFn) -> Balancer:
    rules = [
        Rule(
            id=f"r{number}",
            conditions=tuple(draw(st.lists(CONDITIONS, max_size=3))),
            actions=(draw(ACTIONS),),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    check = Check(kind="http", path=draw(TARGET.filter(bool)), host=draw(TARGET), version="HTTP/1.1")
    sticky = Sticky(kind="insert", cookie=draw(TOKEN))
    back = group(
        Server(id="one", address="10.0.0.1", port=1), name="g.:-_", check=check, sticky=sticky, queue=Queue()
    )
    door = Listener(
        id="l", port=80, protocol="http", rules=tuple(rules), default=(Forward(backends=((back.id, 1),)),)
    )
    return Balancer(id="lb", places=(), listeners=(door,), backends=(back,))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=balancers())
def test_haproxy_takes_every_configuration(wanted: Balancer, tmp_path: Path) -> None:
    check_balancer(wanted)
    ground = Ground(folder=str(tmp_path), number=1, threads=1, connections=100)
    servers = {each.id: each.servers for each in wanted.backends}
    made = configure(wanted, servers, [Door(0, 80)], Facts(), ground)
    for name, content in made.files.items():
        (tmp_path / name).write_bytes(content)
    file = tmp_path / "haproxy.cfg"
    file.write_text(made.text)
    assert made.text.isascii()
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ends = (one.fileno(), other.fileno())
        environment = {RUNTIME: str(ends[0]), "YUNBOX_DOOR_0_80": str(ends[1])}
        command = [program(), "-c", "-f", file]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, pass_fds=ends, check=False
        )
    assert done.returncode == 0, f"{done.stderr}\n{made.text}"


@given(text=st.text())
def test_a_word_is_one_word(text: str) -> None:
    if "\0" in text:
        with pytest.raises(ValueError, match="NUL"):
            word(text)
        return
    written = word(text)
    assert written.isascii()
    assert not set(written) & set(" \t\r\n#'$`{}")
    if text:
        assert written.encode().decode("unicode_escape").encode("latin-1").decode() == text
    assert literal(text).replace("%%", "%") == text


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(LINE.map(str.strip).filter(bool), min_size=20, max_size=20))
def test_texts_come_back_as_they_were(haproxy: HaproxyEngine, run: Run, texts: list[str]) -> None:
    headers = tuple(
        SetHeader(name=f"X-{number}", value=text, answer=True) for number, text in enumerate(texts)
    )
    exact = [each for each in texts if not set(each) & set("*?") and not each.startswith("~")]
    rules = tuple(
        Rule(
            id=f"r{number}",
            conditions=(
                Condition(kind="header", key="X-Asked", values=(text,)),
                Condition(kind="query", key="k", values=(text,)),
            ),
            actions=(Respond(status=200, body=f"{number} {text}"),),
        )
        for number, text in enumerate(exact)
    )

    async def story() -> None:
        from urllib.parse import quote

        inner = listener(free_port(), default=(Respond(status=200, body="x"),))
        outer = listener(free_port(), rules=rules, default=(*headers, Forward(backends=(("g", 1),))))
        back = group(Server(id="inner", address="127.0.0.1", port=inner.port))
        await haproxy.apply(balancer((inner, outer), back))
        answer = await ask(outer.port)
        for number, text in enumerate(texts):
            assert answer.headers[f"x-{number}"].encode("latin-1").decode() == text
        for text in exact:
            found = await ask(outer.port, f"/?k={quote(text, safe='')}", headers={"X-Asked": text})
            assert found.body.decode() == f"{exact.index(text)} {text}"

    run(story())
