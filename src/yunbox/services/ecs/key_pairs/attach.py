"""AttachKeyPair and DetachKeyPair: which key an instance lets in, from its next boot on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.errors import CloudError
from yunbox.services.ecs.errors import instance_not_found, key_pair_not_found
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.key_pairs.keys import find_key_pair
from yunbox.services.ecs.product import ecs

_Ids = Annotated[list[str], Meta(min_length=1, max_length=50)]


class AttachKeyPair(Request):
    """Let a key into instances, in place of the one that they have."""

    key_pair_name: str
    instance_ids: _Ids


class DetachKeyPair(Request):
    """Let a key into instances no more."""

    key_pair_name: str
    instance_ids: _Ids


class InstanceResult(Shape):
    """What became of one instance: Code is 200 or the refusal's."""

    instance_id: str
    code: str
    message: str
    success: str


class ResultList(Shape):
    """The wrapping of a list of results."""

    result: list[InstanceResult]


class KeyPairMoved(Answer):
    """What became of the instances, one by one."""

    key_pair_name: str
    total_count: str
    fail_count: str
    results: ResultList


@ecs.action(AttachKeyPair, on="instance/{instance_ids}")
def attach_key_pair(request: AttachKeyPair, call: Call) -> KeyPairMoved:
    """Write down the key; the instances get it at their next boot."""
    return _move(call, request.key_pair_name, request.instance_ids, lambda _: request.key_pair_name)


@ecs.action(DetachKeyPair, on="instance/{instance_ids}")
def detach_key_pair(request: DetachKeyPair, call: Call) -> KeyPairMoved:
    """Write down that the key goes; the instances lose it at their next boot. One that has another keeps it."""
    name = request.key_pair_name
    return _move(call, name, request.instance_ids, lambda key: "" if key == name else key)


def _move(call: Call, name: str, ids: list[str], key_of: Callable[[str], str]) -> KeyPairMoved:
    call.authorise(f"keypair/{name}")
    if find_key_pair(call, name) is None:
        raise key_pair_not_found(name)
    results = [_moved(call, id_, key_of) for id_ in dict.fromkeys(ids)]
    failed = sum(1 for result in results if result.success == "false")
    return KeyPairMoved(
        key_pair_name=name,
        total_count=str(len(results)),
        fail_count=str(failed),
        results=ResultList(result=results),
    )


def _moved(call: Call, id_: str, key_of: Callable[[str], str]) -> InstanceResult:
    instance = call.get(Instance, id_)
    if instance is None or instance.desired == "Deleted":
        return _failed(id_, instance_not_found(id_))
    key = key_of(instance.key_pair)
    if key != instance.key_pair:
        call.change.replace(msgspec.structs.replace(instance, key_pair=key))
    return InstanceResult(instance_id=id_, code="200", message="successful", success="true")


def _failed(id_: str, error: CloudError) -> InstanceResult:
    return InstanceResult(instance_id=id_, code=error.code, message=error.message, success="false")
