"""What the requests and answers of actions are made of.

Attributes are snake_case; the wire name is derived (`v_switch_id` is `VSwitchId`), irregular ones are given with
`msgspec.field(name="DBInstanceId")`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, dataclass_transform

import msgspec
from msgspec import Meta, UnsetType

Text = str | UnsetType
Count = int | UnsetType

PageNumber = Annotated[int, Meta(ge=1)]


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class ShapeMeta(msgspec.StructMeta):
    """Makes shapes frozen and keyword-only, with wire names derived from those of their attributes."""

    def __new__(  # noqa: D102 - the class statement's own documentation applies
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any
    ) -> Any:
        given = {"rename": "pascal", "kw_only": True, "frozen": True, **options}
        return super().__new__(mcls, name, bases, namespace, **given)


class Shape(msgspec.Struct, metaclass=ShapeMeta):
    """A part of a request or an answer. A field whose value is UNSET is left out on the wire."""


class Request(Shape):
    """The parameters of one action; the class is named as the action is.

    The framework takes care of the parameters in `api.parameters.SHARED` (RegionId, ClientToken, DryRun ...); a
    type declares one of them only when the action reads it itself. A parameter that the vendor documents and the
    type does not declare is refused by name. `accepted` names those that are taken and change nothing here, with
    the reason, which the coverage page shows.
    """

    accepted: ClassVar[dict[str, str]] = {}


class Answer(Shape):
    """What an action returns. The request id is added on the way out."""


class Empty(Answer):
    """An answer that says nothing but that it is done."""


class Tag(Shape):
    """A tag of a resource, as requests name it."""

    key: str
    value: str = ""


class TagFilter(Shape):
    """A tag that a listing asks for: with an empty value, any value will do."""

    key: str = ""
    value: str = ""


class Paged(Request):
    """A listing in numbered pages."""

    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 10


class Chained(Request):
    """A listing that goes on from a token."""

    next_token: Annotated[str, Meta(max_length=1024)] = ""
    max_results: Annotated[int, Meta(ge=1, le=100)] = 10
