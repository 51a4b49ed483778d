"""AssumeRole: temporary credentials of a role. Wire shape: the SDK alibabacloud_sts20150401.

Source of refusals: STS documentation, `AssumeRole` and "FAQ about AssumeRole".
"""

from __future__ import annotations

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.errors import CloudError
from yunbox.identity.policy.authorise import denial_facts
from yunbox.identity.policy.evaluate import Context, Values
from yunbox.identity.policy.model import PolicyError
from yunbox.identity.policy.parse import SIZE_LIMITS
from yunbox.identity.registry import AssumeRoleDeniedError, InvalidValueError, NoSuchEntityError
from yunbox.identity.roles import AssumeRole as Asked
from yunbox.identity.roles import SessionCredentials
from yunbox.services.sts.product import sts

_PARAMETERS = {"role ARN": "RoleArn", "session name": "RoleSessionName", "duration": "DurationSeconds"}


class AssumeRole(Request):
    """Act as a role for a while. `duration_seconds` 0 asks for an hour; `policy` narrows what may be done."""

    role_arn: str
    role_session_name: str
    duration_seconds: int = 0
    policy: str = ""
    external_id: str = ""


class Credentials(Shape):
    """What requests of the session are signed with."""

    access_key_id: str
    access_key_secret: str
    security_token: str
    expiration: str


class AssumedRoleUser(Shape):
    """Who the session is."""

    arn: str
    assumed_role_id: str


class RoleAssumed(Answer):
    """A session that has begun."""

    assumed_role_user: AssumedRoleUser
    credentials: Credentials


# The directory authorises: the role must trust the caller, and the caller's policies must allow it.
@sts.action(AssumeRole, on="")
def assume_role(request: AssumeRole, call: Call) -> RoleAssumed:
    """Begin a session."""
    if call.principal.kind == "root":
        raise CloudError("NoPermission", 403, "Roles may not be assumed by root accounts.")
    if len(request.policy) > SIZE_LIMITS["session"]:
        message = f"The parameter Policy is longer than {SIZE_LIMITS['session']} characters."
        raise CloudError("InvalidParameter.PolicySize", 400, message)
    context = _context(request, call)
    try:
        made = call.directory.joining(call.view).assume_role(
            Asked(
                role_arn=request.role_arn,
                session_name=request.role_session_name,
                context=context,
                duration=request.duration_seconds,
                policy=request.policy,
            )
        )
    except InvalidValueError as error:
        name = _PARAMETERS[error.kind]
        raise CloudError(
            f"InvalidParameter.{name}", 400, f"The parameter {name} is not valid. {error}"
        ) from None
    except PolicyError as error:
        message = f"The parameter Policy has not passed grammar check. {error}"
        raise CloudError("InvalidParameter.PolicyGrammar", 400, message) from None
    except NoSuchEntityError as error:
        raise CloudError("EntityNotExist.Role", 404, str(error)) from None
    except AssumeRoleDeniedError as error:
        raise _denied(error, context) from None
    return _answer(made)


def _context(request: AssumeRole, call: Call) -> Context:
    keys: dict[str, Values] = {"sts:RoleSessionName": request.role_session_name}
    if request.external_id:
        keys["sts:ExternalId"] = request.external_id
    return Context(
        principal=call.principal,
        action="sts:AssumeRole",
        resource=request.role_arn,
        owner=call.account,
        now=call.now,
        source_ip=call.peer,
        secure=call.secure,
        keys=keys,
    )


def _denied(error: AssumeRoleDeniedError, context: Context) -> CloudError:
    facts = {name: value for name, value in denial_facts(error.verdict, context).items() if value}
    message = "You are not authorized to do this action. You should be authorized by RAM."
    return CloudError("NoPermission", 403, message, details=facts)


def _answer(made: SessionCredentials) -> RoleAssumed:
    return RoleAssumed(
        assumed_role_user=AssumedRoleUser(
            arn=made.arn, assumed_role_id=f"{made.role_id}:{made.session_name}"
        ),
        credentials=Credentials(
            access_key_id=made.access_key_id,
            access_key_secret=made.secret,
            security_token=made.security_token,
            expiration=seconds(made.expires),
        ),
    )
