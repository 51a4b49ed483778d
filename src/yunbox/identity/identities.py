"""Everything the directory knows, in a transaction of its own each time or as part of one that is open."""

from __future__ import annotations

from yunbox.control.store import View
from yunbox.identity.accounts import Accounts
from yunbox.identity.attachments import Attachments
from yunbox.identity.login_profiles import LoginProfiles
from yunbox.identity.mfa_devices import MfaDevices
from yunbox.identity.policies import Policies
from yunbox.identity.registry import Joined
from yunbox.identity.roles import Roles
from yunbox.identity.tags import Tags
from yunbox.identity.users import Users


class Identities(Accounts, Users, Policies, Attachments, Roles, LoginProfiles, MfaDevices, Tags):
    """Accounts, users, groups, roles, access keys, sessions, policies and what belongs to them."""

    def joining(self, transaction: View) -> Identities:
        """Return the same, whose every step is part of an open transaction.

        A refusal must end that transaction. One that may only read makes every change a TypeError.
        """
        made = Identities(Joined(transaction), self._clock, self._ids)
        made._sweep = self._sweep
        return made
