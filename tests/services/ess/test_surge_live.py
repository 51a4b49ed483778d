"""Surge protection of real instances behind a real balancer, switched on through the vendor's SDKs."""

from __future__ import annotations

from alibabacloud_ess20220222 import models
from alibabacloud_slb20140515 import models as slb_models
from alibabacloud_slb20140515.client import Client as SlbClient
from ess_clients import Scaling
from running import RunningCloud
from services.sdk import Sdk, refusal
from test_scaling_live import Shop, Visitors, classic_balancer, configured, until


def tags(**values: str) -> list[models.CreateScalingGroupRequestTags]:
    """Return tags of a group: `surge_target` is `yunbox:surge-target`."""
    named = {f"yunbox:{name.replace('_', '-')}": value for name, value in values.items()}
    return [models.CreateScalingGroupRequestTags(key=key, value=value) for key, value in named.items()]


def test_a_surge_is_held_and_met(own_cloud: RunningCloud) -> None:
    scaling, slb = Scaling(own_cloud), Sdk(SlbClient, slb_models, configured(own_cloud))
    balancer, address = classic_balancer(own_cloud, scaling)
    protected = {"yunbox:surge-protection": "on", "yunbox:queue-seconds": "20", "yunbox:per-server": "2"}
    asked = [slb_models.TagResourcesRequestTag(key=key, value=value) for key, value in protected.items()]
    slb.do("TagResources", resource_type="instance", resource_id=[balancer], tag=asked)
    group = {"min_size": 1, "max_size": 4, "load_balancer_ids": f'["{balancer}"]'}
    shop = Shop(scaling, address, tags=tags(surge_protection="on", surge_hold="3"), **group)
    until(lambda: shop.get()[0] == 200, "the first instance serves")
    # Sixteen requests at a time are twice as many as four instances work on: half of them wait at the balancer.
    with Visitors(shop, 16) as visitors:
        until(lambda: len(shop.instances()) == 4, "the group has grown to its bound")
        serving = until(lambda: len({shop.get()[1] for _ in range(12)}) == 4, "all of them serve")
    assert serving
    assert not visitors.failed
    found = scaling.do("DescribeScalingActivities", scaling_group_id=shop.group).scaling_activities
    assert any("Surge protection" in each.cause for each in found)
    until(lambda: len(shop.instances()) == 1, "the group has shrunk again")


def test_what_the_tags_cannot_mean_is_refused(scaling: Scaling) -> None:
    assert refusal(scaling.group, tags=tags(surge_target="many")) == "InvalidTagValue.Malformed"
    group = scaling.group(tags=tags(surge_protection="on"))
    wrong = [models.TagResourcesRequestTags(key="yunbox:surge-event", value="midnight")]
    asked = {"resource_type": "scalinggroup", "resource_ids": [group]}
    assert refusal(scaling.do, "TagResources", tags=wrong, **asked) == "InvalidTagValue.Malformed"
