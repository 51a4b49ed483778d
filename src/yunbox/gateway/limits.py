"""What one client may ask of the front door. Every input has a bound here."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """Bounds on a connection and its requests: sizes in bytes, times in seconds."""

    head_bytes: int = 64 * 1024
    header_count: int = 256
    pipelined: int = 16
    body_buffer: int = 2 * 1024 * 1024
    head_seconds: float = 20.0
    idle_seconds: float = 75.0
    body_idle_seconds: float = 60.0
    write_idle_seconds: float = 60.0
    linger_seconds: float = 30.0
    connections: int = 10_000
    tunnels: int = 512
    tunnel_connect_seconds: float = 20.0
    tunnel_idle_seconds: float = 3600.0


DEFAULT_LIMITS = Limits()

MAX_XML_BODY = 4 * 1024 * 1024
"""The longest XML or JSON document that is read into memory."""
