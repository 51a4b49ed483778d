"""The modules that hold the actions of Ess: importing this registers them, in both versions."""

from __future__ import annotations

import yunbox.services.ess.account.bounds
import yunbox.services.ess.account.tags
import yunbox.services.ess.activities.describe
import yunbox.services.ess.alarms.create
import yunbox.services.ess.alarms.describe
import yunbox.services.ess.configurations.create
import yunbox.services.ess.configurations.delete
import yunbox.services.ess.configurations.describe
import yunbox.services.ess.groups.attach
import yunbox.services.ess.groups.create
import yunbox.services.ess.groups.describe
import yunbox.services.ess.groups.lifecycle
import yunbox.services.ess.groups.modify
import yunbox.services.ess.hooks.create
import yunbox.services.ess.hooks.describe
import yunbox.services.ess.hooks.held
import yunbox.services.ess.members.attach
import yunbox.services.ess.members.attributes
import yunbox.services.ess.members.describe
import yunbox.services.ess.members.leave
import yunbox.services.ess.members.standby
import yunbox.services.ess.notifications.configure
import yunbox.services.ess.refreshes.actions
import yunbox.services.ess.refreshes.describe
import yunbox.services.ess.rules.create
import yunbox.services.ess.rules.describe
import yunbox.services.ess.rules.execute
import yunbox.services.ess.rules.foretold
import yunbox.services.ess.schedules.create
import yunbox.services.ess.schedules.describe  # noqa: F401
