"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.ecs.instance_types import describe as _instance_types  # noqa: F401
from yunbox.services.ecs.regions import available_resource as _available_resource  # noqa: F401
from yunbox.services.ecs.regions import describe as _regions  # noqa: F401
