"""The product Location, version 2015-06-12."""

from __future__ import annotations

from yunbox.api.product import Product

location = Product(
    "Location",
    "2015-06-12",
    package=__package__,
    hosts=("location", "location-readonly"),
    regional=False,
    forbidden="NoPermission",
)
