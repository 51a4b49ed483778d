"""May the caller do this? Rules of the RAM and OSS documentation, one by one and in any mixture."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policies_of import ALICE_ID, OTHER, OTHER_ROOT, OWNER, ROOT, asks, document, session, statement, user

from yunbox.identity.policy.authorise import Verdict, authorise, authorise_assume_role, denial_facts
from yunbox.identity.policy.evaluate import evaluate
from yunbox.identity.policy.parse import parse
from yunbox.identity.principal import ANONYMOUS, Principal

ALL = document(statement())
NOTHING = document(statement(Action="ecs:*"))
DENY = document(statement("Deny"))


def bucket_policy(effect: str = "Allow", principal: Any = "*", **elements: Any) -> str:
    return document(statement(effect, Principal=principal, **elements))


# -- identities and their own account


def test_an_account_may_do_everything_with_its_own() -> None:
    assert authorise(asks(ROOT)).allowed


def test_a_user_may_do_nothing_until_a_policy_allows_it() -> None:
    assert authorise(asks(user())) == Verdict("ImplicitDeny", "AccountLevelIdentityBasedPolicy", open=True)
    assert not authorise(asks(user(NOTHING))).allowed
    assert authorise(asks(user(NOTHING, ALL))).allowed


def test_an_explicit_deny_names_its_statement() -> None:
    refused = authorise(asks(user(ALL, document(statement(Action="ecs:*"), statement("Deny", Sid="no")))))
    assert refused.outcome == "ExplicitDeny"
    assert refused.policy_type == "AccountLevelIdentityBasedPolicy"
    assert refused.statement is not None
    assert (refused.statement.index, refused.statement.sid) == (1, "no")
    assert not refused.open


def test_a_session_needs_its_role_and_its_own_policy_to_allow() -> None:
    assert authorise(asks(session(ALL))).allowed
    assert authorise(asks(session(ALL, session_policy=ALL))).allowed
    assert not authorise(asks(session(NOTHING, session_policy=ALL))).allowed
    assert authorise(asks(session(ALL, session_policy=DENY))).policy_type == "SessionPolicy"
    narrowed = authorise(asks(session(ALL, session_policy=NOTHING)))
    assert narrowed == Verdict("ImplicitDeny", "SessionPolicy", open=False)


def test_a_bucket_policy_cannot_widen_what_a_sessions_policy_allows() -> None:
    assert not authorise(asks(session(ALL, session_policy=NOTHING)), bucket_policy()).allowed
    assert authorise(asks(session(NOTHING, session_policy=ALL)), bucket_policy()).allowed


@pytest.mark.parametrize("broken", ["", "{", '{"Version":"9","Statement":[]}'])
def test_a_document_that_cannot_be_read_denies(broken: str) -> None:
    assert authorise(asks(user(ALL, broken))).outcome == "ExplicitDeny"
    if broken:
        assert authorise(asks(ROOT), broken).outcome == "ExplicitDeny"
        assert authorise(asks(session(ALL, session_policy=broken))).outcome == "ExplicitDeny"


# -- actions and resources


@pytest.mark.parametrize(
    ("resource", "asked", "allowed"),
    [
        ("acs:oss:*:*:photos/*", f"acs:oss:cn:{OWNER}:photos/a", True),
        ("acs:oss:*:*:photos/*", f"acs:oss:cn:{OWNER}:photos", False),
        ("acs:oss:*:*:photos", f"acs:oss:cn:{OWNER}:photos", True),
        ("acs:oss:*:*:Photos", f"acs:oss:cn:{OWNER}:photos", False),
        (f"acs:oss:*:{OWNER}:*", f"acs:oss:cn:{OWNER}:photos/a", True),
        (f"acs:oss:*:{OTHER}:*", f"acs:oss:cn:{OWNER}:photos/a", False),
        ("acs:oss:oss-cn-*:*:*", f"acs:oss:oss-cn-hangzhou:{OWNER}:photos/a", True),
        ("acs:oss:oss-cn-*:*:*", f"acs:oss:oss-us-west-1:{OWNER}:photos/a", False),
        ("acs:oss::*:photos/*", f"acs:oss:cn:{OWNER}:photos/a", True),
        ("acs:o?s:*:*:photos/?.jpg", f"acs:oss:cn:{OWNER}:photos/a.jpg", True),
        # A key may hold what looks like the rest of a name: an asterisk must not reach into it.
        (f"acs:oss:*:{OTHER}:photos/*", f"acs:oss:cn:{OWNER}:evil/x:{OTHER}:photos/a", False),
        ("acs:oss:*:*:photos/*", f"acs:oss:cn:{OWNER}:evil/x:y:photos/a", False),
    ],
)
def test_resources_are_compared_part_by_part(resource: str, asked: str, allowed: bool) -> None:
    policy = document(statement(Resource=resource))
    assert authorise(asks(user(policy), resource=asked)).allowed is allowed


@pytest.mark.parametrize(
    ("elements", "action", "allowed"),
    [
        ({"Action": "oss:GetObject"}, "oss:GetObject", True),
        ({"Action": "OSS:getobject"}, "oss:GetObject", True),
        ({"Action": "oss:Get*"}, "oss:GetObjectAcl", True),
        ({"Action": "oss:Get*"}, "oss:PutObject", False),
        ({"Action": ["oss:List*", "oss:Put*"]}, "oss:PutObject", True),
        ({"NotAction": "oss:Delete*"}, "oss:PutObject", True),
        ({"NotAction": "oss:Delete*"}, "oss:DeleteObject", False),
        ({"NotResource": "acs:oss:*:*:photos/*"}, "oss:GetObject", False),
        ({"NotResource": "acs:oss:*:*:music/*"}, "oss:GetObject", True),
    ],
)
def test_actions_are_compared_without_case(elements: dict[str, Any], action: str, allowed: bool) -> None:
    assert authorise(asks(user(document(statement(**elements))), action=action)).allowed is allowed


# -- conditions of the request


@pytest.mark.parametrize(
    ("condition", "more", "allowed"),
    [
        ({"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}, {"source_ip": "10.1.1.1"}, True),
        ({"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}, {"source_ip": "11.1.1.1"}, False),
        ({"Bool": {"acs:SecureTransport": "true"}}, {"secure": True}, True),
        ({"Bool": {"acs:SecureTransport": "true"}}, {"secure": False}, False),
        ({"Bool": {"acs:MFAPresent": "true"}}, {}, False),
        ({"DateLessThan": {"acs:CurrentTime": "2026-01-01T00:00:00Z"}}, {"now": 1767225599.0}, True),
        ({"DateLessThan": {"acs:CurrentTime": "2026-01-01T00:00:00Z"}}, {"now": 1767225600.0}, False),
        ({"StringLike": {"oss:Prefix": "a/*"}}, {"keys": {"oss:prefix": "a/b"}}, True),
        ({"StringLike": {"oss:Prefix": "a/*"}}, {"keys": {"oss:Prefix": "b/"}}, False),
        ({"StringLike": {"oss:Prefix": "a/*"}}, {}, False),
        (
            {"StringLike": {"oss:Prefix": "a/*"}, "StringEquals": {"oss:Delimiter": "/"}},
            {"keys": {"oss:Prefix": "a/"}},
            False,
        ),
        (
            {"ForAllValues:StringEquals": {"oss:Tag": ["a", "b"]}},
            {"keys": {"oss:Tag": ("a", "c")}},
            False,
        ),
        ({"StringEquals": {"acs:PrincipalArn": f"acs:ram::{OWNER}:user/alice"}}, {}, True),
        # What a product passes cannot pose as what the cloud itself knows.
        ({"Bool": {"acs:SecureTransport": "true"}}, {"keys": {"acs:SecureTransport": "true"}}, False),
    ],
)
def test_all_conditions_must_hold(condition: dict[str, Any], more: dict[str, Any], allowed: bool) -> None:
    policy = document(statement(Condition=condition))
    assert authorise(asks(user(policy), **more)).allowed is allowed


# -- bucket policies


@pytest.mark.parametrize(
    ("principal", "caller", "allowed"),
    [
        ("*", ANONYMOUS, True),
        (["*"], OTHER_ROOT, True),
        ([ALICE_ID], user(), True),
        ([ALICE_ID], user(id_="200000000000000002", name="bob"), False),
        ([ALICE_ID], ANONYMOUS, False),
        ([OTHER], OTHER_ROOT, True),
        ([OTHER], ANONYMOUS, False),
        # Naming an account leaves it to that account which of its users may use what it was given.
        ([OTHER], user(account=OTHER), False),
        ([OTHER], user(ALL, account=OTHER), True),
        ([OTHER], user(NOTHING, account=OTHER), False),
        ({"RAM": [f"acs:ram::{OTHER}:root"]}, OTHER_ROOT, True),
        ({"RAM": [f"acs:ram::{OTHER}:user/alice"]}, user(account=OTHER), True),
        ({"RAM": [f"acs:ram::{OTHER}:user/alice"]}, user(), False),
        ([f"arn:sts::{OTHER}:assumed-role/reader/*"], session(account=OTHER), True),
        ([f"arn:sts::{OTHER}:assumed-role/reader/s1"], session(account=OTHER), True),
        ([f"arn:sts::{OTHER}:assumed-role/reader/s2"], session(account=OTHER), False),
        ({"RAM": [f"acs:ram::{OTHER}:role/reader"]}, session(account=OTHER), True),
        ({"RAM": [f"acs:ram::{OTHER}:role/writer"]}, session(account=OTHER), False),
        ({"Service": ["oss.aliyuncs.com"]}, user(), False),
    ],
)
def test_a_bucket_policy_allows_whom_it_names(principal: Any, caller: Principal, allowed: bool) -> None:
    assert authorise(asks(caller), bucket_policy(principal=principal)).allowed is allowed


def test_another_accounts_own_policies_do_not_open_this_accounts_buckets() -> None:
    for caller in (OTHER_ROOT, user(ALL, account=OTHER), session(ALL, account=OTHER), ANONYMOUS):
        assert not authorise(asks(caller)).allowed
        assert authorise(asks(caller)).open
    assert not authorise(asks(user(DENY, account=OTHER)), bucket_policy()).allowed


@pytest.mark.parametrize(
    ("principal", "caller", "denied"),
    [
        ([ALICE_ID], user(ALL), True),
        ([ALICE_ID], user(ALL, id_="200000000000000002"), False),
        ([OWNER], user(ALL), True),
        ([OWNER], ROOT, True),
        ([OTHER], ROOT, False),
        ([OTHER], user(ALL), False),
        ("*", user(ALL), True),
        ("*", session(ALL), True),
    ],
)
def test_a_bucket_policys_deny_bites_whom_it_names(principal: Any, caller: Principal, denied: bool) -> None:
    verdict = authorise(asks(caller), bucket_policy("Deny", principal))
    assert verdict.allowed is not denied
    assert (verdict.outcome == "ExplicitDeny") is denied


def test_everyone_leaves_the_owner_out_unless_there_is_a_condition() -> None:
    # OSS documentation, "Bucket Policy": special evaluation rules for the bucket owner.
    assert authorise(asks(ROOT), bucket_policy("Deny")).allowed
    conditioned = bucket_policy("Deny", Condition={"NotIpAddress": {"acs:SourceIp": "10.0.0.0/8"}})
    assert authorise(asks(ROOT, source_ip="11.0.0.1"), conditioned).outcome == "ExplicitDeny"
    assert authorise(asks(ROOT, source_ip="10.0.0.1"), conditioned).allowed


@pytest.mark.parametrize(
    ("effect", "caller", "allowed"),
    [
        ("Deny", user(ALL), True),
        ("Deny", user(ALL, id_="200000000000000002"), False),
        ("Deny", session(ALL), False),
        ("Allow", user(), False),
        ("Allow", user(id_="200000000000000002"), True),
        ("Allow", ANONYMOUS, False),
    ],
)
def test_not_principal_speaks_of_all_others(effect: str, caller: Principal, allowed: bool) -> None:
    policy = document(statement(effect, NotPrincipal=[ALICE_ID]))
    assert authorise(asks(caller), policy).allowed is allowed


def test_a_hostile_bucket_policy_costs_a_request_a_moment_at_most() -> None:
    patterns = [f"acs:oss:*:*:photos/*?a?{number:x}*b" for number in range(350)]
    policy = bucket_policy(Resource=patterns)
    parse(policy, "bucket")
    context = asks(user(), resource=f"acs:oss:cn:{OWNER}:photos/" + "a" * 1023)
    start = time.perf_counter()
    assert not authorise(context, policy).allowed
    assert time.perf_counter() - start < 1


# -- any mixture

BITS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.sampled_from(["*", "oss:Get*", "oss:Put*"]),
        "Resource": st.sampled_from(["*", "acs:oss:*:*:photos/*", "acs:oss:*:*:music/*"]),
    }
)
DOCUMENTS = st.lists(BITS, min_size=1, max_size=3).map(lambda bits: document(*bits))
BUCKET_DOCUMENTS = st.lists(
    st.tuples(BITS, st.sampled_from(["*", OWNER, OTHER, ALICE_ID])), min_size=1, max_size=3
).map(lambda pairs: document(*(bits | {"Principal": [who]} for bits, who in pairs)))


def covering(text: str, kind: Any, effect: str, caller: Principal) -> bool:
    """Whether one of the document's statements, alone, takes effect on the request."""
    wanted = "ExplicitDeny" if effect == "Deny" else "Allow"
    policy = parse(text, kind)
    return any(
        evaluate([type(policy)((each,))], asks(caller)).outcome == wanted for each in policy.statements
    )


