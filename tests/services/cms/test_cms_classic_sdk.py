"""The same through the vendor's older SDK (RPC, signature V1), where it differs."""

from __future__ import annotations

import json

import pytest
from aliyunsdkcms.request.v20190101.DeleteMetricRulesRequest import DeleteMetricRulesRequest
from aliyunsdkcms.request.v20190101.DescribeMetricLastRequest import DescribeMetricLastRequest
from aliyunsdkcms.request.v20190101.DescribeMetricRuleListRequest import DescribeMetricRuleListRequest
from aliyunsdkcms.request.v20190101.PutCustomMetricRequest import PutCustomMetricRequest
from aliyunsdkcms.request.v20190101.PutResourceMetricRuleRequest import PutResourceMetricRuleRequest
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import AcsRequest
from cms_clients import own
from running import RunningCloud
from services.sdk import REGION


@pytest.fixture
def client(cloud: RunningCloud) -> AcsClient:
    """The older SDK, as root of the shared cloud."""
    return AcsClient(*cloud.keys, REGION)


def ask(cloud: RunningCloud, client: AcsClient, request: AcsRequest) -> dict[str, object]:
    """Send a request and return the answer."""
    request.set_endpoint(f"127.0.0.1:{cloud.state['port']}")
    request.set_accept_format("JSON")
    return dict(json.loads(client.do_action_with_exception(request)))


def test_custom_metrics(cloud: RunningCloud, client: AcsClient) -> None:
    metric = own("classic")
    put = PutCustomMetricRequest()
    put.set_MetricLists(
        [
            {
                "GroupId": "7",
                "MetricName": metric,
                "Dimensions": '{"host":"a"}',
                "Type": "0",
                "Values": '{"value":2.5}',
            }
        ]
    )
    assert ask(cloud, client, put)["Code"] == "200"
    last = DescribeMetricLastRequest()
    last.set_Namespace(f"acs_customMetric_{cloud.state['account']}")
    last.set_MetricName(metric)
    answer = ask(cloud, client, last)
    assert answer["Success"] is True
    (point,) = json.loads(str(answer["Datapoints"]))
    assert (point["Average"], point["groupId"]) == (2.5, "7")


def test_a_rule(cloud: RunningCloud, client: AcsClient) -> None:
    rule = own("classic-rule")
    put = PutResourceMetricRuleRequest()
    put.set_RuleId(rule)
    put.set_RuleName(rule)
    put.set_Namespace("acs_ecs_dashboard")
    put.set_MetricName("cpu_total")
    put.set_Resources('[{"resource":"_ALL"}]')
    put.set_ContactGroups("ops")
    put.set_EscalationsCriticalComparisonOperator("GreaterThanThreshold")
    put.set_EscalationsCriticalStatistics("Average")
    put.set_EscalationsCriticalThreshold("90")
    put.set_EscalationsCriticalTimes(3)
    assert ask(cloud, client, put)["Success"] is True
    listing = DescribeMetricRuleListRequest()
    listing.set_RuleIds(rule)
    answer = ask(cloud, client, listing)
    (found,) = answer["Alarms"]["Alarm"]  # type: ignore[index]
    assert found["Escalations"]["Critical"]["Threshold"] == "90"
    assert found["Resources"] == '[{"resource":"_ALL"}]'
    gone = DeleteMetricRulesRequest()
    gone.set_Ids([rule])
    assert ask(cloud, client, gone)["Success"] is True
