"""The signature and the policy of a form upload (PostObject).

Sources: OSS documentation, "PostObject" with its appendix on the policy, and EC 0002-00000702 to 710 and
0006-00000224. Parsing multipart/form-data and replacing `${filename}` in the key come before: as with S3,
conditions are matched against the fields as they will be used.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from yunbox.errors import CloudError
from yunbox.gateway.signatures.canonical import printable, signing_key
from yunbox.gateway.signatures.moments import day_of, parse_moment
from yunbox.gateway.signatures.oss_v4 import ALGORITHM, MAX_EXPIRES_SECONDS, read_credential
from yunbox.gateway.signatures.presented import access_key, one_token
from yunbox.gateway.signatures.refusals import MAX_SKEW_SECONDS, invalid, mismatch
from yunbox.gateway.signatures.scheme import Claim, same

MAX_POLICY_CHARACTERS = 64 * 1024
MAX_CONDITIONS = 256
_LEGACY = ("ossaccesskeyid", "signature")
_V4 = ("x-oss-signature-version", "x-oss-credential", "x-oss-date", "x-oss-signature")
_EXPIRATION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_SIGNATURE_V4 = re.compile(r"[0-9a-f]{64}", re.ASCII)

Fields = Mapping[str, str]


class Condition(msgspec.Struct, frozen=True, gc=False):
    """One demand on a form field; `eq` and `starts-with` have one value, `in` and `not-in` any number."""

    operator: str
    name: str
    values: tuple[str, ...]

    def holds(self, actual: str | None) -> bool:
        """Return whether the field's value, None when the form lacks it, is as demanded."""
        match self.operator:
            case "eq":
                return actual == self.values[0]
            case "starts-with":
                return (actual or "").startswith(self.values[0])
            case "in":
                return actual in self.values
            case _:
                return actual not in self.values

    def told(self) -> str:
        """Return the condition as a policy writes it."""
        wanted = self.values[0] if self.operator in ("eq", "starts-with") else self.values
        return msgspec.json.encode([self.operator, f"${self.name}", wanted]).decode()


