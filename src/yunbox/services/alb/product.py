"""The product Alb, version 2020-06-16."""

from __future__ import annotations

from yunbox.api.product import Product

alb = Product("Alb", "2020-06-16", package=__package__)
