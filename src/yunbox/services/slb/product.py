"""The product Slb, version 2014-05-15."""

from __future__ import annotations

from yunbox.api.product import Product

slb = Product("Slb", "2014-05-15", package=__package__)
