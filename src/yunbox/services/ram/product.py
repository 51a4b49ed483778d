"""The product Ram, version 2015-05-01."""

from __future__ import annotations

from yunbox.api.product import Product

ram = Product("Ram", "2015-05-01", package=__package__, regional=False, forbidden="NoPermission")
