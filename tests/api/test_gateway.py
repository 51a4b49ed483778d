"""The gateway of the RPC and ROA products, through the classic core SDK and plain HTTP."""

from __future__ import annotations

import base64
import hmac
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from running import RunningCloud

VPC, ECS, STS = "2016-04-28", "2014-05-26", "2015-04-01"


@pytest.fixture(scope="session")
def client(cloud: RunningCloud) -> AcsClient:
    """The classic SDK, as root."""
    return AcsClient(*cloud.keys, "cn-hangzhou", auto_retry=False)


class Asking:
    """Asks for actions by name."""

    def __init__(self, client: AcsClient, cloud: RunningCloud) -> None:
        self.client = client
        self.domain = urlsplit(cloud.endpoint).netloc

    def request(self, version: str, action: str, **parameters: Any) -> CommonRequest:
        made = CommonRequest(domain=self.domain, version=version, action_name=action)
        made.set_method("POST")
        made.set_protocol_type("http")
        for name, value in parameters.items():
            made.add_query_param(name.replace("__", "."), value)
        return made

    def __call__(self, version: str, action: str, **parameters: Any) -> Any:
        answer = self.client.do_action_with_exception(self.request(version, action, **parameters))
        return json.loads(answer)

    def refused(self, version: str, action: str, **parameters: Any) -> ServerException:
        with pytest.raises(ServerException) as caught:
            self(version, action, **parameters)
        return caught.value


@pytest.fixture(scope="session")
def ask(client: AcsClient, cloud: RunningCloud) -> Asking:
    return Asking(client, cloud)


def vpcs(ask: Asking, name: str) -> list[dict[str, Any]]:
    return list(ask(VPC, "DescribeVpcs", VpcName=name)["Vpcs"]["Vpc"])


def test_a_request_is_done_once_for_its_client_token(ask: Asking) -> None:
    given = {"VpcName": "token-once", "CidrBlock": "10.0.0.0/8", "ClientToken": "token-once"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(VPC, "CreateVpc", **given), range(4)))
    assert len({each["VpcId"] for each in answers}) == 1
    assert len({each["RequestId"] for each in answers}) == 4
    assert len(vpcs(ask, "token-once")) == 1


def test_a_client_token_holds_for_its_parameters_and_region(ask: Asking) -> None:
    given = {"VpcName": "token-other", "CidrBlock": "10.0.0.0/8", "ClientToken": "token-other"}
    first = ask(VPC, "CreateVpc", **given)
    error = ask.refused(VPC, "CreateVpc", **given | {"Description": "another"})
    assert error.error_code == "IdempotentParameterMismatch"
    elsewhere = ask(VPC, "CreateVpc", **given, RegionId="us-west-1")
    assert elsewhere["VpcId"] != first["VpcId"]


@pytest.mark.parametrize("token", ["x" * 65, "white space", "中文"])
def test_a_client_token_is_short_and_plain(ask: Asking, token: str) -> None:
    error = ask.refused(VPC, "CreateVpc", VpcName="token-bad", ClientToken=token)
    assert error.error_code == "InvalidParameter"
    assert not vpcs(ask, "token-bad")


def test_a_dry_run_checks_and_does_nothing(ask: Asking) -> None:
    good = {"VpcName": "dry", "CidrBlock": "10.0.0.0/8", "DryRun": "true"}
    assert ask.refused(VPC, "CreateVpc", **good).error_code == "DryRunOperation"
    assert ask.refused(VPC, "CreateVpc", **good | {"CidrBlock": "10.0.0.0"}).error_code != "DryRunOperation"
    assert not vpcs(ask, "dry")
    assert ask.refused(ECS, "DescribeRegions", DryRun="True").http_status == 412


def signed_url(cloud: RunningCloud, version: str, action: str, **parameters: str) -> str:
    """Return the URL of an action, signed by hand: the SDKs ask for JSON alone and sign anew each time."""
    key, secret = cloud.keys
    given = {
        "Action": action,
        "Version": version,
        "AccessKeyId": key,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": str(uuid.uuid4()),
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **parameters,
    }
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(given.items())
    )
    text = f"GET&%2F&{quote(query, safe='')}"
    signature = base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), "sha1")).decode()
    return f"{cloud.endpoint}/?{query}&Signature={quote(signature, safe='')}"


def refusal_of(url: str) -> HTTPError:
    with pytest.raises(HTTPError) as caught:
        urlopen(url, timeout=10)
    return caught.value