@given(
    mine=st.lists(DOCUMENTS, max_size=3),
    narrowed=st.none() | DOCUMENTS,
    bucket=st.none() | BUCKET_DOCUMENTS,
    account=st.sampled_from([OWNER, OTHER]),
)
def test_an_explicit_deny_wins_and_without_an_allow_there_is_none(
    mine: list[str], narrowed: str | None, bucket: str | None, account: str
) -> None:
    if narrowed is None:
        caller = user(*mine, account=account)
    else:
        caller = session(*mine, session_policy=narrowed, account=account)
    verdict = authorise(asks(caller), bucket or "")
    given_ = [*((text, "identity") for text in mine), *([(narrowed, "session")] if narrowed else [])]
    given_ += [(bucket, "bucket")] if bucket else []
    if any(covering(text, kind, "Deny", caller) for text, kind in given_):
        assert verdict.outcome == "ExplicitDeny"
    elif not any(covering(text, kind, "Allow", caller) for text, kind in given_ if kind != "session"):
        assert verdict.outcome == "ImplicitDeny"
    else:
        assert verdict.outcome != "ExplicitDeny"
    if verdict.allowed and narrowed:
        assert covering(narrowed, "session", "Allow", caller)


@given(mine=st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_the_order_of_policies_does_not_matter(mine: list[str]) -> None:
    outcomes = {
        authorise(asks(user(*order))).outcome for order in itertools.islice(itertools.permutations(mine), 24)
    }
    assert len(outcomes) == 1


# -- roles and what the client is told

TRUST = document(
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [f"acs:ram::{OWNER}:root"]}}
)
SERVICE_TRUST = document(
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["ess.aliyuncs.com"]}}
)
ASSUME = document(statement(Action="sts:AssumeRole"))


