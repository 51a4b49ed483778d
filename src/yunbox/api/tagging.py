"""Tags as a capability that products share: TagResources, UntagResources, ListTagResources.

Wire shapes and bounds: ECS and VPC API documentation of the three actions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call, resource_of
from yunbox.api.errors import invalid_parameter, missing_parameter
from yunbox.api.product import Product
from yunbox.api.resource import CloudResource
from yunbox.api.shapes import Answer, Empty, Request, Shape, Tag, TagFilter
from yunbox.control.store_resource import MAX_TEXT
from yunbox.errors import CloudError

MAX_TAGS = 20
MAX_KEY = 128
MAX_VALUE = 128
_PAGE = 50

ResourceIds = Annotated[list[str], Meta(min_length=1, max_length=50)]
Missing = Callable[[str, str], CloudError]
Kinds = tuple[type[CloudResource], ...]
"""The types of resources that go by one name, such as certificates of servers and of authorities."""


class TagResources(Request):
    """Put tags on resources."""

    resource_type: str
    resource_id: ResourceIds
    tag: Annotated[list[Tag], Meta(min_length=1, max_length=MAX_TAGS)]


class UntagResources(Request):
    """Take tags off resources."""

    resource_type: str
    resource_id: ResourceIds
    tag_key: list[str] = []
    all: bool = False


class ListTagResources(Request):
    """List which resource bears which tag."""

    resource_type: str
    resource_id: Annotated[list[str], Meta(max_length=50)] = []
    tag: Annotated[list[TagFilter], Meta(max_length=MAX_TAGS)] = []
    next_token: str = ""


class ListTagResourcesSized(ListTagResources):
    """List which resource bears which tag; a page is as long as is asked."""

    max_results: Annotated[int, Meta(ge=1, le=50)] = _PAGE


class ListTagResourcesFlat(ListTagResources):
    """List which resource bears which tag, for products whose answers wrap no lists."""

    max_results: Annotated[int, Meta(ge=1, le=100)] = 20


class TagResource(Shape):
    """One tag of one resource."""

    resource_id: str
    resource_type: str
    tag_key: str
    tag_value: str


class TagResourceList(Shape):
    """The wrapping of a list of tags."""

    tag_resource: list[TagResource]


_Listed = list[TagResource]


class TagsListed(Answer):
    """What resources bear."""

    tag_resources: TagResourceList
    next_token: str = ""


class TagsListedFlat(Answer):
    """What resources bear, in a plain list."""

    tag_resources: list[TagResource]
    max_results: int
    next_token: str = ""


def check_tags(tags: Iterable[Tag]) -> dict[str, str]:
    """Return tags as they are stored. Raises CloudError for ones that the vendor does not take."""
    found: dict[str, str] = {}
    for index, tag in enumerate(tags, 1):
        lower = tag.key.lower()
        if not 1 <= len(tag.key) <= MAX_KEY or lower.startswith(("aliyun", "acs:")) or "http://" in lower:
            raise CloudError("InvalidTagKey.Malformed", 400, f"The specified Tag.{index}.Key is not valid.")
        if len(tag.value) > MAX_VALUE or "http://" in tag.value.lower() or "https://" in tag.value.lower():
            raise CloudError(
                "InvalidTagValue.Malformed", 400, f"The specified Tag.{index}.Value is not valid."
            )
        if tag.key in found:
            raise CloudError("Duplicate.TagKey", 400, f"The key of Tag.{index} is given twice.")
        found[tag.key] = tag.value
    if len(found) > MAX_TAGS:
        raise _too_many()
    return found


def _too_many() -> CloudError:
    return CloudError("NumberExceed.Tags", 400, f"A resource has at most {MAX_TAGS} tags.")


def _not_found(type_: str, id_: str) -> CloudError:
    return CloudError("InvalidResourceId.NotFound", 404, f"The specified {type_} {id_} does not exist.")


def register_tagging(
    product: Product,
    types: Mapping[str, type[CloudResource] | Kinds],
    *,
    untag: str = "UntagResources",
    named: Collection[str] = (),
    sized: bool = False,
    flat: bool = False,
    check: Callable[[CloudResource], None] = lambda _: None,
) -> None:
    """Give a product the three actions, for resources of the given types by the names that requests use.

    `untag` is the product's spelling of UntagResources (Vpc's is UnTagResources). Resources of the types in `named`
    are meant by their names, as Ecs's key pairs are. `sized` is whether ListTagResources knows MaxResults, `flat`
    whether it answers with a plain list, too. `check` raises CloudError for a resource whose new tags it refuses.
    """
    tagging = _Tagging(types, named, check)
    product.action(TagResources, on="")(tagging.tag)
    product.action(UntagResources, name=untag, on="")(tagging.untag)
    if flat:
        product.action(ListTagResourcesFlat, name="ListTagResources", on="")(tagging.list_flat)
        return
    listing = ListTagResourcesSized if sized else ListTagResources
    product.action(listing, name="ListTagResources", on="")(tagging.list)


class _Tagging:
    """The three actions for one product's types."""

    def __init__(
        self,
        types: Mapping[str, type[CloudResource] | Kinds],
        named: Collection[str],
        check: Callable[[CloudResource], None],
    ) -> None:
        self._check = check
        self._types: dict[str, tuple[str, Kinds]] = {
            name.lower(): (name, kinds if isinstance(kinds, tuple) else (kinds,))
            for name, kinds in types.items()
        }
        self._named = named

    def tag(self, request: TagResources, call: Call) -> Empty:
        """Put tags on resources."""
        wanted = check_tags(request.tag)
        for resource in self._each(call, request.resource_type, request.resource_id):
            tags = resource.tags | wanted
            if len(tags) > MAX_TAGS:
                raise _too_many()
            tagged = msgspec.structs.replace(resource, tags=tags)
            self._check(tagged)
            call.change.replace(tagged)
        return Empty()

    def untag(self, request: UntagResources, call: Call) -> Empty:
        """Take tags off resources."""
        for resource in self._each(call, request.resource_type, request.resource_id):
            clear = request.all and not request.tag_key
            tags = {} if clear else {k: v for k, v in resource.tags.items() if k not in request.tag_key}
            call.change.replace(msgspec.structs.replace(resource, tags=tags))
        return Empty()

    def list(self, request: ListTagResources, call: Call) -> TagsListed:
        """Answer which resource bears which tag."""
        size = request.max_results if isinstance(request, ListTagResourcesSized) else _PAGE
        listed, token = self._listed(request, call, size)
        return TagsListed(tag_resources=TagResourceList(tag_resource=listed), next_token=token)

    def list_flat(self, request: ListTagResourcesFlat, call: Call) -> TagsListedFlat:
        """Answer which resource bears which tag."""
        listed, token = self._listed(request, call, request.max_results)
        return TagsListedFlat(tag_resources=listed, max_results=request.max_results, next_token=token)

    def _listed(self, request: ListTagResources, call: Call, size: int) -> tuple[_Listed, str]:
        name, kinds = self._type_of(request.resource_type)
        for id_ in request.resource_id or ["*"]:
            _authorise(call, name, id_)
        if not request.resource_id and not request.tag:
            raise missing_parameter("ResourceId")
        if request.resource_id:
            meant = (self._one(call, name, kinds, id_) for id_ in request.resource_id)
            found = [one for one in meant if one is not None]
        else:
            found = [one for kind in kinds for one in call.find(kind)]
        fitting = sorted((one for one in found if one.has_tags(request.tag)), key=lambda one: one.id)
        page, token = _page(fitting, request.next_token, size)
        listed = [
            TagResource(
                resource_id=one.name if name in self._named else one.id,
                resource_type=name,
                tag_key=key,
                tag_value=value,
            )
            for one in page
            for key, value in sorted(one.tags.items())
        ]
        return listed, token

    def _type_of(self, name: str) -> tuple[str, Kinds]:
        found = self._types.get(name.lower())
        if found is None:
            known = ", ".join(sorted(each for each, _ in self._types.values()))
            raise invalid_parameter("ResourceType", f"{known} are expected")
        return found

    def _one(self, call: Call, name: str, kinds: Kinds, id_: str) -> CloudResource | None:
        if name not in self._named:
            return next((found for kind in kinds if (found := call.get(kind, id_)) is not None), None)
        if not 0 < len(id_) <= MAX_TEXT:
            return None
        return next((found for kind in kinds for found in call.find(kind, name=id_, limit=1)), None)

    def _each(self, call: Call, type_: str, ids: Iterable[str]) -> Iterator[CloudResource]:
        name, kinds = self._type_of(type_)
        for id_ in ids:
            _authorise(call, name, id_)
            resource = self._one(call, name, kinds, id_)
            if resource is None:
                raise _not_found(name, id_)
            yield resource


def _authorise(call: Call, name: str, id_: str) -> None:
    # In the spelling of policies, whatever case the request has: another one would slip past a Deny.
    call.authorise(resource_of(name.lower(), id_))


def _page(found: list[CloudResource], token: str, size: int) -> tuple[list[CloudResource], str]:
    rest = [one for one in found if one.id > token]
    return rest[:size], rest[size - 1].id if len(rest) > size else ""
