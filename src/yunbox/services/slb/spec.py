"""From what is stored of a load balancer to what the balancer engine is to run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from yunbox.control.store import View
from yunbox.engines.balancer.interface import (
    Access,
    Action,
    Backend,
    Balancer,
    Certificate,
    Check,
    Condition,
    Forward,
    Place,
    Redirect,
    SetHeader,
    Sticky,
)
from yunbox.engines.balancer.interface import (
    Listener as EngineListener,
)
from yunbox.engines.balancer.interface import (
    Rule as EngineRule,
)
from yunbox.services.balancing.settings import Settings, read_settings
from yunbox.services.balancing.wanted import Draft, Source, Wanted
from yunbox.services.slb.acls.model import Acl
from yunbox.services.slb.certificates.model import CaCertificate, ServerCertificate, TlsPolicy
from yunbox.services.slb.certificates.policies import policy_of
from yunbox.services.slb.groups.model import MasterSlaveGroup, VServerGroup
from yunbox.services.slb.listeners.model import (
    DomainExtension,
    HealthCheck,
    Listener,
    Rule,
    StickySession,
)
from yunbox.services.slb.load_balancers.model import LoadBalancer
from yunbox.services.vpc.eips.model import Eip

HTTP_DRAIN_SECONDS = 30.0
"""How long requests of a server that leaves may go on, where neither the listener nor a tag says it."""

TCP_DRAIN_SECONDS = 10.0
INSERTED_COOKIE = "SERVERID"

Algorithm = Literal["roundrobin", "leastconn", "source", "uri"]

_ALGORITHMS: dict[str, Algorithm] = {
    "wrr": "roundrobin",
    "wlc": "leastconn",
    "rr": "roundrobin",
    "sch": "source",
    "tch": "source",
}


def draw(view: View, id_: str) -> Wanted | None:
    """Return what is to run for a load balancer, or None when there is none of that id."""
    stored = view.get(LoadBalancer, id_)
    if stored is None:
        return None
    draft = Draft(view, stored)
    listeners = view.find(Listener, parent=id_)
    draft.rest_on(*(each.id for each in listeners))
    open_ = [each for each in listeners if each.started and stored.status == "active"]
    if not open_:
        return draft.done(None)
    eips = view.find(Eip, parent=id_)
    draft.rest_on(*(each.id for each in eips))
    # Its own address is within its VPC; an elastic one is the host's, as one of the Internet is.
    places = (
        Place(address=stored.address, network=stored.vpc_id),
        *(Place(address=each.address) for each in eips),
    )
    drawing = _Drawing(view, stored, draft)
    drawn = tuple(drawing.listener(each) for each in open_)
    return draft.done(
        Balancer(
            id=id_,
            places=places,
            listeners=drawn,
            backends=tuple(drawing.backends),
        )
    )


class _Drawing:
    """Draws the listeners of one load balancer; gathers their backends on the way."""

    def __init__(self, view: View, balancer: LoadBalancer, draft: Draft) -> None:
        self._view = view
        self._balancer = balancer
        self._draft = draft
        self._settings: Settings = read_settings(balancer.tags)
        self.backends: list[Backend] = []

    def listener(self, listener: Listener) -> EngineListener:
        """Return one listener."""
        if listener.protocol == "tcp":
            return EngineListener(
                id=listener.id,
                port=listener.port,
                protocol="tcp",
                default=(self._tcp(listener),),
                access=self._access(listener),
                idle_timeout=float(listener.established_timeout),
            )
        headers = _headers(listener)
        secure = self._secure(listener) if listener.protocol == "https" else {}
        return EngineListener(
            id=listener.id,
            port=listener.port,
            protocol=listener.protocol,
            default=(*headers, self._default(listener)),
            rules=tuple(self._rules(listener, headers)),
            access=self._access(listener),
            idle_timeout=float(listener.idle_timeout),
            request_timeout=float(listener.request_timeout),
            gzip=listener.gzip,
            forwarded=_forwarded(listener),
            **secure,
        )

    def _tcp(self, listener: Listener) -> Forward:
        drain = float(listener.drain_timeout) if listener.drain_on else TCP_DRAIN_SECONDS
        sticky = None
        if listener.persistence_timeout:
            sticky = Sticky(kind="source", seconds=listener.persistence_timeout)
        plan = Backend(
            id=listener.id,
            protocol="tcp",
            algorithm=_ALGORITHMS[listener.scheduler],
            check=_check(listener.health_check),
            sticky=sticky,
            drain=drain,
            proxy_protocol=listener.proxy_protocol,
        )
        return self._forward(listener, listener.group, plan)

    def _default(self, listener: Listener) -> Action:
        if listener.forward_port:
            return Redirect(protocol="https", port=str(listener.forward_port), code=302)
        plan = self._http(listener, listener.id, listener)
        return self._forward(listener, listener.group, plan)

    def _rules(self, listener: Listener, headers: tuple[Action, ...]) -> Iterable[EngineRule]:
        """Yield the forwarding rules: those with a domain before those without, longer paths first."""
        rules = self._view.find(Rule, parent=listener.id)
        self._draft.rest_on(*(each.id for each in rules))
        for rule in sorted(rules, key=_precedence):
            conditions = []
            if rule.domain:
                conditions.append(Condition(kind="host", values=(rule.domain,)))
            if rule.url:
                conditions.append(Condition(kind="path", values=(_path_pattern(rule.url),)))
            plan = self._http(listener, rule.id, listener if rule.synced else rule)
            forward = self._forward(listener, rule.vserver_group, plan)
            yield EngineRule(id=rule.id, conditions=tuple(conditions), actions=(*headers, forward))

    def _http(self, listener: Listener, id_: str, source: Listener | Rule) -> Backend:
        """Return a backend that schedules and checks as a listener or a rule says, without servers."""
        return Backend(
            id=id_,
            algorithm=_ALGORITHMS[source.scheduler],
            check=_check(source.health_check),
            sticky=_sticky(source.sticky),
            drain=HTTP_DRAIN_SECONDS,
            response_timeout=float(listener.request_timeout),
            queue=self._settings.queue,
        )

    def _forward(self, listener: Listener, group: str, plan: Backend) -> Forward:
        """Note a backend with the servers of a group, and return what sends to it."""
        servers = self._draft.servers(plan.id, group, port=listener.backend_port, listener=listener.id)
        settings = self._settings
        self.backends.append(
            msgspec.structs.replace(
                plan,
                servers=servers,
                slow_start=settings.slow_start,
                drain=plan.drain if settings.drain is None else settings.drain,
            )
        )
        return Forward(backends=((plan.id, 1),))

    def _access(self, listener: Listener) -> Access | None:
        """Return who may connect. An empty list lets everybody in, whatever its colour: the vendor's way."""
        self._draft.rest_on(*listener.acls)
        if listener.white_list_on:
            return Access(kind="white", blocks=listener.white_list)
        if not listener.acl_on:
            return None
        acls = (self._view.get(Acl, each) for each in listener.acls)
        blocks = tuple(dict.fromkeys(entry.block for acl in acls if acl for entry in acl.entries))
        return Access(kind=listener.acl_type or "white", blocks=blocks) if blocks else None

    def _secure(self, listener: Listener) -> dict[str, Any]:
        """Return what an HTTPS listener has besides."""
        extensions = self._view.find(DomainExtension, parent=listener.id)
        self._draft.rest_on(
            listener.server_certificate,
            listener.ca_certificate,
            listener.tls_policy,
            *(e.id for e in extensions),
        )
        certificates = []
        for id_, names in [
            (listener.server_certificate, ()),
            *((each.server_certificate, (each.name,)) for each in extensions),
        ]:
            self._draft.rest_on(id_)
            stored = self._view.get(ServerCertificate, id_)
            if stored is not None:
                certificates.append(Certificate(id=id_, chain=stored.chain, key=stored.key, names=names))
        authority = (
            self._view.get(CaCertificate, listener.ca_certificate) if listener.ca_certificate else None
        )
        versions, ciphers = policy_of(self._view, listener.tls_policy)
        return {
            "certificates": tuple(certificates),
            "client_ca": authority.pem if authority else "",
            "tls_versions": versions,
            "ciphers": ciphers,
            "http2": listener.http2,
        }


