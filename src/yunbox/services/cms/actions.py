"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.cms.alarms import alerting, history, lifecycle, put, targets  # noqa: F401
from yunbox.services.cms.alarms import describe as rules  # noqa: F401
from yunbox.services.cms.contacts import contacts  # noqa: F401
from yunbox.services.cms.contacts import groups as contact_groups  # noqa: F401
from yunbox.services.cms.groups import groups, instances  # noqa: F401
from yunbox.services.cms.metrics import custom, describe, meta  # noqa: F401
from yunbox.services.cms.templates import apply, templates  # noqa: F401