@pytest.mark.parametrize(
    ("caller", "trust", "service", "allowed"),
    [
        (user(ASSUME), TRUST, "", True),
        (user(), TRUST, "", False),
        (user(ASSUME, DENY), TRUST, "", False),
        (session(ASSUME), TRUST, "", True),
        (session(ASSUME, session_policy=NOTHING), TRUST, "", False),
        (user(ASSUME, account=OTHER), TRUST, "", False),
        (ROOT, TRUST, "", False),
        (ANONYMOUS, TRUST, "", False),
        (ANONYMOUS, SERVICE_TRUST, "ess.aliyuncs.com", True),
        (ANONYMOUS, SERVICE_TRUST, "ecs.aliyuncs.com", False),
        (ANONYMOUS, TRUST, "ess.aliyuncs.com", False),
        (user(ASSUME), SERVICE_TRUST, "", False),
        (user(ASSUME), "{", "", False),
    ],
)
def test_a_role_is_assumed_by_whom_it_trusts_and_who_may(
    caller: Principal, trust: str, service: str, allowed: bool
) -> None:
    context = asks(caller, "sts:AssumeRole", f"acs:ram::{OWNER}:role/reader", service=service)
    assert authorise_assume_role(context, trust).allowed is allowed


def test_the_client_is_told_what_was_denied_by_what() -> None:
    context = asks(user(DENY))
    assert denial_facts(authorise(context), context) == {
        "PolicyType": "AccountLevelIdentityBasedPolicy",
        "AuthAction": "oss:GetObject",
        "AuthPrincipalType": "SubUser",
        "AuthPrincipalOwnerId": OWNER,
        "AuthPrincipalDisplayName": ALICE_ID,
        "NoPermissionType": "ExplicitDeny",
    }
