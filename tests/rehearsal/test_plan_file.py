"""Plans: what a person writes, and errors that name the field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from yunbox.rehearsal import faults, places, reconciling
from yunbox.rehearsal.curves import curve
from yunbox.rehearsal.plan import Constant, Plan, Reconcile, Request, Spike, Target
from yunbox.rehearsal.plan_file import PlanError, check, moment, parse, read

LEAST: dict[str, Any] = {
    "name": "a",
    "target": {"url": "http://127.0.0.1:80"},
    "load": {"shape": "constant", "rate": 10, "length": "1.5min"},
    "requests": [{"name": "home", "path": "/"}],
}


def test_times_and_shares_are_written_with_units() -> None:
    plan = parse(LEAST | {"slo": {"p99": "250ms", "served": "99.95%"}, "generator": {"timeout": "1h"}})
    assert plan.load == Constant(rate=10, length=90)
    assert plan.slo.p99 == 0.25
    assert plan.slo.served == pytest.approx(0.9995)
    assert plan.generator.timeout == 3600


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"load": {"shape": "constant", "rate": 10, "length": "long"}}, "load.length: expected a number"),
        ({"load": {"shape": "constant", "rate": 10}}, "load: it lacks `length`"),
        ({"load": {"shape": "wave"}}, "load.shape: invalid value 'wave'"),
        ({"load": {"shape": "spike", "base": 1, "peek": 1}}, "load: there is no field `peek`"),
        ({"requests": []}, "requests: expected a list of length >= 1"),
        ({"requests": [{"name": "a", "path": "/", "method": "FETCH"}]}, r"requests\[0\].method"),
        ({"slo": {"p98": 1}}, "slo: there is no field `p98`"),
        ({"slo": {"served": "101%"}}, "slo.served: expected a number <= 1"),
        ({"faults": [{"at": "peak", "kind": "kill-everything"}]}, r"faults\[0\].kind"),
        ({"faults": [{"at": "noon", "kind": "kill-controllers"}]}, r"faults\[0\].at"),
        ({"name": ""}, "name"),
        ({"targets": {}}, "the plan: there is no field `targets`"),
    ],
)
def test_an_error_names_the_field(change: dict[str, Any], says: str) -> None:
    with pytest.raises(PlanError, match=says):
        parse(LEAST | change)


@pytest.mark.parametrize("text", ["", "[]", "a: [", "name: x", "\x00"])
def test_a_file_that_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.yaml").write_text(text)
    with pytest.raises(PlanError):
        read(tmp_path / "plan.yaml")
    with pytest.raises(PlanError, match="cannot read"):
        read(tmp_path / "none.yaml")


def test_a_csv_is_looked_for_beside_the_plan(tmp_path: Path) -> None:
    (tmp_path / "trace.csv").write_text("rate\n1\n2\n")
    (tmp_path / "plan.yaml").write_text(
        "{name: a, target: {url: 'http://127.0.0.1'}, requests: [{name: a, path: /}],"
        " load: {shape: csv, file: trace.csv, column: rate, peak: 10}}"
    )
    assert curve(read(tmp_path / "plan.yaml").load).peak == 10


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("peak", ("peak", 0)),
        ("peak+2s", ("peak", 2)),
        ("peak - 500ms", ("peak", -0.5)),
        ("end-1min", ("end", -60)),
        ("30s", ("start", 30)),
        ("12", ("start", 12)),
    ],
)
def test_moments(text: str, found: tuple[str, float]) -> None:
    assert moment(text) == found


def plan(**fields: Any) -> Plan:
    made: dict[str, Any] = {
        "name": "a",
        "target": Target(url="http://127.0.0.1:80"),
        "load": Spike(base=1, peak=10),
        "requests": (Request(name="home", path="/"),),
    }
    return Plan(**made | fields)


def test_a_plan_built_in_python_is_checked_likewise() -> None:
    assert check(plan()) == plan()
    with pytest.raises(PlanError, match=r"load\.peak"):
        check(plan(load=Spike(base=1, peak=-1)))


@pytest.mark.parametrize("url", ["http://8.8.8.8", "http://192.0.2.7:81", "http://[2001:db8::1]:80"])
def test_load_goes_nowhere_but_to_what_is_yours(url: str) -> None:
    with pytest.raises(PlanError, match=r"target\.url: .* --allow"):
        places.places(plan(target=Target(url=url)))
    with pytest.raises(PlanError, match=r"requests\[0\].target.url"):
        places.places(plan(requests=(Request(name="a", path="/", target=Target(url=url)),)))


def test_what_is_named_or_the_clouds_own_may_be_loaded() -> None:
    asked = plan(target=Target(url="http://192.0.2.7:81"))
    (found,) = places.places(asked, allow=["192.0.2.0/24"])
    assert (found.address, found.port, found.host) == ("192.0.2.7", 81, "192.0.2.7:81")
    assert places.places(asked, own=["192.0.2.7"]) == (found,)
    (found,) = places.places(plan(target=Target(url="http://127.1.2.3")))
    assert (found.address, found.port) == ("127.1.2.3", 80)


def test_what_is_allowed_is_an_address_or_a_network() -> None:
    with pytest.raises(PlanError, match="--allow takes an address"):
        places.places(plan(), allow=["my-server"])


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (Target(), "either a url or a balancer"),
        (Target(url="http://127.0.0.1", balancer="lb-1"), "either a url or a balancer"),
        (Target(url="ftp://127.0.0.1"), "http://ADDRESS:PORT"),
        (Target(url="http://127.0.0.1/path"), "paths stand in the requests"),
        (Target(url="http://127.0.0.1:99999"), "Port out of range"),
        (Target(balancer="lb-1"), "give its --data"),
    ],
)
def test_a_target_that_is_none_is_refused(target: Target, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        places.places(plan(target=target))


def test_a_fault_outside_the_load_is_refused() -> None:
    asked = check(parse(LEAST | {"faults": [{"at": "end+1s", "kind": "kill-controllers"}]}))
    with pytest.raises(PlanError, match=r"faults\[0\].at: end\+1s is 91.0 s"):
        faults.moments(asked, curve(asked.load))
    with pytest.raises(PlanError, match=r"faults\[0\]: it is done to a cloud"):
        faults.check(asked, None)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Reconcile(), "either a bucket or a url"),
        (Reconcile(bucket="b"), "reconcile.bucket: it is of a cloud"),
        (Reconcile(url="http://127.0.0.1", id_pattern="("), "reconcile.id_pattern"),
        (Reconcile(url="http://127.0.0.1", id_pattern="a"), "it has none"),
    ],
)
def test_a_reconciliation_that_cannot_be_is_refused(wanted: Reconcile, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        reconciling.check(wanted, None)
