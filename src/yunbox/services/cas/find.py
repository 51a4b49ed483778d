"""How other products name certificates: by the number and the region of the certificate service."""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.control.regions import REGIONS
from yunbox.control.store import View
from yunbox.services.cas.model import Certificate


def identifier_of(id_: str, region: str = "cn-hangzhou") -> str:
    """Return how load balancers name a certificate: `12345-cn-hangzhou`."""
    return f"{id_}-{region}"


def find_certificate(view: View, account: str, identifier: str) -> Certificate | None:
    """Return an account's certificate by the name that load balancers use, or None."""
    id_, _, region = identifier.partition("-")
    if not id_ or len(id_) > 20 or region not in REGIONS:
        return None
    found = view.get(Certificate, id_)
    return found if found is not None and found.account == account else None


def certificate_of(call: Call, identifier: str) -> Certificate | None:
    """Return the caller's certificate by the name that load balancers use, or None."""
    return find_certificate(call.view, call.account, identifier)
