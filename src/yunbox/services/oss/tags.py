"""A bucket's tags: labels to find and to group buckets by."""

from __future__ import annotations

from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import gone, keep, read_document
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.model import BucketSettings
from yunbox.services.oss.operation import operation

MAX_TAGS = 20
_RESERVED = ("http://", "https://", "aliyun")
_NAME = "tags"


class Tag(Document):
    """One tag."""

    key: str
    value: str = ""


class TagSet(Document):
    """Tags."""

    tag: list[Tag] = []


class Tagging(Document):
    """The tags of a bucket."""

    tag_set: TagSet


def tags_of(settings: BucketSettings) -> dict[str, str]:
    """Return a bucket's tags."""
    stored = settings.configuration(_NAME, Tagging)
    return {tag.key: tag.value for tag in stored.tag_set.tag} if stored is not None else {}


def with_tags(settings: BucketSettings, tags: dict[str, str]) -> BucketSettings:
    """Return settings with these tags in place of the former."""
    made = Tagging(tag_set=TagSet(tag=[Tag(key=key, value=value) for key, value in tags.items()]))
    return settings.with_configuration(_NAME, made if tags else None)


def check_bucket_tags(tags: list[tuple[str, str]]) -> dict[str, str]:
    """Return tags by key after checking count, lengths and that no key comes twice. Raises CloudError."""
    if len(tags) > MAX_TAGS:
        raise invalid_argument(f"A bucket may have at most {MAX_TAGS} tags.", "TagSet")
    made = dict(tags)
    if len(made) != len(tags):
        raise invalid_argument("A tag key must not come twice.", "TagSet")
    for key, value in tags:
        if not 1 <= len(key) <= 128:
            raise invalid_argument("A tag key has 1 to 128 characters.", "Key", key)
        if len(value) > 256:
            raise invalid_argument("A tag value has at most 256 characters.", "Value", value)
        if key.lower().startswith(_RESERVED):
            raise invalid_argument("A tag key must not begin with http://, https:// or Aliyun.", "Key", key)
    return made


@operation("PutBucketTags", "PUT", "bucket", "tagging", permission="oss:PutBucketTagging")
async def put_bucket_tags(call: Call) -> Response:
    """Set the tags."""
    wanted = await read_document(call, Tagging)
    tags = check_bucket_tags([(tag.key, tag.value) for tag in wanted.tag_set.tag])
    await call.change_settings(lambda settings: with_tags(settings, tags))
    return Response(200)


@operation("GetBucketTags", "GET", "bucket", "tagging", permission="oss:GetBucketTagging")
async def get_bucket_tags(call: Call) -> Tagging:
    """Return the tags."""
    return call.settings.configuration(_NAME, Tagging) or Tagging(tag_set=TagSet())


@operation("DeleteBucketTags", "DELETE", "bucket", "tagging", permission="oss:DeleteBucketTagging")
async def delete_bucket_tags(call: Call) -> Response:
    """Remove the tags named by `tagging=key1,key2`, or all."""
    named = {key for key in call.query["tagging"].split(",") if key}
    if not named:
        await keep(call, _NAME, None)
        return gone()

    def change(settings: BucketSettings) -> BucketSettings:
        left = {key: value for key, value in tags_of(settings).items() if key not in named}
        return with_tags(settings, left)

    await call.change_settings(change)
    return gone()
