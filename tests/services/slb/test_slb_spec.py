"""From what is stored of a load balancer to what is to run: pure."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from yunbox.control.store import Store
from yunbox.control.store_resource import Resource
from yunbox.engines.balancer.checking import check_balancer
from yunbox.engines.balancer.interface import (
    Access,
    Backend,
    Balancer,
    Check,
    Condition,
    Forward,
    Redirect,
    SetHeader,
    Sticky,
)
from yunbox.services.balancing.model import Member, member_id
from yunbox.services.slb.acls.model import Acl, AclEntry
from yunbox.services.slb.listeners.model import (
    Forwarded,
    HealthCheck,
    Listener,
    Protocol,
    Rule,
    StickySession,
    listener_id,
)
from yunbox.services.slb.load_balancers.model import LoadBalancer
from yunbox.services.slb.spec import draw

LB = LoadBalancer(id="lb-1", address="10.0.0.9", address_type="intranet", vpc_id="vpc-1", parent="vsw-1")


def listener(port: int = 80, protocol: Protocol = "http", **fields: Any) -> Listener:
    given = {"backend_port": 8080, "started": True} | fields
    return Listener(
        id=listener_id("lb-1", protocol, port), parent="lb-1", protocol=protocol, port=port, **given
    )


def server(group: str, address: str, **fields: Any) -> Member:
    port = fields.pop("port", 0)
    return Member(
        id=member_id(group, address, port),
        parent=group,
        server_id=address,
        server_type="Ip",
        ip=address,
        port=port,
        **fields,
    )


def drawn(*resources: Resource, balancer: LoadBalancer = LB) -> Balancer | None:
    store = Store(":memory:")
    with store.write() as change:
        for each in (balancer, *resources):
            change.create(each)
    with store.read() as view:
        wanted = draw(view, "lb-1")
    assert wanted is not None
    if wanted.balancer is not None:
        check_balancer(wanted.balancer)
    return wanted.balancer


def only(spec: Balancer | None) -> Backend:
    assert spec is not None
    [backend] = spec.backends
    return backend


def test_what_listens_to_nothing_does_not_run() -> None:
    assert drawn() is None
    assert drawn(listener(started=False)) is None
    inactive = LoadBalancer(id="lb-1", address="10.0.0.9", address_type="intranet", status="inactive")
    assert drawn(listener(), balancer=inactive) is None


def test_an_http_listener() -> None:
    check = HealthCheck(method="get", uri="/up", domain="example.com", port=81, codes="http_2xx,http_4xx")
    spec = drawn(
        listener(
            scheduler="wlc",
            health_check=check,
            sticky=StickySession(on=True, kind="insert", timeout=30),
            forwarded=Forwarded(client=True, proto=True, balancer_id=True, client_port=True),
            idle_timeout=20,
            request_timeout=90,
        ),
        server("lb-1", "10.0.0.1", weight=7),
        server("lb-1", "10.0.0.2", status="Removing"),
    )
    assert spec is not None
    [one] = spec.listeners
    assert one.forwarded == ("for", "proto", "id")
    assert (one.idle_timeout, one.request_timeout, one.gzip) == (20.0, 90.0, True)
    header = SetHeader(name="X-Forwarded-Client-srcport", value="${client_port}")
    assert one.default == (header, Forward(backends=(("lb-1_http_80", 1),)))
    backend = only(spec)
    assert (backend.algorithm, backend.response_timeout) == ("leastconn", 90.0)
    assert backend.sticky == Sticky(kind="insert", cookie="SERVERID", seconds=30)
    wanted = Check(kind="http", method="GET", path="/up", host="example.com", port=81, codes=("2xx", "4xx"))
    assert backend.check == wanted
    assert [(each.id, each.weight) for each in backend.servers] == [("10.0.0.1:8080", 7)]


def test_a_tcp_listener() -> None:
    spec = drawn(
        listener(
            22,
            "tcp",
            scheduler="sch",
            health_check=HealthCheck(on=False),
            persistence_timeout=60,
            established_timeout=300,
            drain_on=True,
            drain_timeout=40,
        )
    )
    assert spec is not None
    backend = only(spec)
    assert (backend.protocol, backend.algorithm, backend.check) == ("tcp", "source", None)
    assert (backend.sticky, backend.drain) == (Sticky(kind="source", seconds=60), 40.0)
    assert spec.listeners[0].idle_timeout == 300.0


def test_a_redirect_needs_no_servers() -> None:
    spec = drawn(listener(forward_port=443))
    assert spec is not None
    assert spec.listeners[0].default == (Redirect(protocol="https", port="443", code=302),)
    assert spec.backends == ()


def test_rules_are_tried_from_the_narrowest_to_the_widest() -> None:
    at = listener()
    given = [("", "/a/b"), ("*.x.com", ""), ("", "/a"), ("a.x.com", "/long"), ("a.x.com", "")]
    rules = [
        Rule(id=f"rule-{number}", parent=at.id, domain=domain, url=url, vserver_group="rsp-1")
        for number, (domain, url) in enumerate(given)
    ]
    spec = drawn(at, *rules, server("rsp-1", "10.0.0.1", port=90))
    assert spec is not None
    assert [each.id for each in spec.listeners[0].rules] == ["rule-3", "rule-4", "rule-1", "rule-0", "rule-2"]
    assert spec.listeners[0].rules[0].conditions == (
        Condition(kind="host", values=("a.x.com",)),
        Condition(kind="path", values=("/long*",)),
    )
    assert {each.id: [one.port for one in each.servers] for each in spec.backends}["rule-0"] == [90]


def test_who_may_connect() -> None:
    full = Acl(id="acl-1", entries=(AclEntry("10.0.0.0/8"), AclEntry("10.1.0.0/16")))
    empty = Acl(id="acl-2")

    def access(**fields: Any) -> Access | None:
        spec = drawn(listener(**fields), full, empty)
        assert spec is not None
        return spec.listeners[0].access

    both = ("10.0.0.0/8", "10.1.0.0/16")
    assert access(acl_on=True, acl_type="black", acls=("acl-1",)) == Access(kind="black", blocks=both)
    assert access(acl_on=True, acl_type="white", acls=("acl-1", "acl-2")) == Access(kind="white", blocks=both)
    # An empty list lets everybody in, says the vendor; a white list of the older kind lets nobody in.
    assert access(acl_on=True, acl_type="white", acls=("acl-2",)) is None
    assert access(white_list_on=True) == Access(kind="white", blocks=())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "a.com", "*.a.com", "b.a.com"]),
            st.sampled_from(["", "/", "/a", "/a/b", "/*x"]),
        ).filter(any),
        unique=True,
        max_size=8,
    )
)
def test_no_rule_stands_behind_one_that_is_wider(given: list[tuple[str, str]]) -> None:
    at = listener()
    rules = [
        Rule(id=f"rule-{number}", parent=at.id, domain=domain, url=url, vserver_group="rsp-1")
        for number, (domain, url) in enumerate(given)
    ]
    spec = drawn(at, *rules)
    assert spec is not None
    order = [given[int(each.id.removeprefix("rule-"))] for each in spec.listeners[0].rules]
    for index, (domain, url) in enumerate(order):
        for wider_domain, wider_url in order[:index]:
            assert not (
                wider_domain in ("", domain)
                and url.startswith(wider_url)
                and (domain, url) != (wider_domain, wider_url)
            ), order
