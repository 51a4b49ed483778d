"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.cas import certificates as _certificates  # noqa: F401
from yunbox.services.cas import order as _order  # noqa: F401
