"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.slb import health as _health  # noqa: F401
from yunbox.services.slb import regions as _regions  # noqa: F401
from yunbox.services.slb import tagging as _tagging  # noqa: F401
from yunbox.services.slb.acls import describe as _acls_described  # noqa: F401
from yunbox.services.slb.acls import lists as _acls  # noqa: F401
from yunbox.services.slb.certificates import authority as _ca_certificates  # noqa: F401
from yunbox.services.slb.certificates import domains as _domain_extensions  # noqa: F401
from yunbox.services.slb.certificates import own_policies as _tls_policies  # noqa: F401
from yunbox.services.slb.certificates import server as _server_certificates  # noqa: F401
from yunbox.services.slb.groups import default as _default_group  # noqa: F401
from yunbox.services.slb.groups import describe as _groups_described  # noqa: F401
from yunbox.services.slb.groups import master_slave as _master_slave_groups  # noqa: F401
from yunbox.services.slb.groups import vserver as _vserver_groups  # noqa: F401
from yunbox.services.slb.listeners import create as _listeners  # noqa: F401
from yunbox.services.slb.listeners import describe as _listeners_described  # noqa: F401
from yunbox.services.slb.listeners import life as _listeners_life  # noqa: F401
from yunbox.services.slb.listeners import listing as _listeners_listed  # noqa: F401
from yunbox.services.slb.listeners import white_list as _white_lists  # noqa: F401
from yunbox.services.slb.load_balancers import create as _load_balancers  # noqa: F401
from yunbox.services.slb.load_balancers import describe as _load_balancers_described  # noqa: F401
from yunbox.services.slb.load_balancers import modify as _load_balancer_changes  # noqa: F401
from yunbox.services.slb.rules import describe as _rules_described  # noqa: F401
from yunbox.services.slb.rules import requests as _rules  # noqa: F401