def _check(check: HealthCheck) -> Check | None:
    if not check.on:
        return None
    domain = "" if check.domain.startswith("$") else check.domain
    return Check(
        kind=check.kind,
        port=check.port,
        interval=float(check.interval),
        timeout=float(check.timeout),
        rise=check.healthy,
        fall=check.unhealthy,
        method="GET" if check.method == "get" else "HEAD",
        path=check.uri or "/",
        host=domain,
        codes=tuple(each.removeprefix("http_") for each in check.codes.split(",")),
    )


def _sticky(sticky: StickySession) -> Sticky | None:
    if not sticky.on:
        return None
    if sticky.kind == "insert":
        return Sticky(kind="insert", cookie=INSERTED_COOKIE, seconds=sticky.timeout)
    return Sticky(kind="rewrite", cookie=sticky.cookie)


def _forwarded(listener: Listener) -> tuple[str, ...]:
    asked = listener.forwarded
    named = (
        ("for", asked.client),
        ("proto", asked.proto),
        ("port", asked.balancer_port),
        ("id", asked.balancer_id),
        ("ip", asked.balancer_ip),
    )
    return tuple(name for name, wanted in named if wanted)


def _headers(listener: Listener) -> tuple[Action, ...]:
    if not listener.forwarded.client_port:
        return ()
    return (SetHeader(name="X-Forwarded-Client-srcport", value="${client_port}"),)


def _precedence(rule: Rule) -> tuple[bool, bool, int, str]:
    """Return where a rule stands: exact domains, then wildcards, then none; of each, the longest path first."""
    return (not rule.domain, rule.domain.startswith("*"), -len(rule.url), rule.id)


def _path_pattern(url: str) -> str:
    """Return the pattern of a path: the vendor's are prefixes."""
    return url if url.endswith("*") else f"{url}*"


SLB = Source(
    balancers=LoadBalancer,
    parts=(
        Listener,
        Rule,
        DomainExtension,
        VServerGroup,
        MasterSlaveGroup,
        Acl,
        ServerCertificate,
        CaCertificate,
        TlsPolicy,
        Eip,
    ),
    draw=draw,
)
