"""What balancers do, as metrics of acs_slb_dashboard and acs_alb, and of each server behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from yunbox.control.clock import Clock
from yunbox.control.store import Store
from yunbox.engines.balancer.interface import (
    BackendSeen,
    Balancer,
    BalancerEngine,
    Forward,
    Listener,
    ListenerSeen,
    Seen,
)
from yunbox.engines.metrics.interface import Sample, Series, one
from yunbox.services.balancing.wanted import Source, Wanted
from yunbox.services.cms.collectors.flow import (
    Flow,
    backend_flow,
    listener_flow,
    server_flow,
    together,
)
from yunbox.services.cms.metrics.catalogue import ALB, BACKENDS, QUEUES, SLB

Values = Iterator[tuple[str, float]]
Measured = tuple[str, str, float, dict[str, str]]
"""A namespace, a metric, what it amounts to, and its dimensions besides the user's."""


def _connections(flow: Flow, names: tuple[str, str, str, str, str, str]) -> Values:
    active, most, new, dropped, received, sent = names
    yield active, flow.connections
    yield most, flow.connections
    yield new, flow.new
    yield dropped, flow.refused
    yield received, flow.bits_in
    yield sent, flow.bits_out


_SLB_NAMES = (
    "ActiveConnection",
    "MaxConnection",
    "NewConnection",
    "DropConnection",
    "TrafficRXNew",
    "TrafficTXNew",
)
_SLB_INSTANCE_NAMES = (
    "InstanceActiveConnection",
    "InstanceMaxConnection",
    "InstanceNewConnection",
    "InstanceDropConnection",
    "InstanceTrafficRX",
    "InstanceTrafficTX",
)
_ALB_NAMES = (
    "ActiveConnection",
    "MaxConnection",
    "NewConnection",
    "RejectedConnection",
    "InBits",
    "OutBits",
)


def _slb_http(flow: Flow, prefix: str = "") -> Values:
    yield f"{prefix}Qps", flow.requests
    if (took := flow.milliseconds) is not None:
        yield f"{prefix}Rt", took
        yield f"{prefix}UpstreamRt", took
    for place, kind in enumerate(("2xx", "3xx", "4xx", "5xx"), 1):
        yield f"{prefix}StatusCode{kind}", flow.front[place]
    yield f"{prefix}StatusCodeOther", flow.front[0]
    yield f"{prefix}UpstreamCode4xx", flow.back[3]
    yield f"{prefix}UpstreamCode5xx", flow.back[4]


def _alb(flow: Flow, prefix: str) -> Values:
    yield from ((prefix + name, value) for name, value in _connections(flow, _ALB_NAMES))
    yield f"{prefix}QPS", flow.requests
    for place, kind in enumerate(("2XX", "3XX", "4XX", "5XX"), 1):
        yield f"{prefix}HTTPCode{kind}", flow.front[place]
    yield from _alb_back(flow, prefix)


def _alb_back(flow: Flow, prefix: str) -> Values:
    if (took := flow.milliseconds) is not None:
        yield f"{prefix}UpstreamResponseTime", took
    for place, kind in enumerate(("2XX", "3XX", "4XX", "5XX"), 1):
        yield f"{prefix}HTTPCodeUpstream{kind}", flow.back[place]
    yield f"{prefix}UpstreamConnectionError", flow.failures
    yield f"{prefix}HealthyHostCount", flow.healthy
    yield f"{prefix}UnHealthyHostCount", flow.unhealthy


def _server(flow: Flow) -> Values:
    yield "Qps", flow.requests
    yield "ActiveConnection", flow.connections
    yield "NewConnection", flow.new
    if (took := flow.milliseconds) is not None:
        yield "Rt", took
    for place, kind in enumerate(("2xx", "3xx", "4xx", "5xx"), 1):
        yield f"StatusCode{kind}", flow.back[place]
    yield "ConnectionError", flow.failures
    yield "TrafficRX", flow.bits_in
    yield "TrafficTX", flow.bits_out


SHORTEST_SECONDS = 0.05
"""A look so soon after the other says nothing."""


