"""What is left of a policy when its public statements do not count."""

from __future__ import annotations

import json

from yunbox.identity.policy.parse import parse
from yunbox.services.oss.public_policy import without_public_statements

LIMIT = 16 * 1024


def statement(principal: str, resources: list[str]) -> dict[str, object]:
    return {"Effect": "Allow", "Action": ["oss:GetObject"], "Principal": [principal], "Resource": resources}


def test_what_is_left_of_the_longest_policy_is_still_a_policy() -> None:
    names = [f"acs:oss:*:*:bucket/目录-{number:04}" for number in range(480)]
    kept, public = statement("1234567890123456", names), statement("*", ["acs:oss:*:*:bucket/*"])
    text = json.dumps(
        {"Version": "1", "Statement": [kept, public]}, ensure_ascii=False, separators=(",", ":")
    )
    assert 0.9 * LIMIT < len(text.encode()) <= LIMIT
    parse(text, "bucket")
    left = without_public_statements(text)
    assert json.loads(left)["Statement"] == [kept]
    assert len(parse(left, "bucket").statements) == 1


def test_nothing_is_left_of_a_policy_that_is_all_public() -> None:
    text = json.dumps({"Version": "1", "Statement": [statement("*", ["acs:oss:*:*:bucket/*"])]})
    assert without_public_statements(text) == ""
