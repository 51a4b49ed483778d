"""The scaling configuration as it is stored. Wire shapes: ESS API 2022-02-22 (and 2014-08-28)."""

from __future__ import annotations

from typing import Any

import msgspec

from yunbox.api.resource import CloudResource


class InstanceTypeChoice(msgspec.Struct, frozen=True, kw_only=True):
    """An instance type that a configuration may use; the first is tried first."""

    instance_type: str
    weighted_capacity: int | None = None
    spot_price_limit: float | None = None


class ScalingConfiguration(CloudResource, kind="ess.configuration", kw_only=True):
    """How instances of a group are made; `parent` is the group, which names its active configuration.

    `launch` are parameters of Ecs RunInstances by their wire names, without the vSwitch, the zone, the instance type,
    the password and the tags: whoever makes an instance adds those. `tags` go onto the instances. `password` is the
    hash that `Instance.password` is to be, empty for none. `image_name`, `system_disk_categories` and
    `security_enhancement` are there to be shown; what counts stands in `launch`.
    """

    types: tuple[InstanceTypeChoice, ...] = ()
    launch: dict[str, Any] = {}
    image_name: str = ""
    system_disk_categories: tuple[str, ...] = ()
    weight: int = 50
    password: str = ""
    security_enhancement: str = ""
