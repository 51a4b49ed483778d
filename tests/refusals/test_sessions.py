"""Temporary credentials: the token they need, the time they have, the role behind them, what they may do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from refusals.asked import SCHEMES, Scheme, Signer
from refusals.place import KEPT, Place, allow, deny, document
from yunbox.identity.roles import SessionCredentials

each_scheme = pytest.mark.parametrize("scheme", SCHEMES)
_EVERYTHING = allow("oss:*")


def signer_of(session: SessionCredentials) -> Signer:
    return Signer(session.access_key_id, session.secret, session.security_token)


def codes(scheme: str) -> tuple[tuple[int, str], tuple[int, str]]:
    """Return the refusals of a wrong and of an expired token, as OSS and as S3 put them."""
    if scheme.startswith("s3"):
        return (400, "InvalidToken"), (400, "ExpiredToken")
    return (403, "InvalidSecurityToken"), (403, "SecurityTokenExpired")


@each_scheme
def test_a_session_signs_with_its_own_token(place: Place, scheme: str) -> None:
    sign: Scheme = SCHEMES[scheme]
    wrong, _ = codes(scheme)
    session, other = signer_of(place.session(_EVERYTHING)), signer_of(place.session(_EVERYTHING))
    place.refuses(sign(place.put(), replace(session, token="")), *wrong)
    place.refuses(sign(place.put(), replace(session, token=session.token[:-1] + "!")), *wrong)
    place.refuses(sign(place.put(), replace(session, token=session.token + "x")), *wrong)
    place.refuses(sign(place.put(), replace(session, token=other.token)), *wrong)
    place.refuses(sign(place.put(), replace(session, secret=other.secret)), 403, "SignatureDoesNotMatch")
    place.refuses(sign(place.put(), replace(place.root, token=session.token)), *wrong)
    place.allows(sign(place.put(), session))


@each_scheme
def test_a_session_ends(place: Place, scheme: str) -> None:
    _, expired = codes(scheme)
    session = signer_of(place.session(_EVERYTHING, seconds_ago=901))
    place.refuses(SCHEMES[scheme](place.put(), session), *expired)
    still = signer_of(place.session(_EVERYTHING, seconds_ago=600))
    place.allows(SCHEMES[scheme](place.put(), still))


@each_scheme
def test_a_session_ends_with_its_role(place: Place, scheme: str) -> None:
    session = place.session(_EVERYTHING)
    asked = SCHEMES[scheme](place.put(), signer_of(session))
    place.allows(asked)
    place.end_role(session)
    place.refuses(asked, 403, "InvalidAccessKeyId")


@each_scheme
def test_a_session_may_do_what_both_its_role_and_its_own_policy_allow(place: Place, scheme: str) -> None:
    sign = SCHEMES[scheme]
    name = place.bucket.bucket_name
    narrowed = document(allow("oss:PutObject", f"acs:oss:*:*:{name}/new"), allow("oss:ListBuckets"))
    session = signer_of(place.session(allow(["oss:PutObject", "oss:GetObject"]), narrowed=narrowed))
    place.refuses(sign(place.put("newer"), session), 403, "AccessDenied")
    place.refuses(sign(place.asked("GET"), session), 403, "AccessDenied")
    place.refuses(sign(place.asked("DELETE"), session), 403, "AccessDenied")
    place.refuses(sign(place.asked("GET", "").but(path="/"), session), 403, "AccessDenied")
    place.refuses(sign(place.put().but(path=place.path("new", place.other)), session), 403, "AccessDenied")
    place.allows(sign(place.put(), session))


@each_scheme
def test_a_denial_in_a_sessions_policy_counts(place: Place, scheme: str) -> None:
    sign = SCHEMES[scheme]
    narrowed = document(_EVERYTHING, deny("oss:DeleteObject"))
    session = signer_of(place.session(_EVERYTHING, narrowed=narrowed))
    place.refuses(sign(place.asked("DELETE"), session), 403, "AccessDenied")
    place.allows(sign(place.asked("GET", KEPT), session))


def test_a_token_is_signed_where_it_stands_in_a_url(place: Place) -> None:
    session, other = signer_of(place.session(_EVERYTHING)), signer_of(place.session(_EVERYTHING))
    for scheme, name in (
        ("v1-url", "security-token"),
        ("v2-url", "x-oss-security-token"),
        ("v4-url", "x-oss-security-token"),
        ("s3-url", "X-Amz-Security-Token"),
    ):
        asked = SCHEMES[scheme](place.put(), session)
        place.refuses(asked.with_query(name, other.token), 403, "SignatureDoesNotMatch")
        place.refuses(asked.with_query(name, None), 403, "SignatureDoesNotMatch")
        place.allows(asked)