class Looks(msgspec.Struct, frozen=True):
    """Two looks at a balancer, so many seconds of the machine's clock apart."""

    before: Seen
    now: Seen
    seconds: float

    def listeners(self) -> dict[str, Flow]:
        """Return what clients did, by listener."""
        old = {each.id: each for each in self.before.listeners}
        return {
            each.id: listener_flow(old.get(each.id, ListenerSeen(id=each.id)), each, self.seconds)
            for each in self.now.listeners
        }

    def backends(self) -> dict[str, Flow]:
        """Return what servers did, by backend."""
        old = {each.id: each for each in self.before.backends}
        return {each.id: backend_flow(old.get(each.id), each, self.seconds) for each in self.now.backends}


def forwards(listener: Listener) -> list[str]:
    """Return the backends that a listener sends to, each once."""
    actions = [*listener.default, *(action for rule in listener.rules for action in rule.actions)]
    found = [id_ for each in actions if isinstance(each, Forward) for id_, _ in each.backends]
    return list(dict.fromkeys(found))


def _with_servers(front: Flow, backs: list[Flow]) -> Flow:
    """Return what clients did together with what servers did for them."""
    back = together(backs)
    return msgspec.structs.replace(
        front,
        back=back.back,
        served=back.served,
        waited=back.waited,
        failures=back.failures,
        healthy=back.healthy,
        unhealthy=back.unhealthy,
    )


def slb_values(balancer: Balancer, looks: Looks) -> Iterator[Measured]:
    """Yield the metrics of a classic load balancer: of each listener, and of all together."""
    fronts, backs = looks.listeners(), looks.backends()
    whole, http = [], []
    for listener in balancer.listeners:
        front = fronts.get(listener.id, Flow())
        flow = _with_servers(front, [backs[each] for each in forwards(listener) if each in backs])
        where = {
            "instanceId": balancer.id,
            "port": str(listener.port),
            "protocol": listener.protocol,
            "vip": balancer.places[0].address if balancer.places else "",
        }
        whole.append(flow)
        values = dict(_connections(flow, _SLB_NAMES))
        values |= {"HeathyServerCount": flow.healthy, "UnhealthyServerCount": flow.unhealthy}
        if listener.protocol in ("http", "https"):
            http.append(flow)
            values |= dict(_slb_http(flow))
        yield from ((SLB, metric, value, where) for metric, value in values.items())
    values = dict(_connections(together(whole), _SLB_INSTANCE_NAMES))
    if http:
        values |= dict(_slb_http(together(http), "Instance"))
    yield from ((SLB, metric, value, {"instanceId": balancer.id}) for metric, value in values.items())


def alb_values(balancer: Balancer, looks: Looks, groups: Mapping[str, str]) -> Iterator[Measured]:
    """Yield the metrics of an application load balancer: of all, of each listener, and of its server groups.

    `groups` are the server groups by the engine's backends. One that several listeners send to is counted with the
    first of them.
    """
    fronts, backs = looks.listeners(), looks.backends()
    own = {"loadBalancerId": balancer.id}
    whole = _with_servers(together(fronts.values()), list(backs.values()))
    yield from ((ALB, metric, value, own) for metric, value in _alb(whole, "LoadBalancer"))
    counted: set[str] = set()
    for listener in balancer.listeners:
        where = {
            **own,
            "listenerProtocol": listener.protocol.upper(),
            "listenerPort": str(listener.port),
        }
        sent_to = [each for each in forwards(listener) if each in backs]
        flow = _with_servers(fronts.get(listener.id, Flow()), [backs[each] for each in sent_to])
        yield from ((ALB, metric, value, where) for metric, value in _alb(flow, "Listener"))
        for backend in sent_to:
            if backend in groups and backend not in counted:
                counted.add(backend)
                named = {**where, "serverGroupId": groups[backend]}
                back = backs[backend]
                values = {"ServerGroupQPS": back.requests} | dict(_alb_back(back, "ServerGroup"))
                yield from ((ALB, metric, value, named) for metric, value in values.items())


