"""Records the RPC and ROA calls that the real clients would have sent; no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, quote

from alibabacloud_tea_openapi import models as tea_models
from alibabacloud_tea_openapi.client import Client as TeaClient
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest, RoaRequest, RpcRequest
from aliyunsdkcore.vendored import requests as core_requests
from darabonba.core import DaraCore
from darabonba.policy.retry import RetryOptions
from darabonba.runtime import RuntimeOptions
from hypothesis import strategies as st
from signed_requests import ACCESS_KEY, REGION, SECRET, altered, seen

from yunbox.errors import CloudError
from yunbox.gateway.http.message import Request
from yunbox.gateway.signatures.api_scheme import SCHEMES, ApiScheme, SignedRequest

HOST = "127.0.0.1:8900"
AWKWARD = "a b+c&d=e/f?g%41*~!'()中文😀\n"
FORM = "application/x-www-form-urlencoded"


class _StopError(Exception):
    pass


class _Recorder:
    """A session of requests that records in place of sending."""

    def __init__(self) -> None:
        self.sent: SignedRequest | None = None
        self.cookies: dict[str, str] = {}
        self.prepare_request = core_requests.Session().prepare_request

    def send(self, prepared: Any, **_: Any) -> Any:
        body = prepared.body or b""
        request = seen(prepared.method, prepared.url, list(prepared.headers.items()))
        request.host = request.headers.get("host").lower()
        self.sent = carrying(request, body.encode() if isinstance(body, str) else body)
        raise _StopError

    def close(self) -> None: ...


def carrying(request: Request, body: bytes = b"") -> SignedRequest:
    """Return the call as the front door hands it over."""
    is_form = request.headers.get("content-type").partition(";")[0] == FORM
    form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True) if is_form else []
    return SignedRequest(request, body, form)


def retouched(signed: SignedRequest, *, body: bytes | None = None, **changes: Any) -> SignedRequest:
    """Return a copy with another body, or what `signed_requests.altered` changes."""
    return carrying(altered(signed.request, **changes), signed.body if body is None else body)


def core_call(request: Any, token: str | None = None) -> SignedRequest:
    """Return what aliyun-python-sdk-core sends for one of its requests."""
    credential = (
        StsTokenCredential(ACCESS_KEY, SECRET, token) if token else AccessKeyCredential(ACCESS_KEY, SECRET)
    )
    client = AcsClient(region_id=REGION, credential=credential, auto_retry=False)
    client.session = recorder = _Recorder()
    request.set_endpoint(HOST)
    return _recorded(recorder, lambda: client.do_action_with_exception(request))


def core_rpc(
    query: dict[str, str],
    form: dict[str, str] | None = None,
    *,
    method: str = "GET",
    token: str | None = None,
    action: str = "DescribeInstances",
) -> SignedRequest:
    request = RpcRequest("Ecs", "2014-05-26", action)
    request.set_method(method)
    request.set_accept_format("JSON")
    for name, value in query.items():
        request.add_query_param(name, value)
    for name, value in (form or {}).items():
        request.add_body_params(name, value)
    return core_call(request, token)


def core_roa(
    path: str,
    query: dict[str, str],
    content: bytes | None = None,
    *,
    method: str = "GET",
    token: str | None = None,
    path_params: dict[str, str] | None = None,
) -> SignedRequest:
    request = RoaRequest(
        "CS", "2015-12-15", "DescribeClusters", method=method, uri_pattern=path, path_params=path_params
    )
    for name, value in query.items():
        request.add_query_param(name, value)
    if content is not None:
        request.set_content(content)
        request.set_content_type("application/json")
    return core_call(request, token)


def core_common(path: str | None = None, **fields: str) -> SignedRequest:
    request = CommonRequest(
        domain=HOST, version="2014-05-26", action_name="DescribeRegions", uri_pattern=path, product="Ecs"
    )
    request.set_method("POST")
    for name, value in fields.items():
        request.add_body_params(name, value)
    return core_call(request)


def tea_call(
    query: dict[str, str] | None = None,
    body: Any = None,
    *,
    headers: dict[str, str] | None = None,
    style: str = "RPC",
    pathname: str = "/",
    method: str = "POST",
    body_type: str = "formData",
    token: str | None = None,
    endpoint: str = HOST,
    old: bool = False,
) -> SignedRequest:
    """Return what the alibabacloud_ SDKs send; `old` is what they sent before ACS3."""
    config = tea_models.Config(
        access_key_id=ACCESS_KEY,
        access_key_secret=SECRET,
        security_token=token,
        endpoint=endpoint,
        region_id=REGION,
        protocol="http",
        signature_algorithm="v2" if old else None,
    )
    client = TeaClient(config)
    params = tea_models.Params(
        action="RunInstances",
        version="2014-05-26",
        protocol="http",
        pathname=pathname,
        method=method,
        auth_type="AK",
        style=style,
        req_body_type=body_type,
        body_type="json",
    )
    request = tea_models.OpenApiRequest(query=query or {}, body=body, headers=headers)
    recorder = _Recorder()
    runtime = RuntimeOptions(autoretry=False)
    with (
        mock.patch.object(DaraCore, "_get_session", lambda **_: recorder),
        mock.patch.object(client, "_retry_options", RetryOptions({"retryable": False}), create=True),
    ):
        return _recorded(recorder, lambda: client.call_api(params, request, runtime))


def _recorded(recorder: _Recorder, call: Callable[[], Any]) -> SignedRequest:
    try:
        call()
    except _StopError:
        pass
    except Exception as error:
        if recorder.sent is None:
            raise AssertionError("nothing was sent") from error
    assert recorder.sent is not None
    return recorder.sent


def verdict(scheme: ApiScheme, signed: SignedRequest, now: float, *, secret: str = SECRET) -> str:
    """Return `ok`, or the code of the refusal; `unsigned` when the scheme does not see its signature."""
    try:
        claim = scheme.read(signed)
        if claim is None or claim.access_key_id != ACCESS_KEY:
            return "unsigned"
        scheme.check(claim, signed, secret, now)
    except CloudError as error:
        assert secret not in str(vars(error))
        return error.code
    return "ok"


def readers(signed: SignedRequest) -> list[str]:
    """Return the names of the schemes that see their signature in a call."""
    return [claim.scheme for scheme in SCHEMES if (claim := scheme.read(signed))]


def joined(pairs: list[tuple[str, str]]) -> str:
    """Return a query or form with these pairs."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)


def changed_pairs(pairs: list[tuple[str, str]], data: Any) -> list[tuple[str, str]]:
    """Return the pairs with one of them renamed, given another value, removed or added (drawn by Hypothesis)."""
    index = data.draw(st.integers(0, len(pairs)))
    if index == len(pairs):
        return [
            *pairs,
            (data.draw(st.sampled_from(["Added", "DryRun", "a/b"])), data.draw(st.sampled_from(["", "x"]))),
        ]
    name, value = pairs[index]
    letter = data.draw(st.sampled_from("aZ9-_%+/ ~=&é"))
    options = [
        [(name, value + letter)],
        [(name, letter + value[1:] if letter != value[:1] else "z" + value)],
        [(name + letter, value)],
        [],
    ]
    return [*pairs[:index], *data.draw(st.sampled_from(options)), *pairs[index + 1 :]]
