"""The product Cas, version 2020-04-07."""

from __future__ import annotations

from yunbox.api.product import Product

cas = Product("Cas", "2020-04-07", package=__package__, ram="yundun-cert", regional=False)
