"""Tags and resource groups of Ecs's resources. Wire shapes: ECS API 2014-05-26.

Types are named as the API names them; a key pair is meant by its name.
"""

from __future__ import annotations

import msgspec

from yunbox.api.call import Call, resource_of
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import CloudResource
from yunbox.api.shapes import Empty, Request
from yunbox.api.tagging import register_tagging
from yunbox.errors import CloudError
from yunbox.services.ecs.cloud_assistant.model import Command, Invocation
from yunbox.services.ecs.disks.model import Disk
from yunbox.services.ecs.images.model import Image
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.key_pairs.model import KeyPair
from yunbox.services.ecs.launch_templates.model import LaunchTemplate
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.ecs.product import ecs
from yunbox.services.ecs.security_groups.model import SecurityGroup
from yunbox.services.ecs.snapshot_policies.model import SnapshotPolicy
from yunbox.services.ecs.snapshots.model import Snapshot

TYPES: dict[str, type[CloudResource]] = {
    "instance": Instance,
    "disk": Disk,
    "snapshot": Snapshot,
    "snapshotpolicy": SnapshotPolicy,
    "image": Image,
    "securitygroup": SecurityGroup,
    "eni": NetworkInterface,
    "keypair": KeyPair,
    "launchtemplate": LaunchTemplate,
    "command": Command,
    "invocation": Invocation,
}

register_tagging(ecs, TYPES, named=("keypair",))


class JoinResourceGroup(Request):
    """Put a resource into a resource group."""

    resource_type: str
    resource_id: str
    resource_group_id: str


def _missing(id_: str) -> CloudError:
    return CloudError(
        "InvalidResourceId.NotFound", 404, f"The specified resource {id_[:64]!a} does not exist."
    )


# Policies are asked in their own spelling of the type, whatever case the request has.
@ecs.action(JoinResourceGroup, on="")
def join_resource_group(request: JoinResourceGroup, call: Call) -> Empty:
    """Write it. Raises CloudError: InvalidParameter, InvalidResourceId.NotFound."""
    type_ = TYPES.get(request.resource_type.lower())
    if type_ is None:
        raise invalid_parameter("ResourceType", f"{', '.join(sorted(TYPES))} are expected")
    call.authorise(resource_of(request.resource_type.lower(), request.resource_id))
    found: CloudResource
    if type_ is KeyPair:
        pairs = call.find(KeyPair, name=request.resource_id[:512], limit=1)
        if not pairs:
            raise _missing(request.resource_id)
        found = pairs[0]
    else:
        found = call.require(type_, request.resource_id, _missing)
    call.change.replace(msgspec.structs.replace(found, resource_group=request.resource_group_id))
    return Empty()
