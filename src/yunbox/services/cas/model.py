"""What is stored of a certificate."""

from __future__ import annotations

from yunbox.api.resource import CloudResource


class Certificate(CloudResource, kind="cas.certificate", kw_only=True):
    """A certificate that was uploaded; the id is a number. `chain` and `key` are PEM.

    `not_before` and `not_after` are in seconds since the epoch. `domains` are the names that it is for.
    """

    chain: str
    key: str
    common_name: str
    domains: tuple[str, ...]
    issuer: str
    serial: str
    algorithm: str
    fingerprint: str
    not_before: float
    not_after: float
