"""Which statements of a bucket policy are public: they allow something to people that they do not name.

Source: OSS documentation, "Block public access": a statement is not public when it denies, when its principals
are fixed, or when a condition holds the request's source or its maker to fixed values. Its actions and
resources do not matter.
"""

from __future__ import annotations

from functools import lru_cache

from yunbox.identity.policy.conditions import Condition
from yunbox.identity.policy.model import PolicyError, Statement
from yunbox.identity.policy.parse import parse

_FIXING = frozenset(
    {
        "acs:sourcevpc",
        "acs:sourcevpcid",
        "acs:accessid",
        "acs:userid",
        "acs:principalarn",
        "acs:sourceaccount",
    }
)
_WIDEST = {4: 8, 6: 32}


def is_public_statement(statement: Statement) -> bool:
    """Return whether the statement allows something to people that it does not name."""
    principals = statement.principals
    if statement.effect == "Deny" or principals is None:
        return False
    if not (principals.everyone or principals.negated):
        return False
    return not any(_fixes(condition) for condition in statement.conditions)


def _fixes(condition: Condition) -> bool:
    if condition.negated or condition.if_exists or condition.quantifier == "ForAllValues":
        return False
    if condition.key == "acs:sourceip":
        return condition.operator.endswith("IpAddress") and all(map(_narrow, condition.values))
    equal = condition.operator.endswith(("StringEquals", "StringEqualsIgnoreCase", "StringLike"))
    return (
        condition.key in _FIXING
        and equal
        and not any("*" in each or "?" in each for each in condition.values)
    )


def _narrow(network: str) -> bool:
    """Return whether a network is smaller than the widest that counts as fixed: /8, of IPv6 /32."""
    _, slash, length = network.partition("/")
    return not slash or int(length) >= _WIDEST[6 if ":" in network else 4]


@lru_cache(maxsize=256)
def is_public(text: str) -> bool:
    """Return whether a policy has a public statement; one that cannot be read counts as public."""
    try:
        return any(map(is_public_statement, parse(text, "bucket").statements))
    except PolicyError:
        return True


@lru_cache(maxsize=256)
def without_public_statements(text: str) -> str:
    """Return the policy with its public statements left out; "" when none is left.

    A document that cannot be read comes back as it is: it denies everything.
    """
    import json  # noqa: PLC0415 - only blocked buckets with a policy pay for it

    try:
        statements = parse(text, "bucket").statements
    except PolicyError:
        return text
    document = json.loads(text)
    raw = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    kept = [raw[each.index] for each in statements if not is_public_statement(each)]
    if not kept:
        return ""
    # As short as it can be: what is kept must not outgrow the limit that the whole stayed within.
    return json.dumps({**document, "Statement": kept}, ensure_ascii=False, separators=(",", ":"))
