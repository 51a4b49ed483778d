"""GetCallerIdentity: whose key signed this. Wire shape: the SDK alibabacloud_sts20150401."""

from __future__ import annotations

from msgspec import UNSET

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Text
from yunbox.services.sts.product import sts

_TYPES = {"root": "Account", "user": "RAMUser", "session": "AssumedRoleUser"}


class GetCallerIdentity(Request):
    """Ask who one is."""


class CallerIdentity(Answer):
    """Who signed the request. `role_id` is there for an assumed role only."""

    account_id: str
    arn: str
    identity_type: str
    principal_id: str
    role_id: Text = UNSET
    user_id: Text = UNSET


# Nothing is authorised: everybody may know who they are.
@sts.action(GetCallerIdentity, on="", access="own")
def get_caller_identity(request: GetCallerIdentity, call: Call) -> CallerIdentity:
    """Answer from the verified signature."""
    caller = call.principal
    assumed = caller.kind == "session"
    return CallerIdentity(
        account_id=caller.account_id,
        arn=caller.arn,
        identity_type=_TYPES[caller.kind],
        principal_id=f"{caller.user_id}:{caller.name.partition(':')[2]}" if assumed else caller.user_id,
        role_id=caller.user_id if assumed else UNSET,
        user_id=UNSET if assumed else caller.user_id,
    )
