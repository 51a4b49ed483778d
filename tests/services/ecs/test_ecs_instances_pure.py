from __future__ import annotations

import calendar
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.engines.compute.interface import Sandbox
from yunbox.errors import CloudError
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.moments import later, read_moment, release_at
from yunbox.services.ecs.instances.naming import check_host_name, check_name, names_for
from yunbox.services.ecs.instances.password import _encoded, _sha_crypt, check_password, shadow_hash
from yunbox.services.ecs.instances.ram_role import trusts_instances
from yunbox.services.ecs.instances.sandbox import backoff, must_restart, needs_look

NOW = datetime(2026, 11, 11, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("pattern", "amount", "unique", "names"),
    [
        ("web", 1, False, ["web"]),
        ("web", 2, False, ["web", "web"]),
        ("web", 2, True, ["web001", "web002"]),
        ("web", 1, True, ["web"]),
        ("web-[7,3]-x", 2, False, ["web-007-x", "web-008-x"]),
        ("web[9,1]", 2, True, ["web9", "web10"]),
        ("web[]", 2, False, ["web000000", "web000001"]),
        ("web[,]", 1, False, ["web000000"]),
        ("web[3]", 2, False, ["web000003", "web000004"]),
        ("web[,2]", 2, False, ["web00", "web01"]),
    ],
)
def test_names_of_many(pattern: str, amount: int, unique: bool, names: list[str]) -> None:
    assert names_for(pattern, amount, unique=unique, check=check_name) == names


@pytest.mark.parametrize("name", ["w", "1web", "http://web", "we b", "a" * 129, "web[1,9]", "web[1,3", ""])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(CloudError, match="InvalidInstanceName"):
        names_for(name, 1, unique=False, check=check_name)


def test_a_name_may_be_in_any_script() -> None:
    assert check_name("服务器-1") == "服务器-1"


@pytest.mark.parametrize("name", ["a", "-ab", "ab-", "a..b", "a_b", "a-.b", "é1", "a" * 65])
def test_host_names_that_are_none(name: str) -> None:
    with pytest.raises(CloudError, match="InvalidHostName"):
        check_host_name(name)


def test_the_vector_of_sha_crypt() -> None:
    # Source: the first test vector of Drepper's specification, as glibc's crypt(3) computes it.
    assert f"$6$saltstring${_encoded(_sha_crypt(b'Hello world!', b'saltstring'))}" == (
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
    )


@given(st.binary(min_size=16, max_size=16))
def test_a_hash_holds_its_salt_and_no_password(random: bytes) -> None:
    found = shadow_hash("Passw0rd!", random)
    kind, salt, digest = found.removeprefix("$").split("$")
    assert (kind, len(salt), len(digest)) == ("6", 16, 86)
    assert "Passw0rd" not in found


@pytest.mark.parametrize(
    "password", ["Short1!", "alllowercase1", "x" * 31 + "A1", "Pass word1", "Pässword1!"]
)
def test_passwords_that_are_none(password: str) -> None:
    with pytest.raises(CloudError) as caught:
        check_password(password)
    assert caught.value.code == "InvalidPassword.Malformed"
    assert password not in caught.value.message


@given(st.text(max_size=24))
def test_a_moment_is_read_or_not(text: str) -> None:
    found = read_moment(text)
    assert found is None or found == calendar.timegm(datetime.fromtimestamp(found, UTC).timetuple())


def test_moments() -> None:
    assert read_moment("2026-11-11T00:00:00Z") == read_moment("2026-11-11T00:00Z") == NOW
    assert release_at("2026-11-11T01:00:59Z", NOW) == NOW + 3600
    assert release_at("", NOW) == 0.0
    for wrong in ("2026-11-11T00:10Z", "2031-01-01T00:00Z", "tomorrow"):
        with pytest.raises(CloudError, match="InvalidAutoReleaseTime"):
            release_at(wrong, NOW)


def test_periods_end_with_their_month() -> None:
    january = datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp()
    assert datetime.fromtimestamp(later(january, 1, "Month"), UTC) == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert datetime.fromtimestamp(later(january, 12, "Month"), UTC) == datetime(2028, 1, 31, 12, tzinfo=UTC)
    assert later(january, 1, "Year") == later(january, 12, "Month")
    assert later(NOW, 2, "Week") == NOW + 14 * 86400


@pytest.mark.parametrize(
    ("trust", "trusted"),
    [
        ('{"Statement":[{"Effect":"Allow","Principal":{"Service":["ecs.aliyuncs.com"]}}]}', True),
        ('{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs.aliyuncs.com"}}]}', True),
        ('{"Statement":[{"Effect":"Deny","Principal":{"Service":["ecs.aliyuncs.com"]}}]}', False),
        ('{"Statement":[{"Effect":"Allow","Principal":{"RAM":["acs:ram::1:root"]}}]}', False),
        ('{"Statement":[{"Effect":"Allow"}]}', False),
        ("[]", False),
        ("not json", False),
    ],
)
def test_whom_a_role_trusts(trust: str, trusted: bool) -> None:
    assert trusts_instances(trust) is trusted


def _instance(**fields: object) -> Instance:
    return Instance(id="i-1", instance_type="ecs.g6.large", image_id="x", **fields)  # type: ignore[arg-type]


def _sandbox(started: float | None) -> Sandbox:
    return Sandbox(id="i-1", running=started is not None, image="host", started_at=started)


def test_what_must_restart() -> None:
    asked = _instance(boot=2, booted=1, boot_asked=100.0)
    assert must_restart(asked, _sandbox(99.0))
    assert not must_restart(asked, _sandbox(100.5))
    assert not must_restart(_instance(boot=2, booted=2, boot_asked=100.0), _sandbox(99.0))


def test_what_needs_a_look() -> None:
    running, stopped = _sandbox(1.0), _sandbox(None)
    settled = _instance(desired="Running", status="Running", boot=1, booted=1)
    assert not needs_look(settled, running)
    assert needs_look(settled, stopped)
    assert needs_look(settled, None)
    halted = _instance(desired="Stopped", status="Stopped")
    assert not needs_look(halted, None)
    assert needs_look(halted, running)
    assert needs_look(_instance(desired="Deleted", status="Stopped"), None)


def test_backoff_grows_to_a_minute() -> None:
    assert [backoff(each) for each in (1, 2, 3, 7, 50)] == [1.0, 2.0, 4.0, 60.0, 60.0]
