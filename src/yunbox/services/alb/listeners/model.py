"""What is stored of a listener."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.resource import CloudResource


class Forwarded(msgspec.Struct, frozen=True, kw_only=True):
    """What servers are told of the client: which headers a listener adds.

    `mode` is what becomes of an `X-Forwarded-For` that the client sent.
    """

    client: bool = True
    protocol: bool = False
    port: bool = False
    balancer: bool = False
    client_port: bool = False
    host: bool = False
    mode: Literal["append", "remove"] = "append"


class Listener(CloudResource, kind="alb.listener", kw_only=True):
    """A listener of the load balancer `parent`; `name` is its description.

    `running` is what was asked for. `groups` are the server groups of its default action, of which the vendor takes
    one. `certificates` are certificates' ids, the default one first; `ca_certificate` is that of a client's
    certificates' authority, which `ca_enabled` turns on. `acl_type` is empty without ACLs. Times are in seconds.
    """

    port: int
    protocol: Literal["HTTP", "HTTPS"]
    groups: tuple[str, ...]
    running: bool = True
    certificates: tuple[str, ...] = ()
    ca_enabled: bool = False
    ca_certificate: str = ""
    security_policy: str = ""
    http2: bool = True
    gzip: bool = True
    idle_timeout: int = 15
    request_timeout: int = 60
    forwarded: Forwarded = Forwarded()
    acl_type: Literal["", "White", "Black"] = ""
    acls: tuple[str, ...] = ()
