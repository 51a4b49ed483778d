"""XML to and from typed documents."""

from __future__ import annotations

from typing import Literal
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.errors import CloudError
from yunbox.gateway.protocols.xml import Document, escape, from_xml, to_xml


class Rule(Document):
    name: str
    days: int | None = None
    kind: Literal["A", "B"] = "A"
    on: bool = False


class Rules(Document):
    rule: list[Rule] = []
    owner: str = msgspec.field(name="OwnerID", default="")


TEXT = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cn")))


@given(st.lists(st.builds(Rule, name=TEXT, days=st.none() | st.integers(0, 10**9), on=st.booleans())), TEXT)
def test_round_trip(rules: list[Rule], owner: str) -> None:
    document = Rules(rule=rules, owner=owner)
    assert from_xml(to_xml(document, "Rules"), Rules, "Rules") == document


@given(TEXT)
def test_every_parser_reads_what_is_written(text: str) -> None:
    assert (ElementTree.fromstring(f"<a>{escape(text)}</a>").text or "") == text.replace("\r", "\n")


def test_names_numbers_and_namespaces() -> None:
    text = b"""<?xml version="1.0"?><Rules xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">
      <Rule><Name> a </Name><Days> 3 </Days><On>True</On></Rule><OwnerID>1</OwnerID></Rules>"""
    with pytest.raises(CloudError, match="Expected"):
        from_xml(text.replace(b"True", b"maybe"), Rules, "Rules")
    assert from_xml(text, Rules, "Rules") == Rules(rule=[Rule(" a ", 3, on=True)], owner="1")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<Rules>",
        b"<Other/>",
        b"<Rules><Unknown/></Rules>",
        b"<Rules><OwnerID>1</OwnerID><OwnerID>2</OwnerID></Rules>",
        b"<Rules><Rule/></Rules>",
        b"<Rules><Rule><Name>a</Name><Days>x</Days></Rule></Rules>",
        b"<Rules><Rule><Name>a</Name><Kind>C</Kind></Rule></Rules>",
        b"<Rules><OwnerID><b/></OwnerID></Rules>",
        b'<!DOCTYPE Rules [<!ENTITY a "b">]><Rules><OwnerID>&a;</OwnerID></Rules>',
        b'<!DOCTYPE Rules SYSTEM "file:///etc/passwd"><Rules/>',
        b"<Rules>" + b"<Rule>" * 50 + b"</Rule>" * 50 + b"</Rules>",
        b"<Rules>" + b"<Rule><Name>a</Name></Rule>" * 60_000 + b"</Rules>",
        b"\xff\xfe",
    ],
)
def test_what_does_not_fit_is_malformed(text: bytes) -> None:
    with pytest.raises(CloudError) as caught:
        from_xml(text, Rules, "Rules")
    assert (caught.value.code, caught.value.status) == ("MalformedXML", 400)


@given(st.binary(max_size=200))
def test_hostile_bytes_never_crash(data: bytes) -> None:
    with pytest.raises(CloudError):
        from_xml(data, Rules, "Nothing")
