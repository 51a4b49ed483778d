"""The product ResourceManager, version 2020-03-31."""

from __future__ import annotations

from yunbox.api.product import Product

resourcemanager = Product(
    "ResourceManager",
    "2020-03-31",
    package=__package__,
    ram="ram",
    hosts=("resourcemanager",),
    regional=False,
    forbidden="NoPermission",
)
