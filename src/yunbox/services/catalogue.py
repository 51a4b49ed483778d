"""All RPC and ROA products, with their actions registered."""

from __future__ import annotations

from yunbox.api.product import Catalogue
from yunbox.services.ecs import actions as _ecs  # noqa: F401
from yunbox.services.ecs.product import ecs
from yunbox.services.location import actions as _location  # noqa: F401
from yunbox.services.location.product import location
from yunbox.services.ram import actions as _ram  # noqa: F401
from yunbox.services.ram.product import ram
from yunbox.services.resourcemanager import actions as _resourcemanager  # noqa: F401
from yunbox.services.resourcemanager.product import resourcemanager
from yunbox.services.sts import actions as _sts  # noqa: F401
from yunbox.services.sts.product import sts
from yunbox.services.vpc import actions as _vpc  # noqa: F401
from yunbox.services.vpc.product import vpc

CATALOGUE = Catalogue((ecs, vpc, ram, sts, location, resourcemanager))
