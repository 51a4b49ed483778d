"""Which instances a command or a file is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yunbox.api.call import Call
from yunbox.api.shapes import Shape, TagFilter
from yunbox.errors import CloudError
from yunbox.services.ecs.cloud_assistant.errors import not_applicable, target_not_found, too_many_instances
from yunbox.services.ecs.instances.model import Instance

MAX_RESOURCE_TAGS = 10


class ResourceTag(Shape):
    """A tag of the instances that are meant; with an empty value, any value will do."""

    key: str = ""
    value: str = ""


def chosen(
    call: Call, ids: Sequence[str], tags: Sequence[ResourceTag], most: int, *, required: bool = True
) -> list[Instance]:
    """Return the instances of some ids, or of some tags, each once.

    Raises CloudError: MissingParam.InstanceId, InstanceIds.ExceedLimit, InvalidInstance.NotFound,
    InvalidResourceTag.ConflictWithInstanceIds, InvalidResourceTag.InstanceNotFound, NumberExceed.ResourceTags,
    MissingParameter.ResourceTagKey, Duplicate.ResourceTagKey.
    """
    if ids and tags:
        raise CloudError(
            "InvalidResourceTag.ConflictWithInstanceIds", 400, "ResourceTag conflicts with InstanceId."
        )
    if tags:
        return _tagged(call, tags, most)
    unique = list(dict.fromkeys(ids))
    if not unique and required:
        raise CloudError("MissingParam.InstanceId", 400, "The parameter instanceId is missing or empty.")
    if len(unique) > most:
        raise too_many_instances(most)
    found = []
    for id_ in unique:
        instance = call.get(Instance, id_)
        if instance is None or instance.desired == "Deleted":
            raise target_not_found(id_)
        found.append(instance)
    return found


def _tagged(call: Call, tags: Sequence[ResourceTag], most: int) -> list[Instance]:
    if len(tags) > MAX_RESOURCE_TAGS:
        raise CloudError("NumberExceed.ResourceTags", 400, "The maximum number of ResourceTags is exceeded.")
    if any(not each.key for each in tags):
        raise CloudError("MissingParameter.ResourceTagKey", 400, "You must specify ResourceTag.N.Key.")
    if len({each.key for each in tags}) < len(tags):
        raise CloudError("Duplicate.ResourceTagKey", 400, "The ResourceTag contains duplicate keys.")
    wanted = [TagFilter(key=each.key, value=each.value) for each in tags]
    found = [each for each in call.find(Instance) if each.desired != "Deleted" and each.has_tags(wanted)]
    if not found:
        raise CloudError(
            "InvalidResourceTag.InstanceNotFound",
            400,
            "InstanceIds are not found by the specified ResourceTag.",
        )
    if len(found) > most:
        raise too_many_instances(most)
    return found


def check_applicable(type_: str, instances: Iterable[Instance]) -> None:
    """Return when instances can run commands of a type. Raises CloudError: InvalidInstance.NotMatch."""
    for each in instances:
        if (type_ == "RunShellScript") == (each.os_type == "windows"):
            raise not_applicable(each.id)
