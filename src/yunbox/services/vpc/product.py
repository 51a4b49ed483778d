"""The product Vpc, version 2016-04-28."""

from __future__ import annotations

from yunbox.api.product import Product

vpc = Product("Vpc", "2016-04-28", package=__package__, hosts=("vpc", "eip"))
