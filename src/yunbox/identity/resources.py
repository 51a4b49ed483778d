"""What the directory keeps of identities. Secrets stand in none of their `repr`s.

Source of names and bounds: RAM API 2015-05-01 and STS API 2015-04-01. Times are in seconds since the epoch;
`updated` is 0 for what was never changed.
"""

from __future__ import annotations

import msgspec

from yunbox.control.store_resource import Resource


class Settings(Resource, kind="ram.settings"):
    """Facts of the whole cloud, under the id `directory`; `account` is the default account."""


class Account(Resource, kind="ram.account"):
    """An account; `id` has 16 digits, `name` is its alias."""

    created: float


class User(Resource, kind="ram.user"):
    """A user of an account; `id` has 18 digits, `name` is the user's name, unique in the account."""

    created: float
    display_name: str = ""
    comments: str = ""
    mobile_phone: str = ""
    email: str = ""
    updated: float = 0.0
    tags: dict[str, str] = {}

    @property
    def arn(self) -> str:
        """The user's ARN."""
        return user_arn(self.account, self.name)


class Group(Resource, kind="ram.group"):
    """A group of users of an account; `name` is unique in the account."""

    created: float
    comments: str = ""
    updated: float = 0.0


class Membership(Resource, kind="ram.membership"):
    """A user (`name`: its id) in a group (`parent`: its id)."""

    created: float = 0.0


class AccessKey(Resource, kind="ram.access_key"):
    """A long-term access key of a user (`parent`: its id), or of the account itself (`parent` empty)."""

    created: float
    secret: str
    active: bool = True

    def __repr__(self) -> str:
        return f"AccessKey({self.id})"


class PolicyVersion(msgspec.Struct, frozen=True):
    """One version of a policy; `v<number>` is its id."""

    number: int
    document: str
    created: float


class CustomPolicy(Resource, kind="ram.policy"):
    """A policy of an account; `name` is unique in the account.

    `document` is that of the default version, the one in force; `others` are the versions beside it. Their
    numbers are never used again: `newest_version` is the highest there has been.
    """

    created: float
    updated: float
    document: str
    description: str = ""
    default_version: int = 1
    default_created: float = 0.0
    newest_version: int = 1
    others: tuple[PolicyVersion, ...] = ()
    tags: dict[str, str] = {}

    @property
    def versions(self) -> list[PolicyVersion]:
        """All versions, oldest first."""
        default = PolicyVersion(self.default_version, self.document, self.default_created or self.created)
        return sorted((default, *self.others), key=lambda each: each.number)


class Attachment(Resource, kind="ram.attachment"):
    """A policy (`name`: its id, or `system/<name>`) attached to a user, group or role (`parent`: its id)."""

    created: float


class Role(Resource, kind="ram.role"):
    """A role; `trust` says who may assume it, `max_session` for how many seconds at most."""

    created: float
    trust: str
    max_session: int = 3600
    description: str = ""
    updated: float = 0.0
    tags: dict[str, str] = {}

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


class LoginProfile(Resource, kind="ram.login_profile"):
    """How a user (`id` and `parent`: its id) would sign in to a console.

    `password` is a salted hash as `passwords.hashed` makes it, and so are those it had before, newest first.
    """

    created: float
    password: str
    reset_required: bool = False
    mfa_required: bool = False
    earlier: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"LoginProfile({self.id})"


class MfaDevice(Resource, kind="ram.mfa_device"):
    """A virtual device for one-time codes; bound to a user (`parent`: its id), or to nobody yet.

    `id` is `<account>/<name>`; `seed` is the secret that codes come from, in Base32; `activated` is when it was
    bound.
    """

    created: float
    seed: str
    activated: float = 0.0

    def __repr__(self) -> str:
        return f"MfaDevice({self.id})"

    @property
    def serial_number(self) -> str:
        """The device's ARN, by which requests name it."""
        return f"acs:ram::{self.account}:mfa/{self.name}"


class PasswordPolicy(Resource, kind="ram.password_policy"):
    """What an account (`id`) asks of its users' passwords. Source: `SetPasswordPolicy`."""

    minimum_length: int = 8
    require_lowercase: bool = False
    require_uppercase: bool = False
    require_numbers: bool = False
    require_symbols: bool = False
    hard_expiry: bool = False
    max_age_days: int = 0
    reuse_prevention: int = 0
    max_login_attempts: int = 0


class SecurityPreference(Resource, kind="ram.security_preference"):
    """What an account (`id`) lets its users do for themselves. Source: `SetSecurityPreference`."""

    enable_save_mfa_ticket: bool = False
    allow_change_password: bool = True
    allow_manage_access_keys: bool = False
    allow_manage_mfa_devices: bool = True
    allow_manage_public_keys: bool = False
    login_session_hours: int = 6
    login_network_masks: str = ""


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
