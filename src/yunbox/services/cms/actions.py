"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.cms.metrics import custom, describe, meta  # noqa: F401
