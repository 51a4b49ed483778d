"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.alb import jobs as _jobs  # noqa: F401
from yunbox.services.alb import regions as _regions  # noqa: F401
from yunbox.services.alb import tagging as _tagging  # noqa: F401
from yunbox.services.alb.acls import acls as _acls  # noqa: F401
from yunbox.services.alb.health_check_templates import templates as _templates  # noqa: F401
from yunbox.services.alb.listeners import associations as _associations  # noqa: F401
from yunbox.services.alb.listeners import describe as _listeners_described  # noqa: F401
from yunbox.services.alb.listeners import health as _health  # noqa: F401
from yunbox.services.alb.listeners import listeners as _listeners  # noqa: F401
from yunbox.services.alb.load_balancers import create as _load_balancers  # noqa: F401
from yunbox.services.alb.load_balancers import describe as _load_balancers_described  # noqa: F401
from yunbox.services.alb.load_balancers import modify as _load_balancer_changes  # noqa: F401
from yunbox.services.alb.rules import describe as _rules_described  # noqa: F401
from yunbox.services.alb.rules import rules as _rules  # noqa: F401
from yunbox.services.alb.security_policies import policies as _policies  # noqa: F401
from yunbox.services.alb.server_groups import describe as _server_groups_described  # noqa: F401
from yunbox.services.alb.server_groups import groups as _server_groups  # noqa: F401
from yunbox.services.alb.server_groups import servers as _servers  # noqa: F401
