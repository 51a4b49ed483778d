"""The parameters of listeners, as creating and changing them have in common. Source: SLB API 2014-05-15.

What is not given stays as it is; of a new listener, as `Listener` says.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from yunbox.api.shapes import Request, Tag, Text
from yunbox.services.slb.load_balancers.model import OnOff

Switch = OnOff | UnsetType
Port = Annotated[int, Meta(ge=1, le=65535)]
Scheduler = Literal["wrr", "wlc", "rr"]
Threshold = Annotated[int, Meta(ge=2, le=10)]
Interval = Annotated[int, Meta(ge=1, le=50)]
Timeout = Annotated[int, Meta(ge=1, le=300)]
CheckPort = Port | Literal[-520]
"""-520 is the vendor's way to say: the server's own port."""

Cookie = Annotated[str, Meta(pattern=r"^([^$,; \s][^,; \s]{0,199})?$")]
Domain = Annotated[str, Meta(pattern=r"^[-A-Za-z0-9.$_]{0,80}$")]
Uri = Annotated[str, Meta(pattern=r"^(/[-A-Za-z0-9/.%?#&=_~]{0,79})?$")]
CookieSeconds = Annotated[int, Meta(ge=0, le=86400)]


class ListenerSettings(Request):
    """What listeners of all protocols have."""

    load_balancer_id: str
    listener_port: Port
    description: Text = UNSET
    bandwidth: Annotated[int, Meta(ge=-1, le=5120)] | UnsetType = UNSET
    scheduler: Literal["wrr", "wlc", "rr", "sch", "tch"] | UnsetType = UNSET
    v_server_group_id: Text = UNSET
    acl_status: Switch = UNSET
    acl_type: Literal["", "white", "black"] | UnsetType = UNSET
    acl_id: Text = UNSET
    unhealthy_threshold: Threshold | UnsetType = UNSET
    healthy_threshold: Threshold | UnsetType = UNSET
    health_check_connect_port: CheckPort | UnsetType = UNSET
    health_check_domain: Domain | UnsetType = UNSET
    health_check_uri: Uri | UnsetType = field(default=UNSET, name="HealthCheckURI")
    health_check_http_code: Text = UNSET


class HttpSettings(ListenerSettings):
    """What HTTP listeners have besides."""

    sticky_session: Switch = UNSET
    sticky_session_type: Literal["", "insert", "server"] | UnsetType = UNSET
    cookie: Cookie | UnsetType = UNSET
    cookie_timeout: CookieSeconds | UnsetType = UNSET
    health_check: Switch = UNSET
    health_check_method: Literal["", "head", "get"] | UnsetType = UNSET
    health_check_interval: Interval | UnsetType = UNSET
    health_check_timeout: Timeout | UnsetType = UNSET
    gzip: Switch = UNSET
    idle_timeout: Annotated[int, Meta(ge=1, le=60)] | UnsetType = UNSET
    request_timeout: Annotated[int, Meta(ge=1, le=180)] | UnsetType = UNSET
    x_forwarded_for: Switch = UNSET
    x_forwarded_for_proto: Switch = field(default=UNSET, name="XForwardedFor_proto")
    x_forwarded_for_slb_ip: Switch = field(default=UNSET, name="XForwardedFor_SLBIP")
    x_forwarded_for_slb_id: Switch = field(default=UNSET, name="XForwardedFor_SLBID")
    x_forwarded_for_slb_port: Switch = field(default=UNSET, name="XForwardedFor_SLBPORT")
    x_forwarded_for_client_port: Switch = field(default=UNSET, name="XForwardedFor_ClientSrcPort")


class HttpsSettings(HttpSettings):
    """What HTTPS listeners have besides."""

    server_certificate_id: Text = UNSET
    ca_certificate_id: Text = field(default=UNSET, name="CACertificateId")
    tls_cipher_policy: Text = field(default=UNSET, name="TLSCipherPolicy")
    enable_http2: Switch = UNSET


class TcpSettings(ListenerSettings):
    """What TCP listeners have besides."""

    master_slave_server_group_id: Text = UNSET
    health_check_switch: Switch = UNSET
    health_check_type: Literal["tcp", "http"] | UnsetType = UNSET
    health_check_connect_timeout: Timeout | UnsetType = UNSET
    established_timeout: Annotated[int, Meta(ge=10, le=900)] | UnsetType = UNSET
    persistence_timeout: Annotated[int, Meta(ge=0, le=3600)] | UnsetType = UNSET
    connection_drain: Switch = UNSET
    connection_drain_timeout: Annotated[int, Meta(ge=10, le=900)] | UnsetType = UNSET
    proxy_protocol_v2_enabled: bool | UnsetType = UNSET


class CreateLoadBalancerHTTPListener(HttpSettings, kw_only=True):
    """Make an HTTP listener, stopped."""

    health_check: OnOff
    backend_server_port: Port | UnsetType = UNSET
    listener_forward: OnOff = "off"
    forward_port: Port | UnsetType = UNSET
    tag: list[Tag] = []


class CreateLoadBalancerHTTPSListener(HttpsSettings, kw_only=True):
    """Make an HTTPS listener, stopped."""

    health_check: OnOff
    backend_server_port: Port | UnsetType = UNSET
    tag: list[Tag] = []


class CreateLoadBalancerTCPListener(TcpSettings):
    """Make a TCP listener, stopped. `healthCheckInterval` is the vendor's spelling here alone."""

    backend_server_port: Port | UnsetType = UNSET
    health_check_interval: Interval | UnsetType = field(default=UNSET, name="healthCheckInterval")
    tag: list[Tag] = []


class SetLoadBalancerHTTPListenerAttribute(HttpSettings):
    """Change an HTTP listener."""

    v_server_group: Switch = UNSET


class SetLoadBalancerHTTPSListenerAttribute(HttpsSettings):
    """Change an HTTPS listener."""

    v_server_group: Switch = UNSET


class SetLoadBalancerTCPListenerAttribute(TcpSettings):
    """Change a TCP listener."""

    v_server_group: Switch = UNSET
    master_slave_server_group: Switch = UNSET
    health_check_interval: Interval | UnsetType = UNSET
    accepted = {"SynProxy": "the machine's own protection against floods of connections counts"}


Create = CreateLoadBalancerHTTPListener | CreateLoadBalancerHTTPSListener | CreateLoadBalancerTCPListener