def fold(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return form fields by lower-case name (OSS ignores the case of names).

    Raises CloudError (InvalidArgument) when a name is repeated, since either value could be meant.
    """
    fields: dict[str, str] = {}
    for name, value in pairs:
        lower = name.lower()
        if lower in fields:
            raise invalid("A form field may not be repeated.", printable(name)[:128])
        fields[lower] = value
    return fields


def read(fields: Fields) -> Claim | None:
    """Return what a form claims, or None when it is not signed. `fields` are folded.

    The claim's parameter `policy` is the policy in base64, which is what the signature covers; after
    `check_signature` the caller must also `Policy.read` it and have it checked against the form.
    Raises CloudError: InvalidArgument when fields are missing, malformed or of both kinds.
    """
    legacy = any(name in fields for name in _LEGACY)
    v4 = any(name in fields for name in _V4)
    if not legacy and not v4:
        if "policy" in fields:
            raise _required("Signature")
        return None
    if legacy and v4:
        raise invalid("Only one kind of signature is allowed in a form.", "Signature")
    policy = fields.get("policy", "")
    if not policy:
        raise _required("policy", "0002-00000702")
    if len(policy) > MAX_POLICY_CHARACTERS:
        raise _bad_policy("the policy is too long")
    return _read_v4(fields, policy) if v4 else _read_legacy(fields, policy)


def check_signature(claim: Claim, secret: str, now: float) -> None:
    """Return when the policy is signed with `secret`.

    Raises CloudError: SignatureDoesNotMatch; AccessDenied when a V4 form was signed more than 7 days ago or
    more than 15 minutes in the future.
    """
    policy = claim.parameters["policy"]
    signed = policy.encode("utf-8", "surrogateescape")
    if claim.scheme == "post_v4":
        if now > claim.expires or now < claim.signed_at - MAX_SKEW_SECONDS:
            raise _denied("x-oss-date is outside of its time of validity.")
        key = signing_key("aliyun_v4", secret, claim.parameters["day"], claim.region, claim.service)
        expected = hmac.digest(key, signed, "sha256").hex()
    else:
        expected = base64.b64encode(hmac.digest(secret.encode(), signed, "sha1")).decode()
    if not same(expected, claim.signature):
        raise mismatch(claim, policy)


class Policy(msgspec.Struct, frozen=True, gc=False):
    """A policy document as it was signed: until when it holds and what it demands of the form.

    `size_range` are the fewest and the most bytes of the file, both included; None when any size will do.
    """

    expires: float
    conditions: tuple[Condition, ...]
    size_range: tuple[int, int] | None = None

    @classmethod
    def read(cls, claim: Claim) -> Policy:
        """Read the policy of a claim. Raises CloudError (InvalidPolicyDocument)."""
        document = _document(claim.parameters["policy"])
        expires = _expiration(document.get("expiration"))
        listed = document.get("conditions")
        if not isinstance(listed, list) or not listed:
            raise _bad_policy("the conditions are missing")
        if len(listed) > MAX_CONDITIONS:
            raise _bad_policy("there are too many conditions")
        conditions: list[Condition] = []
        size_range = None
        for item in listed:
            if isinstance(item, list) and item and item[0] == "content-length-range":
                low, high = _size_range(item)
                # Several ranges narrow each other.
                size_range = (
                    (max(low, size_range[0]), min(high, size_range[1])) if size_range else (low, high)
                )
            else:
                conditions.append(_condition(item))
        policy = cls(expires, tuple(conditions), size_range)
        if claim.scheme == "post_v4":
            policy._require_v4_conditions()
        return policy

    def check(self, fields: Fields, bucket: str, now: float) -> None:
        """Return when the policy holds for folded form `fields` sent to `bucket`; the size is checked apart.

        Raises CloudError (AccessDenied, "Invalid according to Policy: ...").
        """
        if now >= self.expires:
            raise _denied("Policy expired.")
        for condition in self.conditions:
            actual = bucket if condition.name == "bucket" else fields.get(condition.name)
            if not condition.holds(actual):
                raise _denied(f"Policy Condition failed: {printable(condition.told())[:1024]}")

    def check_size(self, size: int) -> None:
        """Return when `size` bytes are allowed. Raises CloudError: EntityTooSmall, EntityTooLarge."""
        low, high = self.size_range or (0, size)
        if size < low:
            raise CloudError(
                "EntityTooSmall",
                400,
                "Your proposed upload is smaller than the minimum allowed object size.",
                details={"ProposedSize": str(size), "MinSizeAllowed": str(low)},
            )
        if size > high:
            raise CloudError(
                "EntityTooLarge",
                400,
                "Your proposed upload exceeds the maximum allowed size.",
                details={"ProposedSize": str(size), "MaxSizeAllowed": str(high)},
            )

    def _require_v4_conditions(self) -> None:
        """Refuse a V4 policy that leaves out conditions which PostObject lists as required."""
        stated = {condition.name for condition in self.conditions if condition.operator == "eq"}
        for name in ("x-oss-signature-version", "x-oss-credential", "x-oss-date"):
            if name not in stated:
                raise _bad_policy(f"the conditions must state {name}")


def _read_legacy(fields: Fields, policy: str) -> Claim:
    key, signature = fields.get("ossaccesskeyid", ""), fields.get("signature", "")
    if not key:
        raise _required("OSSAccessKeyId", "0002-00000706")
    if not signature:
        raise _required("Signature")
    if len(signature) > 128:
        raise invalid("The Signature field is too long.", "Signature")
    return Claim(
        "post_v1",
        access_key(key, "OSSAccessKeyId"),
        signature,
        security_token=one_token(fields.get("x-oss-security-token", "")),
        parameters={"policy": policy},
    )


def _read_v4(fields: Fields, policy: str) -> Claim:
    for name in _V4:
        if not fields.get(name):
            raise _required(name)
    if fields["x-oss-signature-version"] != ALGORITHM:
        raise invalid(f"x-oss-signature-version must be {ALGORITHM}.", "x-oss-signature-version")
    try:
        scope = read_credential(fields["x-oss-credential"], "x-oss-credential")
    except CloudError as error:
        error.ec = error.ec if error.ec == "0002-00000226" else "0002-00000710"
        raise
    signed_at = parse_moment(fields["x-oss-date"])
    if signed_at is None or day_of(signed_at) != scope.day:
        raise invalid("x-oss-date is malformed or not the day of x-oss-credential.", "x-oss-date")
    if not _SIGNATURE_V4.fullmatch(fields["x-oss-signature"]):
        raise invalid("x-oss-signature must be 64 lower-case hexadecimal digits.", "x-oss-signature")
    return Claim(
        "post_v4",
        scope.access_key_id,
        fields["x-oss-signature"],
        security_token=one_token(fields.get("x-oss-security-token", "")),
        signed_at=signed_at,
        expires=signed_at + MAX_EXPIRES_SECONDS,
        region=scope.region,
        service="oss",
        parameters={"policy": policy, "day": scope.day},
    )


def _document(encoded: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(base64.b64decode(encoded, validate=True), type=dict[str, Any])
    except (binascii.Error, ValueError, RecursionError, msgspec.DecodeError):
        raise _bad_policy("the policy is not a JSON object in base64") from None


def _expiration(text: Any) -> float:
    if not isinstance(text, str) or not _EXPIRATION.fullmatch(text):
        raise _bad_policy("the expiration must be in ISO 8601 GMT, such as 2014-12-01T12:00:00.000Z")
    try:
        return datetime.fromisoformat(text).astimezone(UTC).timestamp()
    except ValueError:
        raise _bad_policy("the expiration is no date") from None


def _condition(item: Any) -> Condition:
    if isinstance(item, dict):
        if len(item) != 1:
            raise _bad_policy(
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified"
            )
        name, wanted = next(iter(item.items()))
        if not isinstance(name, str) or not isinstance(wanted, str):
            raise _bad_policy("Invalid Simple-Condition: value must be a string")
        return Condition("eq", name.lower(), (wanted,))
    if not isinstance(item, list) or len(item) != 3:
        raise _bad_policy("Invalid Condition: it must be an object or a list of three")
    operator, name, wanted = item
    if operator not in ("eq", "starts-with", "in", "not-in"):
        raise _bad_policy(f"Invalid Condition: unknown operator {str(operator)[:32]!a}")
    if not isinstance(name, str) or not name.startswith("$") or len(name) < 2:
        raise _bad_policy("Invalid Condition: a field is named by $ and its name")
    values = [wanted] if operator in ("eq", "starts-with") else wanted
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _bad_policy(f"Invalid Condition: the value of {operator} has the wrong type", "0006-00000224")
    return Condition(operator, name[1:].lower(), tuple(values))


def _size_range(item: list[Any]) -> tuple[int, int]:
    # Some servers write the bounds as strings of digits, as S3 allows.
    bounds = [
        int(b) if isinstance(b, str) and b.isascii() and b.isdigit() and len(b) < 19 else b for b in item[1:]
    ]
    if len(bounds) != 2 or any(isinstance(b, bool) or not isinstance(b, int) or b < 0 for b in bounds):
        raise _bad_policy("Invalid content-length-range: it takes two whole numbers")
    low, high = bounds
    if low > high:
        raise _bad_policy("Invalid content-length-range: the minimum is above the maximum")
    return low, high


def _denied(reason: str) -> CloudError:
    return CloudError("AccessDenied", 403, f"Invalid according to Policy: {reason}")


def _bad_policy(reason: str, ec: str = "") -> CloudError:
    return CloudError("InvalidPolicyDocument", 400, f"Invalid Policy: {reason}.", ec=ec)


def _required(name: str, ec: str = "") -> CloudError:
    return invalid(
        f"The bucket POST must contain the specified '{name}'. "
        "If it is specified, please check the order of the fields",
        name,
        ec,
    )
