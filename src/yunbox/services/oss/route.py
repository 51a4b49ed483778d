"""Which bucket and key a request is about, from its Host and path.

A client reaches OSS by the vendor's names (`bucket.oss-cn-hangzhou.aliyuncs.com`, through a proxy or DNS), by
the same names under `localhost`, or by any other address of the cloud, where the path names the bucket.
"""

from __future__ import annotations

import re

import msgspec

from yunbox.control.regions import REGIONS
from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures.scheme import Resource
from yunbox.services.oss.errors import invalid_argument, invalid_object_name

MAX_KEY_BYTES = 1023
_DOMAINS = (".aliyuncs.com", ".localhost")
_ENDPOINT = re.compile(
    r"(?:(?P<bucket>(?!s3\.oss-).+?)\.)?(?P<door>s3\.oss|oss|s3)-(?P<region>[a-z0-9-]+?)(?P<net>-internal|-vpc100)?"
)
_ADDRESS = re.compile(r"(?:(?P<bucket>[a-z0-9][a-z0-9-]*)\.)?(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])")


class Route(msgspec.Struct, frozen=True):
    """What a request is about.

    `region` is empty at an address that belongs to no region. `endpoint` is what the client addressed, without
    the bucket and with the port: what answers name as the endpoint. `other` is a second reading of the same
    request, tried when the signature does not fit the first (some clients send the bucket in Host and path).
    """

    bucket: str = ""
    key: str = ""
    region: str = ""
    endpoint: str = ""
    vendor: bool = False
    s3: bool = False
    other: Resource | None = None

    @property
    def resource(self) -> Resource:
        """What signatures and permissions speak of."""
        return Resource(self.bucket, self.key)


def split_host(host: str) -> tuple[str, str]:
    """Return a Host's name and its `:port` (or "")."""
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and (":" not in name or name.endswith("]")):
        return name, f":{port}"
    return host, ""


def route_of(request: Request) -> Route | None:
    """Return what the request is about, or None when its Host belongs to another product.

    Raises CloudError when the path names no possible object.
    """
    name, port = split_host(request.host)
    path = request.path
    if not path.startswith("/"):
        path = f"/{path}"
    for domain in _DOMAINS:
        if name.endswith(domain):
            return _named(name.removesuffix(domain), domain, port, path)
    if (address := _ADDRESS.fullmatch(name)) and (bucket := address["bucket"]):
        return _virtual(bucket, path, endpoint=name.removeprefix(f"{bucket}.") + port)
    return _by_path(path, endpoint=request.host)


def _named(labels: str, domain: str, port: str, path: str) -> Route | None:
    match = _ENDPOINT.fullmatch(labels)
    if match is not None and match["region"] in REGIONS:
        region, bucket, s3 = match["region"], match["bucket"] or "", match["door"] != "oss"
        endpoint = f"{labels.removeprefix(f'{bucket}.') if bucket else labels}{domain}{port}"
        vendor = domain == ".aliyuncs.com"
        if bucket:
            return _virtual(bucket, path, endpoint=endpoint, region=region, vendor=vendor, s3=s3)
        return _by_path(path, endpoint=endpoint, region=region, vendor=vendor, s3=s3)
    if match is not None and domain == ".aliyuncs.com":
        raise invalid_argument("The region of the endpoint does not exist.", "Host", labels + domain)
    if domain == ".localhost" and "." not in labels:
        return _virtual(labels, path, endpoint=f"localhost{port}")
    return None


def _virtual(
    bucket: str, path: str, *, endpoint: str, region: str = "", vendor: bool = False, s3: bool = False
) -> Route:
    other = None
    if path.startswith(f"/{bucket}/") or path == f"/{bucket}":
        other = Resource(bucket, _key(path[len(bucket) + 2 :]))
    return Route(bucket, _key(path[1:]), region, endpoint, vendor, s3, other)


def _by_path(path: str, *, endpoint: str, region: str = "", vendor: bool = False, s3: bool = False) -> Route:
    bucket, _, key = path[1:].partition("/")
    return Route(bucket, _key(key), region, endpoint, vendor, s3)


def _key(key: str) -> str:
    if len(key) > MAX_KEY_BYTES // 4 and len(key.encode("utf-8", "surrogateescape")) > MAX_KEY_BYTES:
        raise invalid_object_name(key)
    if not key.isascii():
        try:
            key.encode()
        except UnicodeEncodeError:
            raise invalid_object_name(ascii(key)) from None
    if "\0" in key:
        raise invalid_object_name(ascii(key))
    return key
