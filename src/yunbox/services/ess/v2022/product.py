"""The product Ess, version 2022-02-22."""

from __future__ import annotations

from yunbox.api.product import Product

ess_2022 = Product("Ess", "2022-02-22", package="yunbox.services.ess.v2022")
