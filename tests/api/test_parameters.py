"""Reading flat parameters into types: every wire form, and everything malformed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.api.parameters import collect, read, unflatten
from yunbox.api.shapes import Request, Shape, Tag
from yunbox.errors import CloudError


class Disk(Shape):
    size: int = 20
    category: str = ""
    tags: list[Tag] = []


class MakeThings(Request):
    name: str
    amount: int = 1
    system_disk: Disk = Disk()
    data_disk: list[Disk] = []
    tag: list[Tag] = []
    instance_ids: list[str] | None = None
    flag: bool | None = None
    memory: float = 0


def flat(value: Any, name: str = "") -> dict[str, str]:
    """Return a value flattened as the SDKs do."""
    if isinstance(value, dict):
        return {
            k: v
            for key, inner in value.items()
            for k, v in flat(inner, f"{name}.{key}" if name else key).items()
        }
    if isinstance(value, list):
        return {
            k: v for number, inner in enumerate(value, 1) for k, v in flat(inner, f"{name}.{number}").items()
        }
    return {name: str(value)}


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
TAGS = st.lists(st.fixed_dictionaries({"Key": TEXTS.filter(bool), "Value": TEXTS}), max_size=12)
DISKS = st.fixed_dictionaries({"Size": st.integers(0, 10**6), "Category": TEXTS, "Tags": TAGS})
THINGS = st.fixed_dictionaries(
    {
        "Name": TEXTS.filter(bool),
        "Amount": st.integers(-5, 500),
        "SystemDisk": DISKS,
        "DataDisk": st.lists(DISKS, max_size=12),
        "Tag": TAGS,
        "Flag": st.booleans(),
        "Memory": st.floats(0, 1000, allow_nan=False),
    }
)


def plain(value: Any) -> Any:
    if isinstance(value, Shape):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    return [plain(each) for each in value] if isinstance(value, list) else value


@given(THINGS)
def test_flattened_and_json_forms_read_alike(things: dict[str, Any]) -> None:
    whole = {
        key: json.dumps(value) if isinstance(value, dict | list) else str(value)
        for key, value in things.items()
    }
    by_parts, by_json = read(MakeThings, flat(things)), read(MakeThings, whole)
    assert plain(by_parts) == plain(by_json)
    assert by_parts.amount == things["Amount"]
    assert [each.key for each in by_parts.tag] == [each["Key"] for each in things["Tag"]]
    assert [each.size for each in by_parts.data_disk] == [each["Size"] for each in things["DataDisk"]]


@given(st.dictionaries(st.text("ABN.12", min_size=1, max_size=24), TEXTS, max_size=8))
def test_nothing_but_refusals_comes_of_any_names(names: dict[str, str]) -> None:
    try:
        read(MakeThings, {"Name": "n", **names})
    except CloudError as error:
        assert error.status == 400


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "1"])
def test_booleans_in_any_case(text: str) -> None:
    assert read(MakeThings, {"Name": "n", "Flag": text}).flag is True


def test_a_single_text_is_a_list_of_one() -> None:
    assert read(MakeThings, {"Name": "n", "InstanceIds": "i-1"}).instance_ids == ["i-1"]
    assert read(MakeThings, {"Name": "n", "InstanceIds": '["i-1","i-2"]'}).instance_ids == ["i-1", "i-2"]
    assert read(MakeThings, {"Name": "n", "InstanceIds": ""}).instance_ids is None


def test_an_empty_value_is_none_given() -> None:
    assert read(MakeThings, {"Name": "n", "Amount": "", "Flag": ""}) == MakeThings(name="n")
    with pytest.raises(CloudError) as caught:
        read(MakeThings, {"Name": ""})
    assert caught.value.code == "MissingParameter"


def test_items_keep_the_order_of_their_numbers() -> None:
    given = {"Name": "n", "Tag.10.Key": "ten", "Tag.2.Key": "two", "Tag.1.Key": "one"}
    assert [each.key for each in read(MakeThings, given).tag] == ["one", "two", "ten"]


@pytest.mark.parametrize(
    ("given", "code", "named"),
    [
        ({}, "MissingParameter", "Name"),
        ({"Name": "n", "Amount": "many"}, "InvalidParameter", "Amount"),
        ({"Name": "n", "Tag.1.Value": "v"}, "MissingParameter", "Tag.1.Key"),
        ({"Name": "n", "Tag": "[{"}, "InvalidParameter", "Tag"),
        ({"Name": "n", "Tag": "[" * 100_000}, "InvalidParameter", "Tag"),
        ({"Name": "n", "Tag.x.Key": "k"}, "InvalidParameter", "Tag"),
        ({"Name": "n", "Tag.²": "k"}, "InvalidParameter", "Tag"),
        ({"Name": "n", "SystemDisk": "big"}, "InvalidParameter", "SystemDisk"),
        ({"Name": "n", "SystemDisk.Size": "big"}, "InvalidParameter", "SystemDisk.Size"),
        ({"Name.x": "n"}, "InvalidParameter", "Name"),
        ({"Name": "n", "Name.1": "n"}, "InvalidParameter", "Name"),
        ({"Name": "n", "A.A.A.A.A.A.A.A.A.A": "deep"}, "InvalidParameter", "A.A"),
        ({"Name": "n", **{f"Tag.{n}.Key": "k" for n in range(1, 1002)}}, "InvalidParameter", "Tag"),
    ],
)
def test_what_is_malformed_is_refused_by_name(given: dict[str, str], code: str, named: str) -> None:
    with pytest.raises(CloudError) as caught:
        read(MakeThings, given)
    assert caught.value.code == code
    assert named in caught.value.message


def test_what_a_type_does_not_have_is_told() -> None:
    unknown: set[str] = set()
    given = {
        "Name": "n",
        "DataDisk.1.Label": "l",
        "SystemDisk": '{"Label": "l"}',
        "Other.1.X": "o",
        "None": "",
    }
    read(MakeThings, given, unknown)
    assert unknown == {"DataDisk.N.Label", "SystemDisk.Label", "Other"}


def test_a_parameter_given_twice_is_refused() -> None:
    assert collect([("A", "1"), ("A", "1")]) == {"A": "1"}
    with pytest.raises(CloudError):
        collect([("A", "1"), ("A", "2")])


def test_parts_and_wholes_do_not_mix() -> None:
    for names in (("A", "A.1"), ("A.1", "A"), ("A.1", "A.1.B"), ("A.1.B", "A.1")):
        with pytest.raises(CloudError):
            unflatten(dict.fromkeys(names, "x"))
