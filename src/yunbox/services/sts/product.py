"""The product Sts, version 2015-04-01."""

from __future__ import annotations

from yunbox.api.product import Product

sts = Product("Sts", "2015-04-01", package=__package__, regional=False, forbidden="NoPermission")
