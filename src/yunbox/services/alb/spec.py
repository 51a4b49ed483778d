"""From what is stored of a load balancer to what the balancer engine is to run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from yunbox.control.store import View
from yunbox.engines.balancer.interface import (
    Access,
    Backend,
    Balancer,
    Certificate,
    Check,
    Forward,
    Place,
    Sticky,
)
from yunbox.engines.balancer.interface import Listener as EngineListener
from yunbox.services.alb.acls.model import Acl
from yunbox.services.alb.health_check_templates.model import OWN_ADDRESS, HealthCheck
from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.load_balancers.model import LoadBalancer
from yunbox.services.alb.rules.model import Rule
from yunbox.services.alb.security_policies.model import DEFAULT_POLICY, SYSTEM_POLICIES, SecurityPolicy
from yunbox.services.alb.server_groups.model import ServerGroup, Stickiness
from yunbox.services.alb.spec_rules import changes, rules_of, told
from yunbox.services.balancing.settings import Settings, read_settings
from yunbox.services.balancing.wanted import Draft, Source, Wanted
from yunbox.services.cas import model as cas
from yunbox.services.cas.find import find_certificate

Algorithm = Literal["roundrobin", "leastconn", "source", "uri", "query"]

_ALGORITHMS: dict[str, Algorithm] = {"Wrr": "roundrobin", "Wlc": "leastconn", "Sch": "source", "Uch": "query"}
INSERTED_COOKIE = "ALBSERVERID"


def draw(view: View, id_: str) -> Wanted | None:
    """Return what is to run for a load balancer, or None when there is none of that id."""
    stored = view.get(LoadBalancer, id_)
    if stored is None:
        return None
    draft = Draft(view, stored)
    listeners = view.find(Listener, parent=id_)
    draft.rest_on(*(each.id for each in listeners))
    open_ = [each for each in listeners if each.running]
    if not open_:
        return draft.done(None)
    drawing = _Drawing(view, stored, draft)
    drawn = tuple(drawing.listener(each) for each in open_)
    return draft.done(
        Balancer(id=id_, places=tuple(_places(stored)), listeners=drawn, backends=drawing.backends())
    )


def backend_id(balancer: str, group: str) -> str:
    """Return the engine's id of a server group behind a load balancer."""
    return f"{balancer}.{group}"


def _places(balancer: LoadBalancer) -> Iterable[Place]:
    for zone in balancer.zones:
        if zone.shifted:
            continue
        yield Place(address=zone.address, network=balancer.vpc_id)
        if zone.public_address:
            yield Place(address=zone.public_address)


