"""What answers show of any certificate. Wire shapes: SLB API 2014-05-15."""

from __future__ import annotations

from typing import Any

from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer
from yunbox.services.slb.certificates.model import Certificate
from yunbox.services.slb.shown import milliseconds


class CertificateFields(Answer, kw_only=True):
    """What is shown of certificates of servers and of authorities alike."""

    fingerprint: str
    common_name: str
    create_time: str
    create_time_stamp: int
    expire_time: str
    expire_time_stamp: int
    resource_group_id: str


def certificate_fields(found: Certificate) -> dict[str, Any]:
    """Return the fields of `CertificateFields`."""
    return {
        "fingerprint": found.fingerprint,
        "common_name": found.common_name,
        "create_time": seconds(found.created),
        "create_time_stamp": milliseconds(found.created),
        "expire_time": seconds(found.expires),
        "expire_time_stamp": milliseconds(found.expires),
        "resource_group_id": found.resource_group,
    }