@pytest.mark.parametrize("asked", [{}, {"Format": "XML"}, {"Format": "xml"}])
def test_answers_and_refusals_in_xml(cloud: RunningCloud, asked: dict[str, str]) -> None:
    answer = ElementTree.parse(
        urlopen(signed_url(cloud, ECS, "DescribeRegions", **asked), timeout=10)
    ).getroot()
    assert answer.tag == "DescribeRegionsResponse"
    assert answer[0].tag == "RequestId"
    assert "us-west-1" in [each.text for each in answer.findall("Regions/Region/RegionId")]
    refused = refusal_of(signed_url(cloud, ECS, "DescribeNothing", **asked))
    document = ElementTree.fromstring(refused.read())
    assert (refused.status, document.tag, document.findtext("Code")) == (
        404,
        "Error",
        "InvalidAction.NotFound",
    )
    assert document.findtext("RequestId")


def test_the_same_signed_request_passes_once(cloud: RunningCloud) -> None:
    url = signed_url(cloud, STS, "GetCallerIdentity", Format="JSON")
    assert json.load(urlopen(url, timeout=10))["AccountId"]
    # Each connection may reach another worker.
    assert {json.loads(refusal_of(url).read())["Code"] for _ in range(8)} == {"SignatureNonceUsed"}


def test_what_is_missing_is_refused_by_name(ask: Asking) -> None:
    error = ask.refused(ECS, "CreateHpcCluster", Name="x")
    assert (error.error_code, error.http_status) == ("InvalidAction.NotImplemented", 400)
    assert "CreateHpcCluster" in error.message
    error = ask.refused(ECS, "DescribeInstanceTypes", MinimumGPUAmount="1")
    assert (error.error_code, error.http_status) == ("InvalidParameter.NotImplemented", 400)
    assert "MinimumGPUAmount" in error.message
    assert ask(ECS, "DescribeRegions", NobodyKnowsThis="x")["Regions"]
    assert ask.refused("1999-01-01", "DescribeRegions").error_code == "InvalidVersion"
    assert ask.refused(ECS, "DescribeZones", RegionId="xx-nowhere-1").error_code == "InvalidRegionId.NotFound"


def test_regions_are_separate(ask: Asking) -> None:
    made = ask(VPC, "CreateVpc", VpcName="apart", CidrBlock="10.0.0.0/8", RegionId="us-east-1")
    assert not vpcs(ask, "apart")
    assert ask.refused(VPC, "DeleteVpc", VpcId=made["VpcId"]).error_code == "InvalidVpcId.NotFound"
    ask(VPC, "DeleteVpc", VpcId=made["VpcId"], RegionId="us-east-1")


def test_an_unsigned_request_is_refused(cloud: RunningCloud) -> None:
    for query in (
        "Action=DescribeRegions&Version=2014-05-26",
        "Action=CreateVpc&Version=2016-04-28&Format=JSON",
    ):
        with pytest.raises(Exception, match="HTTP Error 4") as caught:
            urlopen(Request(f"{cloud.endpoint}/?{query}"), timeout=10)
        assert json.loads(caught.value.read())["Code"].startswith("Missing")  # type: ignore[attr-defined]


def test_a_wrong_key_and_a_wrong_secret_are_refused(cloud: RunningCloud) -> None:
    key, secret = cloud.keys
    unknown = Asking(AcsClient("LTAI5tNobodyHasThisKey00", secret, "cn-hangzhou"), cloud)
    assert unknown.refused(STS, "GetCallerIdentity").error_code == "InvalidAccessKeyId.NotFound"
    wrong = Asking(AcsClient(key, "x" * 30, "cn-hangzhou"), cloud)
    # The SDK compares what the server signed with what it signed itself, and finds that the secret differs.
    assert wrong.refused(STS, "GetCallerIdentity").error_code in (
        "SignatureDoesNotMatch",
        "InvalidAccessKeySecret",
    )


def test_where_a_product_is(ask: Asking) -> None:
    answer = ask("2015-06-12", "DescribeEndpoints", Id="cn-beijing", ServiceCode="ecs", Type="openAPI")
    (found,) = answer["Endpoints"]["Endpoint"]
    assert (found["SerivceCode"], found["Endpoint"]) == ("ecs", ask.domain)
    assert ask.refused("2015-06-12", "DescribeEndpoints", Id="nowhere", ServiceCode="ecs").http_status == 400


def test_hostile_bodies_are_refused(cloud: RunningCloud) -> None:
    bodies = {
        "too large": b"A=" + b"x" * (5 * 1024 * 1024),
        "too many": b"&".join(b"p%d=1" % number for number in range(5000)),
        "no text": b"Action=%ff%fe",
    }
    for body in bodies.values():
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        with pytest.raises(OSError, match=r"HTTP Error 4|reset|Broken pipe"):
            urlopen(Request(cloud.endpoint, body, form), timeout=20)
    assert json.load(urlopen(f"{cloud.endpoint}/_yunbox/health", timeout=10))["status"] == "ok"
