"""XML documents to and from typed values, driven by the types alone.

A `Document` is a msgspec struct whose wire names are its attribute names in PascalCase (`max_age_seconds` is
`MaxAgeSeconds`); irregular names are given by `msgspec.field(name=...)`. A list is the element repeated, None is
an element left out, a struct nests.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from xml.parsers import expat

import msgspec

from yunbox.errors import CloudError

MAX_DEPTH = 16
MAX_ELEMENTS = 50_000
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

T = TypeVar("T", bound=msgspec.Struct)


class Document(msgspec.Struct, rename="pascal"):
    """Base of every type that travels as an XML element with children."""


class MalformedXMLError(Exception):
    """The text is not a document of the wanted shape; the message says where."""


def malformed_xml(reason: str) -> CloudError:
    """Return OSS's refusal of a document, saying what is wrong with it."""
    return CloudError(
        "MalformedXML",
        400,
        f"The XML you provided was not well-formed or did not validate against our published schema: {reason}",
        ec="0017-00000901",
    )


def escape(text: str) -> str:
    """Escape text for an element's content; characters that XML 1.0 cannot hold become character references.

    OSS sends such characters (below U+0020) as references, which only lenient parsers accept; clients that
    care ask for `encoding-type=url`.
    """
    if "&" in text or "<" in text or ">" in text or '"' in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    if text.isprintable():
        return text
    return "".join(c if c >= " " and not "\ud800" <= c <= "\udfff" else f"&#x{ord(c):x};" for c in text)


class _Node:
    __slots__ = ("children", "text")

    def __init__(self) -> None:
        self.children: dict[str, list[_Node]] = {}
        self.text: list[str] = []


class _Builder:
    def __init__(self) -> None:
        self.root: _Node | None = None
        self.root_name = ""
        self.stack: list[_Node] = []
        self.count = 0

    def start(self, name: str, _: dict[str, str]) -> None:
        self.count += 1
        if len(self.stack) >= MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise MalformedXMLError("too deep or too many elements")
        node = _Node()
        name = name.rpartition("|")[2]
        if self.stack:
            self.stack[-1].children.setdefault(name, []).append(node)
        else:
            self.root, self.root_name = node, name
        self.stack.append(node)

    def end(self, _: str) -> None:
        self.stack.pop()

    def data(self, text: str) -> None:
        if self.stack:
            self.stack[-1].text.append(text)


def _refuse_doctype(*_: object) -> None:
    raise MalformedXMLError("a document type declaration is not allowed")


def _parse(body: bytes) -> tuple[str, _Node]:
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator="|")
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise MalformedXMLError(str(error)) from None
    if builder.root is None:
        raise MalformedXMLError("no element found")
    return builder.root_name, builder.root


def from_xml(body: bytes, kind: type[T], root: str) -> T:
    """Read a document of type `kind` whose root element is `root`. Elements it does not know are an error.

    Raises CloudError (MalformedXML) naming what does not fit.
    """
    try:
        name, node = _parse(body)
        if name != root:
            raise MalformedXMLError(f"the root element is {name}, expected {root}")
        return msgspec.convert(_plain(node, kind, root), kind, strict=False)
    except MalformedXMLError as error:
        raise malformed_xml(str(error)) from None
    except msgspec.ValidationError as error:
        raise malformed_xml(f"in {root}, {error}") from None


def _plain(node: _Node, kind: Any, path: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        shapes = _shapes(kind)
        plain: dict[str, Any] = {}
        for name, nodes in node.children.items():
            shape = shapes.get(name)
            if shape is None:
                raise MalformedXMLError(f"{path} has no element {name}")
            inner, many = shape
            if many:
                plain[name] = [_plain(each, inner, name) for each in nodes]
            elif len(nodes) > 1:
                raise MalformedXMLError(f"{path} has more than one {name}")
            else:
                plain[name] = _plain(nodes[0], inner, name)
        return plain
    if node.children:
        raise MalformedXMLError(f"{path} holds elements where text was expected")
    text = "".join(node.text)
    return text if kind is str else text.strip()


@cache
def _shapes(kind: type[msgspec.Struct]) -> dict[str, tuple[Any, bool]]:
    """Return wire name -> (type of one element, whether it repeats)."""
    shapes = {}
    for info in msgspec.structs.fields(kind):
        inner, many = info.type, False
        if typing.get_origin(inner) in (types.UnionType, typing.Union):
            inner = next(each for each in typing.get_args(inner) if each is not types.NoneType)
        if typing.get_origin(inner) is list:
            inner, many = typing.get_args(inner)[0], True
        shapes[info.encode_name] = (inner, many)
    return shapes


def to_xml(value: msgspec.Struct, root: str, *, namespace: str = "") -> bytes:
    """Write a struct as a document with the root element `root`."""
    parts = [_DECLARATION, f'<{root} xmlns="{namespace}">' if namespace else f"<{root}>"]
    _write(value, parts)
    parts.append(f"</{root}>")
    return "".join(parts).encode("utf-8", "surrogatepass")


def _write(value: msgspec.Struct, parts: list[str]) -> None:
    for attribute, name in _names(type(value)):
        item = getattr(value, attribute)
        if item is None or item is msgspec.UNSET:
            continue
        if isinstance(item, list):
            for each in item:
                _element(name, each, parts)
        else:
            _element(name, item, parts)


def _element(name: str, item: Any, parts: list[str]) -> None:
    if isinstance(item, msgspec.Struct):
        parts.append(f"<{name}>")
        _write(item, parts)
        parts.append(f"</{name}>")
    else:
        parts.append(f"<{name}>{_text(item)}</{name}>")


_WRITERS: dict[type, Callable[[Any], str]] = {
    str: escape,
    bool: lambda value: "true" if value else "false",
    int: str,
}


def _text(item: Any) -> str:
    return _WRITERS[type(item)](item)


@cache
def _names(kind: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    return tuple((info.name, info.encode_name) for info in msgspec.structs.fields(kind))
