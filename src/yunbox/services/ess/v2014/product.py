"""The product Ess, version 2014-08-28."""

from __future__ import annotations

from yunbox.api.product import Product

ess_2014 = Product("Ess", "2014-08-28", package="yunbox.services.ess.v2014")
