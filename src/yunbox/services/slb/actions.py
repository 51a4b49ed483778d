"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.slb import health as _health  # noqa: F401
from yunbox.services.slb.groups import default as _default_group  # noqa: F401
from yunbox.services.slb.listeners import create as _listeners  # noqa: F401
from yunbox.services.slb.listeners import describe as _listeners_described  # noqa: F401
from yunbox.services.slb.listeners import life as _listeners_life  # noqa: F401
from yunbox.services.slb.load_balancers import create as _load_balancers  # noqa: F401
from yunbox.services.slb.load_balancers import describe as _load_balancers_described  # noqa: F401
