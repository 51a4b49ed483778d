"""The product Ecs, version 2014-05-26."""

from __future__ import annotations

from yunbox.api.product import Product

ecs = Product("Ecs", "2014-05-26", package=__package__, dry_run_status=412)
