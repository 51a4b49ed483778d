"""What there is and how much: limits, regions, permission. Wire shapes: the SDK alibabacloud_ess20220222."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Shape
from yunbox.control.regions import CHINESE_NAMES, REGIONS
from yunbox.services.ess.configurations.create import MAX_CONFIGURATIONS
from yunbox.services.ess.groups.attached import MAX_BALANCERS, MAX_SERVER_GROUPS
from yunbox.services.ess.groups.create import MAX_GROUPS
from yunbox.services.ess.hooks.create import MAX_HOOKS
from yunbox.services.ess.notifications.configure import MAX_NOTIFICATIONS
from yunbox.services.ess.product import ess
from yunbox.services.ess.rules.create import MAX_RULES
from yunbox.services.ess.schedules.create import MAX_TASKS

MAX_SIZE = 2000


class DescribeLimitation(Request):
    """Ask how much there may be."""


class Limitation(Answer):
    """How much there may be."""

    max_number_of_scaling_groups: int = MAX_GROUPS
    max_number_of_scaling_configurations: int = MAX_CONFIGURATIONS
    max_number_of_scaling_rules: int = MAX_RULES
    max_number_of_scheduled_tasks: int = MAX_TASKS
    max_number_of_scaling_instances: int = MAX_SIZE
    max_number_of_min_size: int = MAX_SIZE
    max_number_of_max_size: int = MAX_SIZE
    max_number_of_load_balancers: int = MAX_BALANCERS
    max_number_of_v_server_groups: int = field(name="MaxNumberOfVServerGroups", default=MAX_SERVER_GROUPS)
    max_number_of_alb_server_group: int = MAX_SERVER_GROUPS
    max_number_of_lifecycle_hooks: int = MAX_HOOKS
    max_number_of_notification_configurations: int = MAX_NOTIFICATIONS


class DescribeRegions(Request):
    """Ask for all regions."""

    accept_language: Literal["", "zh-CN", "en-US", "zh", "en"] = ""


class RegionShown(Shape):
    """A region."""

    region_id: str
    local_name: str
    region_endpoint: str
    classic_unavailable: bool = True
    vpc_unavailable: bool = False


class RegionsDescribed(Answer):
    """All regions."""

    regions: list[RegionShown]


class VerifyAuthentication(Request):
    """Ask whether the account may use Auto Scaling."""

    accepted = {
        "OnlyCheck": "the account need not be asked for anything",
        "Uid": "the account is the caller's",
    }


class VerifyUser(Request):
    """Ask whether the account may use Auto Scaling."""


@ess.action(DescribeLimitation, on="*")
def describe_limitation(request: DescribeLimitation, call: Call) -> Limitation:
    """Answer how much there may be."""
    return Limitation()


@ess.action(DescribeRegions, on="*")
def describe_regions(request: DescribeRegions, call: Call) -> RegionsDescribed:
    """Answer all regions; the endpoint is the vendor's name, or the address that was used."""
    names = REGIONS if request.accept_language.startswith("en") else CHINESE_NAMES
    return RegionsDescribed(
        regions=[
            RegionShown(
                region_id=id_,
                local_name=name,
                region_endpoint=f"ess.{id_}.aliyuncs.com" if call.vendor else call.endpoint,
            )
            for id_, name in names.items()
        ]
    )


@ess.action(VerifyAuthentication, on="*", access="read")
def verify_authentication(request: VerifyAuthentication, call: Call) -> Empty:
    """Answer that it may."""
    return Empty()


@ess.action(VerifyUser, on="*", access="read")
def verify_user(request: VerifyUser, call: Call) -> Empty:
    """Answer that it may."""
    return Empty()