def server_values(wanted: Wanted, balancer: str, looks: Looks) -> Iterator[Measured]:
    """Yield the metrics of each server; what it does for several backends is added up."""
    old = {backend.id: backend for backend in looks.before.backends}
    flows: dict[tuple[str, str, int], list[Flow]] = {}
    for backend in looks.now.backends:
        earlier = {each.id: each for each in old.get(backend.id, BackendSeen(id="x", servers=())).servers}
        for server in backend.servers:
            origin = wanted.origins.get((backend.id, server.id))
            if origin is not None and server.state != "gone":
                key = origin.group, origin.server, origin.port
                flow = server_flow(earlier.get(server.id), server, looks.seconds)
                flows.setdefault(key, []).append(flow)
    for (group, server_id, port), each in flows.items():
        where = {
            "loadBalancerId": balancer,
            "serverGroupId": group,
            "serverId": server_id,
            "port": str(port),
        }
        yield from ((BACKENDS, metric, value, where) for metric, value in _server(together(each)))


def queue_values(balancer: str, looks: Looks) -> Iterator[Measured]:
    """Yield what waits in each of the engine's backends, and what was refused."""
    old = {each.id: each.shed for each in looks.before.backends}
    for backend in looks.now.backends:
        where = {"loadBalancerId": balancer, "backend": backend.id}
        yield QUEUES, "Queued", backend.queued, where
        yield QUEUES, "Shed", max(0, backend.shed - old.get(backend.id, 0)) / looks.seconds, where


class BalancerCollector:
    """Measures all balancers; what it keeps in memory may be lost at any moment."""

    def __init__(
        self,
        store: Store,
        engine: BalancerEngine,
        sources: tuple[Source, ...],
        clock: Clock,
    ) -> None:
        self._store = store
        self._engine = engine
        self._sources = sources
        self._clock = clock
        self._generation: object = None
        self._wanted: dict[str, tuple[str, Wanted]] = {}
        self._before: dict[str, tuple[float, Seen]] = {}

    async def measure(self, cells: list[float], seconds: float) -> list[Sample]:
        """Return what was measured since the last time, once for each of the cells."""
        del seconds
        samples: list[Sample] = []
        seen: dict[str, tuple[float, Seen]] = {}
        for id_, (kind, wanted) in self._known().items():
            now = await self._engine.observe(id_)
            if now is None:
                continue
            at = self._clock.now()
            seen[id_] = at, now
            before_at, before = self._before.get(id_, (at, None))
            if before is not None and before.since != now.since:
                # Another process counts from nothing.
                before, before_at = Seen(id=id_, since=now.since), max(before_at, now.since)
            if before is not None and at - before_at >= SHORTEST_SECONDS:
                looks = Looks(before, now, at - before_at)
                samples += _samples(kind, wanted, looks, cells)
        self._before = seen
        return samples

    def _known(self) -> dict[str, tuple[str, Wanted]]:
        """Return the balancers that are to run, with the kind of each, as of the last change of the store."""
        generation = self._store.generation()
        if generation != self._generation:
            with self._store.read() as view:
                self._wanted = {}
                for source in self._sources:
                    for stored in view.find(source.balancers):
                        wanted = source.draw(view, stored.id)
                        if wanted is not None and wanted.balancer is not None:
                            self._wanted[stored.id] = source.balancers.kind.partition(".")[0], wanted
            self._generation = generation
        return self._wanted


def _samples(kind: str, wanted: Wanted, looks: Looks, cells: list[float]) -> Iterator[Sample]:
    balancer = wanted.balancer
    if balancer is None:
        return
    if kind == "alb":
        groups = {backend: origin.group for (backend, _), origin in wanted.origins.items()}
        values = list(alb_values(balancer, looks, groups))
    else:
        values = list(slb_values(balancer, looks))
    values += server_values(wanted, balancer.id, looks)
    values += queue_values(balancer.id, looks)
    for namespace, metric, value, where in values:
        dimensions = tuple(sorted({**where, "userId": wanted.account}.items()))
        series = Series(wanted.account, namespace, metric, dimensions)
        for at in cells:
            yield one(series, at, float(value))
