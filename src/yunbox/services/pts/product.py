"""The product PTS, version 2020-10-20."""

from __future__ import annotations

from yunbox.api.product import Product

pts = Product("PTS", "2020-10-20", package=__package__, regional=False)
