"""What the store keeps: typed resources and how each becomes bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

import msgspec

MAX_TEXT = 512
"""The longest id or indexed field, in characters: they are keys of indexes."""


class UnreadableResourceError(Exception):
    """Stored bytes were written by a newer release, or are not what the type says."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class ResourceMeta(msgspec.StructMeta):
    """Makes resource types frozen and keyword-only, and registers each under its kind."""

    def __new__(  # noqa: D102 - the class statement's own documentation applies
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, kind: str = "", **options: Any
    ) -> Any:
        options.setdefault("frozen", True)
        options.setdefault("kw_only", True)
        cls: Any = super().__new__(mcls, name, bases, namespace, **options)
        cls.kind = kind
        cls.codec = None
        return cls


class Resource(msgspec.Struct, metaclass=ResourceMeta, kw_only=True):
    """Something the cloud remembers, declared as `class User(Resource, kind="ram.user")`.

    `id` is unique within its kind. `account`, `region`, `name` and `parent` are indexed: `find` takes them.
    `parent` is the id of what it belongs to, as a vSwitch belongs to a VPC. `revision` is the store's
    revision at the last change; the store sets it.

    A type that changes its fields incompatibly raises `format` and overrides `upgrade`. A field added with a
    default needs neither.
    """

    kind: ClassVar[str] = ""
    codec: ClassVar[Codec | None] = None
    format: ClassVar[int] = 1

    id: str
    account: str = ""
    region: str = ""
    name: str = ""
    parent: str = ""
    revision: int = 0

    if TYPE_CHECKING:

        def __init_subclass__(cls, *, kind: str = "", **options: Any) -> None: ...

    @classmethod
    def upgrade(cls, fields: dict[str, Any], format: int) -> dict[str, Any]:  # noqa: A002
        """Return the fields of the present format, given those stored under an older one."""
        raise UnreadableResourceError(f"{cls.kind} has no upgrade from format {format}.")


class Codec:
    """Turns resources of one type into bytes and back; made once a type."""

    __slots__ = ("_decode", "_type")

    _encode = msgspec.msgpack.Encoder().encode

    def __init__(self, type_: type[Resource]) -> None:
        if not type_.kind:
            raise TypeError(f"{type_.__name__} is declared without a kind.")
        self._type = type_
        self._decode = msgspec.msgpack.Decoder(type_).decode

    def encode(self, resource: Resource) -> bytes:
        """Return the bytes to store."""
        return Codec._encode(resource)

    def decode(self, body: bytes, format: int) -> Resource:  # noqa: A002
        """Return the resource. Raises UnreadableResourceError for a newer format or damaged bytes."""
        if format != self._type.format:
            return self._decode_other(body, format)
        try:
            return self._decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreadableResourceError(f"A stored {self._type.kind} is damaged: {error}") from error

    def _decode_other(self, body: bytes, format: int) -> Resource:  # noqa: A002
        if format > self._type.format:
            raise UnreadableResourceError(
                f"A stored {self._type.kind} has format {format}, newer than {self._type.format}: "
                "it was written by a newer release of yunbox."
            )
        fields = self._type.upgrade(msgspec.msgpack.decode(body), format)
        return msgspec.convert(fields, self._type)


def codec(type_: type[Resource]) -> Codec:
    """Return the type's codec."""
    found = type_.codec
    if found is None:
        found = type_.codec = Codec(type_)
    return found


class Ref(msgspec.Struct, frozen=True):
    """Names one changed resource; `deleted` when it is gone."""

    kind: str
    id: str
    revision: int
    deleted: bool = False


class Changes(msgspec.Struct, frozen=True):
    """What changed after a revision, each resource once, in the order of its last change.

    `upto` is the revision to ask from next time. `complete` is False when the question reached further back
    than deletions are remembered: then list everything instead. `more` says that the limit cut the list.
    """

    upto: int
    refs: list[Ref]
    complete: bool = True
    more: bool = False
