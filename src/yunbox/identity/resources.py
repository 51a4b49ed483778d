"""What the directory keeps of identities. Secrets stand in none of their `repr`s.

Source of names and bounds: RAM API 2015-05-01 and STS API 2015-04-01.
"""

from __future__ import annotations

from yunbox.control.store_resource import Resource


class Settings(Resource, kind="ram.settings"):
    """Facts of the whole cloud, under the id `directory`; `account` is the default account."""


class Account(Resource, kind="ram.account"):
    """An account; `id` has 16 digits, `name` is its alias. `created` is in seconds since the epoch."""

    created: float


class User(Resource, kind="ram.user"):
    """A user of an account; `id` has 18 digits, `name` is the user's name, unique in the account."""

    created: float
    display_name: str = ""
    comments: str = ""


class Group(Resource, kind="ram.group"):
    """A group of users of an account; `name` is unique in the account."""

    created: float
    comments: str = ""


class Membership(Resource, kind="ram.membership"):
    """A user (`name`: its id) in a group (`parent`: its id)."""


class AccessKey(Resource, kind="ram.access_key"):
    """A long-term access key of a user (`parent`: its id), or of the account itself (`parent` empty)."""

    created: float
    secret: str
    active: bool = True

    def __repr__(self) -> str:
        return f"AccessKey({self.id})"


class CustomPolicy(Resource, kind="ram.policy"):
    """A policy of an account; `name` is unique in the account."""

    created: float
    updated: float
    document: str
    description: str = ""


class Attachment(Resource, kind="ram.attachment"):
    """A policy (`name`: its id, or `system/<name>`) attached to a user, group or role (`parent`: its id)."""

    created: float


class Role(Resource, kind="ram.role"):
    """A role; `trust` says who may assume it, `max_session` for how many seconds at most."""

    created: float
    trust: str
    max_session: int = 3600
    description: str = ""

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return f"acs:ram::{self.account}:role/{self.name}"


class Session(Resource, kind="sts.session"):
    """Temporary credentials: of a role (`parent`: its id), under a session's `name`, until `expires`."""

    secret: str
    token: str
    expires: float
    policy: str = ""
    assumed_by: str = ""

    def __repr__(self) -> str:
        return f"Session({self.id})"


CREDENTIAL_TYPES = (
    Account,
    User,
    Group,
    Membership,
    AccessKey,
    CustomPolicy,
    Attachment,
    Role,
    Session,
)
"""What a credential is made of: a change of any of them makes cached ones stale."""


def root_arn(account_id: str) -> str:
    """Return the ARN of an account itself."""
    return f"acs:ram::{account_id}:root"


def user_arn(account_id: str, name: str) -> str:
    """Return the ARN of a user."""
    return f"acs:ram::{account_id}:user/{name}"


def session_arn(account_id: str, role: str, session: str) -> str:
    """Return the ARN of a role's session."""
    return f"acs:sts::{account_id}:assumed-role/{role}/{session}"
