"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.vpc import protection as _protection  # noqa: F401
from yunbox.services.vpc import tagging as _tagging  # noqa: F401
from yunbox.services.vpc.eips import allocate as _eips  # noqa: F401
from yunbox.services.vpc.eips import associate as _eip_bindings  # noqa: F401
from yunbox.services.vpc.eips import describe as _eips_described  # noqa: F401
from yunbox.services.vpc.eips import modify as _eip_changes  # noqa: F401
from yunbox.services.vpc.nat_gateways import describe as _nat_gateways_described  # noqa: F401
from yunbox.services.vpc.nat_gateways import gateways as _nat_gateways  # noqa: F401
from yunbox.services.vpc.nat_gateways import snat as _snat_entries  # noqa: F401
from yunbox.services.vpc.regions import describe as _regions  # noqa: F401
from yunbox.services.vpc.route_tables import describe as _route_tables_described  # noqa: F401
from yunbox.services.vpc.route_tables import entry_actions as _route_entries  # noqa: F401
from yunbox.services.vpc.route_tables import entry_list as _route_entries_listed  # noqa: F401
from yunbox.services.vpc.route_tables import tables as _route_tables  # noqa: F401
from yunbox.services.vpc.vpcs import create as _vpcs  # noqa: F401
from yunbox.services.vpc.vpcs import delete as _vpc_deletion  # noqa: F401
from yunbox.services.vpc.vpcs import describe as _vpcs_described  # noqa: F401
from yunbox.services.vpc.vpcs import modify as _vpc_changes  # noqa: F401
from yunbox.services.vpc.vpcs import routers as _vrouters  # noqa: F401
from yunbox.services.vpc.vswitches import create as _vswitches  # noqa: F401
from yunbox.services.vpc.vswitches import describe as _vswitches_described  # noqa: F401
from yunbox.services.vpc.vswitches import modify as _vswitch_changes  # noqa: F401