class _Drawing:
    """Draws the listeners of one load balancer; gathers the server groups that they need on the way."""

    def __init__(self, view: View, balancer: LoadBalancer, draft: Draft) -> None:
        self._view = view
        self._balancer = balancer
        self._draft = draft
        self._settings: Settings = read_settings(balancer.tags)
        self._groups: dict[str, int] = {}
        """The server groups, and for how many seconds a request to each may take."""

    def listener(self, listener: Listener) -> EngineListener:
        """Return one listener."""
        rules = self._view.find(Rule, parent=listener.id)
        self._draft.rest_on(*(each.id for each in rules))
        for group in (*listener.groups, *(group for rule in rules for group in rule.groups)):
            self._groups[group] = max(self._groups.get(group, 0), listener.request_timeout)
        before = changes(listener.forwarded)
        default = Forward(backends=tuple((self._backend(each), 1) for each in listener.groups))
        return EngineListener(
            id=listener.id,
            port=listener.port,
            protocol="https" if listener.protocol == "HTTPS" else "http",
            default=(*before, default),
            rules=tuple(rules_of(rules, before, self._backend)),
            idle_timeout=float(listener.idle_timeout),
            request_timeout=float(listener.request_timeout),
            gzip=listener.gzip,
            forwarded=told(listener.forwarded),
            access=self._access(listener),
            **self._secure(listener),
        )

    def backends(self) -> tuple[Backend, ...]:
        """Return the backends that the listeners drawn so far forward to."""
        found = []
        for id_, seconds in self._groups.items():
            group = self._view.get(ServerGroup, id_)
            if group is not None:
                found.append(self._drawn(group, seconds))
        return tuple(found)

    def _backend(self, group: str) -> str:
        return backend_id(self._balancer.id, group)

    def _drawn(self, group: ServerGroup, seconds: int) -> Backend:
        id_, settings = self._backend(group.id), self._settings
        return Backend(
            id=id_,
            protocol="https" if group.protocol == "HTTPS" else "http",
            servers=self._draft.servers(id_, group.id),
            algorithm=_ALGORITHMS[group.scheduler],
            hash_key=group.hash_key,
            check=_check(group.check),
            sticky=_sticky(group.sticky),
            # The vendor's slow start goes with its weighted round robin alone.
            slow_start=(group.slow_start if group.scheduler == "Wrr" else 0.0) or settings.slow_start,
            drain=group.drain if settings.drain is None else settings.drain,
            response_timeout=float(seconds),
            keep_alive=group.keep_alive,
            queue=settings.queue,
        )

    def _access(self, listener: Listener) -> Access | None:
        """Return who may connect. Empty lists let everybody in, whatever their colour: the vendor's way."""
        self._draft.rest_on(*listener.acls)
        acls = (self._view.get(Acl, each) for each in listener.acls)
        blocks = tuple(dict.fromkeys(entry.block for acl in acls if acl for entry in acl.entries))
        if not blocks:
            return None
        return Access(kind="white" if listener.acl_type == "White" else "black", blocks=blocks)

    def _secure(self, listener: Listener) -> dict[str, Any]:
        """Return what an HTTPS listener has besides."""
        if listener.protocol != "HTTPS":
            return {}
        found = (self._certificate(each) for each in listener.certificates)
        authority = self._certificate(listener.ca_certificate) if listener.ca_enabled else None
        versions, ciphers = self._policy(listener.security_policy)
        return {
            "certificates": tuple(
                Certificate(id=each.id, chain=each.chain, key=each.key) for each in found if each
            ),
            "client_ca": authority.chain if authority else "",
            "tls_versions": versions,
            "ciphers": ciphers,
            "http2": listener.http2,
        }

    def _certificate(self, identifier: str) -> cas.Certificate | None:
        found = find_certificate(self._view, self._balancer.account, identifier)
        if found is not None:
            self._draft.rest_on(found.id)
        return found

    def _policy(self, id_: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if id_ in SYSTEM_POLICIES:
            return SYSTEM_POLICIES[id_]
        self._draft.rest_on(id_)
        found = self._view.get(SecurityPolicy, id_)
        return (found.versions, found.ciphers) if found else SYSTEM_POLICIES[DEFAULT_POLICY]


def _check(check: HealthCheck) -> Check | None:
    if not check.enabled:
        return None
    return Check(
        kind="tcp" if check.protocol == "TCP" else "http",
        port=check.port,
        interval=float(check.interval),
        timeout=float(check.timeout),
        rise=check.healthy,
        fall=check.unhealthy,
        method=check.method,
        path=check.path,
        host="" if check.host == OWN_ADDRESS else check.host,
        version="HTTP/1.0" if check.version == "HTTP1.0" else "HTTP/1.1",
        codes=tuple(each.removeprefix("http_") for each in check.codes),
    )


def _sticky(sticky: Stickiness) -> Sticky | None:
    if not sticky.enabled:
        return None
    if sticky.type == "Insert":
        return Sticky(kind="insert", cookie=INSERTED_COOKIE, seconds=sticky.seconds)
    return Sticky(kind="rewrite", cookie=sticky.cookie)


ALB = Source(
    balancers=LoadBalancer,
    parts=(Listener, Rule, ServerGroup, Acl, SecurityPolicy, cas.Certificate),
    draw=draw,
)
