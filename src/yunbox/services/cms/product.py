"""The product Cms, version 2019-01-01."""

from __future__ import annotations

from yunbox.api.product import Product

cms = Product("Cms", "2019-01-01", package=__package__, hosts=("cms", "metrics"), regional=False)
