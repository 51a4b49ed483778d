"""The metrics that are measured, by the vendor's names.

Source: CloudMonitor documentation, "Metrics" (ECS, SLB, ALB). What is not here is not measured.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

SAMPLED_SECONDS = 15
"""So often everything is measured, on the cloud's clock."""

ECS = "acs_ecs_dashboard"
SLB = "acs_slb_dashboard"
ALB = "acs_alb"
BACKENDS = "yunbox_backend_server"
"""Each server behind a balancer, by itself: yunbox's own namespace, the vendor measures no such thing."""

QUEUES = "yunbox_balancer_queue"
"""What waits before the servers of a balancer, and what is refused; yunbox's own, too."""

SURGE = "yunbox_surge"
"""What surge protection sees and decides, once a second; yunbox's own, too."""

LOADS = "yunbox_scaling_group"
"""What the instances of a scaling group bear together; yunbox's own, too. Its metrics are named as the rules' are."""

USUAL = ("Average", "Minimum", "Maximum")
VALUE = ("Value", *USUAL)


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A metric: its unit, the names of its dimensions, and which statistics answers show."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[str, ...]
    description: str
    statistics: tuple[str, ...] = USUAL


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A namespace: the product it is of, as alarms call it."""

    namespace: str
    product: str
    category: str
    description: str


PROJECTS = (
    Project(namespace=ALB, product="ALB", category="alb", description="Application Load Balancer"),
    Project(namespace=ECS, product="ECS", category="ecs", description="Elastic Compute Service"),
    Project(namespace=SLB, product="SLB", category="slb", description="Classic Load Balancer"),
    Project(
        namespace=BACKENDS, product="yunbox", category="yunbox", description="Servers behind load balancers"
    ),
    Project(namespace=QUEUES, product="yunbox", category="yunbox", description="Queues of load balancers"),
    Project(namespace=SURGE, product="yunbox", category="yunbox", description="Surge protection"),
    Project(namespace=LOADS, product="yunbox", category="yunbox", description="Loads of scaling groups"),
)

_INSTANCE = ("userId", "instanceId")
_DEVICE = (*_INSTANCE, "device")
_PORT = (*_INSTANCE, "port", "protocol", "vip")
_BALANCER = ("userId", "loadBalancerId")
_LISTENER = (*_BALANCER, "listenerProtocol", "listenerPort")
_GROUP = (*_LISTENER, "serverGroupId")
_BACKEND = ("userId", "loadBalancerId", "serverGroupId", "serverId", "port")


def _metrics(
    namespace: str, dimensions: tuple[str, ...], table: str, statistics: tuple[str, ...] = USUAL
) -> Iterable[Metric]:
    for line in table.strip().splitlines():
        name, unit, description = (each.strip() for each in line.split("|"))
        yield Metric(
            namespace=namespace,
            name=name,
            unit=unit,
            dimensions=dimensions,
            description=description,
            statistics=statistics,
        )


_ECS = """
CPUUtilization | % | processor time used, of that of all vCPUs
IntranetInRate | bit/s | received by all network interfaces
IntranetOutRate | bit/s | sent by all network interfaces
concurrentConnections | count | TCP connections
cpu_total | % | processor time used, of that of all vCPUs
cpu_idle | % | processor time not used
load_1m | - | threads that run or want to, over one minute
load_5m | - | threads that run or want to, over five minutes
load_15m | - | threads that run or want to, over fifteen minutes
memory_totalspace | byte | memory of the instance type
memory_usedspace | byte | memory used
memory_actualusedspace | byte | memory used
memory_freespace | byte | memory not used
memory_usedutilization | % | memory used, of all
memory_freeutilization | % | memory not used, of all
"""

_ECS_DEVICE = """
networkin_rate | bit/s | received by a network interface
networkout_rate | bit/s | sent by a network interface
networkin_packages | count/s | packets received by a network interface
networkout_packages | count/s | packets sent by a network interface
diskusage_total | byte | size of a disk
diskusage_used | byte | what files take of a disk
diskusage_free | byte | what is left of a disk
diskusage_utilization | % | what files take of a disk, of its size
"""

_SLB_PORT = """
ActiveConnection | count | connections
MaxConnection | count | connections
NewConnection | count/s | new connections
DropConnection | count/s | connections refused
TrafficRXNew | bit/s | received
TrafficTXNew | bit/s | sent
HeathyServerCount | count | healthy servers
UnhealthyServerCount | count | servers that are not healthy
Qps | count/s | requests
Rt | ms | time until the answer
StatusCode2xx | count/s | answers
StatusCode3xx | count/s | answers
StatusCode4xx | count/s | answers
StatusCode5xx | count/s | answers
StatusCodeOther | count/s | answers of other classes
UpstreamCode4xx | count/s | answers of servers
UpstreamCode5xx | count/s | answers of servers
UpstreamRt | ms | time until a server's answer
"""

_SLB_INSTANCE = """
InstanceActiveConnection | count | connections
InstanceMaxConnection | count | connections
InstanceNewConnection | count/s | new connections
InstanceDropConnection | count/s | connections refused
InstanceTrafficRX | bit/s | received
InstanceTrafficTX | bit/s | sent
InstanceQps | count/s | requests
InstanceRt | ms | time until the answer
InstanceStatusCode2xx | count/s | answers
InstanceStatusCode3xx | count/s | answers
InstanceStatusCode4xx | count/s | answers
InstanceStatusCode5xx | count/s | answers
InstanceStatusCodeOther | count/s | answers of other classes
InstanceUpstreamCode4xx | count/s | answers of servers
InstanceUpstreamCode5xx | count/s | answers of servers
InstanceUpstreamRt | ms | time until a server's answer
"""

_ALB_EACH = """
ActiveConnection | count | connections
MaxConnection | count | connections
NewConnection | count/s | new connections
RejectedConnection | count/s | connections refused
InBits | bit/s | received
OutBits | bit/s | sent
QPS | count/s | requests
UpstreamResponseTime | ms | time until a server's answer
HTTPCode2XX | count/s | answers
HTTPCode3XX | count/s | answers
HTTPCode4XX | count/s | answers
HTTPCode5XX | count/s | answers
HTTPCodeUpstream2XX | count/s | answers of servers
HTTPCodeUpstream3XX | count/s | answers of servers
HTTPCodeUpstream4XX | count/s | answers of servers
HTTPCodeUpstream5XX | count/s | answers of servers
UpstreamConnectionError | count/s | failed connections to servers
HealthyHostCount | count | healthy servers
UnHealthyHostCount | count | servers that are not healthy
"""

_ALB_GROUP = """
ServerGroupQPS | count/s | requests
ServerGroupUpstreamResponseTime | ms | time until a server's answer
ServerGroupHTTPCodeUpstream2XX | count/s | answers of servers
ServerGroupHTTPCodeUpstream3XX | count/s | answers of servers
ServerGroupHTTPCodeUpstream4XX | count/s | answers of servers
ServerGroupHTTPCodeUpstream5XX | count/s | answers of servers
ServerGroupUpstreamConnectionError | count/s | failed connections to servers
ServerGroupHealthyHostCount | count | healthy servers
ServerGroupUnHealthyHostCount | count | servers that are not healthy
"""

_SERVER = """
Qps | count/s | requests
ActiveConnection | count | requests (TCP: connections) under way
NewConnection | count/s | new connections
Rt | ms | time until its answer
StatusCode2xx | count/s | answers
StatusCode3xx | count/s | answers
StatusCode4xx | count/s | answers
StatusCode5xx | count/s | answers
ConnectionError | count/s | failed connections
TrafficRX | bit/s | sent to it
TrafficTX | bit/s | received from it
"""

_QUEUE = """
Queued | count | requests that wait for a server
Shed | count/s | requests refused with 503 after their time in the queue, or because it was full
"""

_SURGE = """
rate | count/s | requests that come
active | count | requests at servers
queued | count | requests that wait
load | count | the load, in requests at a time
expected | count | the load that is expected, in requests at a time
ready | count | instances that serve
desired | count | instances that are asked for
per_server | count | requests at a time for each instance
panic | - | whether it is panic
startup | s | how long an instance takes to start
"""

_LOADS = """
CpuUtilization | % | processor time used, of one instance's, by all together
IntranetRx | KB/min | received by all together
IntranetTx | KB/min | sent by all together
"""


def _alb(prefix: str) -> str:
    return "\n".join(prefix + line for line in _ALB_EACH.strip().splitlines())


METRICS: dict[tuple[str, str], Metric] = {
    (each.namespace, each.name): each
    for each in (
        *_metrics(ECS, _INSTANCE, _ECS),
        *_metrics(ECS, _DEVICE, _ECS_DEVICE),
        *_metrics(ECS, (*_INSTANCE, "state"), "net_tcpconnection | count | TCP connections by their state"),
        *_metrics(SLB, _PORT, _SLB_PORT),
        *_metrics(SLB, _INSTANCE, _SLB_INSTANCE),
        *_metrics(ALB, _BALANCER, _alb("LoadBalancer"), VALUE),
        *_metrics(ALB, _LISTENER, _alb("Listener"), VALUE),
        *_metrics(ALB, _GROUP, _ALB_GROUP, VALUE),
        *_metrics(BACKENDS, _BACKEND, _SERVER),
        *_metrics(QUEUES, ("userId", "loadBalancerId", "backend"), _QUEUE),
        *_metrics(SURGE, ("groupId",), _SURGE),
        *_metrics(LOADS, ("scalingGroupId",), _LOADS),
    )
}

NAMESPACES = frozenset(each.namespace for each in METRICS.values())


def custom(account: str) -> str:
    """Return the namespace of an account's own metrics."""
    return f"acs_customMetric_{account}"


def statistics_of(namespace: str, name: str) -> tuple[str, ...]:
    """Return which statistics a metric has."""
    found = METRICS.get((namespace, name))
    return found.statistics if found is not None else (*USUAL, "Sum", "SampleCount", "Value")
