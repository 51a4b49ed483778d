"""The caller of a request, once its signature is verified."""

from __future__ import annotations

from typing import Literal

import msgspec

PrincipalKind = Literal["root", "user", "session", "anonymous"]


class Principal(msgspec.Struct, frozen=True):
    """Who makes a request.

    `arn` is `acs:ram::<account>:root`, `acs:ram::<account>:user/<name>` or, for a session of an assumed role,
    `acs:sts::<account>:assumed-role/<role>/<session name>` (format: RAM documentation, "ARN of principals").
    `policies` are the identity-based policy documents in force (JSON text); the account itself needs none.
    `session_policy` narrows a session's permissions; empty when none was given.
    """

    kind: PrincipalKind
    account_id: str = ""
    arn: str = ""
    user_id: str = ""
    name: str = ""
    access_key_id: str = ""
    policies: tuple[str, ...] = ()
    session_policy: str = ""


ANONYMOUS = Principal(kind="anonymous")


class Credential(msgspec.Struct, frozen=True):
    """An access key as the directory knows it, with the secret that verifies signatures.

    `security_token` is the token that every request of a session must carry; empty for long-term keys.
    `expires` is in seconds since the epoch; 0 means never.
    """

    access_key_id: str
    secret: str
    principal: Principal
    active: bool = True
    security_token: str = ""
    expires: float = 0.0

    def __repr__(self) -> str:
        """Name the key and never the secret, so that a log cannot leak it."""
        return f"Credential({self.access_key_id})"
