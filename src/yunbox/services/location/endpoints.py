"""DescribeEndpoints: where a product is reached. Clients ask it once a product and region.

The answer's field is spelt `SerivceCode`: that is what the vendor sends and the clients read.
Source: aliyun-python-sdk-core `LocalConfigRegionalEndpointResolver`, alibaba-cloud-sdk-go `location_resolver.go`.
"""

from __future__ import annotations

import re

import msgspec

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.control.regions import REGIONS
from yunbox.errors import CloudError
from yunbox.services.location.product import location

_NAMES = {
    "cms": "metrics.{region}.aliyuncs.com",
    "oss": "oss-{region}.aliyuncs.com",
    "ram": "ram.aliyuncs.com",
    "resourcemanager": "resourcemanager.aliyuncs.com",
}
"""The names of endpoints that are not `<product>.<region>.aliyuncs.com`."""

_SERVICE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class DescribeEndpoints(Request):
    """Ask for the endpoints of a product in the region `id`."""

    id: str
    service_code: str
    type: str = "openAPI"
    namespace: str = ""


class Protocols(Shape):
    """The protocols of an endpoint."""

    protocols: list[str]


class Endpoint(Shape):
    """One endpoint."""

    protocols: Protocols
    type: str
    namespace: str
    id: str
    service_code: str = msgspec.field(name="SerivceCode")
    endpoint: str


class EndpointList(Shape):
    """The wrapping of a list of endpoints."""

    endpoint: list[Endpoint]


class EndpointsDescribed(Answer):
    """Where the product is."""

    endpoints: EndpointList
    success: bool = True


# Nothing is authorised: the vendor answers this to everybody who has a key.
@location.action(DescribeEndpoints, on="")
def describe_endpoints(request: DescribeEndpoints, call: Call) -> EndpointsDescribed:
    """Answer with the vendor's name to who came by a vendor's name, else with the address that was used."""
    if request.id not in REGIONS:
        raise CloudError("InvalidRegionId", 400, "The specified region does not exist: check Id.")
    if not _SERVICE.fullmatch(request.service_code):
        raise invalid_parameter("ServiceCode", "letters, digits and hyphens are expected")
    code = request.service_code.lower()
    name = _NAMES.get(code, f"{code}.{{region}}.aliyuncs.com").format(region=request.id)
    found = Endpoint(
        protocols=Protocols(protocols=["HTTP", "HTTPS"]),
        type=request.type,
        namespace=request.namespace,
        id=request.id,
        service_code=code,
        endpoint=name if call.vendor else call.endpoint,
    )
    return EndpointsDescribed(endpoints=EndpointList(endpoint=[found]))
