"""GetInstanceConsoleOutput. Wire shape: ECS API 2014-05-26."""

from __future__ import annotations

import base64
import re

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request
from yunbox.services.ecs.instances.status import find_instance
from yunbox.services.ecs.product import ecs

_LIMIT = 64 * 1024
_SYMBOLS = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


class GetInstanceConsoleOutput(Request):
    """Ask for what an instance printed while it booted."""

    instance_id: str
    remove_symbols: bool = False


class ConsoleOutput(Answer):
    """The last 64 KiB of it, in base64."""

    instance_id: str
    console_output: str
    last_update_time: str


@ecs.action(GetInstanceConsoleOutput, on="instance/{instance_id}", access="own")
async def get_instance_console_output(request: GetInstanceConsoleOutput, call: Call) -> ConsoleOutput:
    """Answer what the engine kept; an instance that did not start says why."""
    with call.cloud.store.read() as view:
        call.use(view)
        instance = find_instance(call, request.instance_id)
    output = await call.cloud.compute().console(instance.id, _LIMIT)
    if instance.failure:
        output += f"yunbox: the instance did not start: {instance.failure}\n".encode()
    if request.remove_symbols:
        output = _SYMBOLS.sub(b"", output)
    return ConsoleOutput(
        instance_id=instance.id,
        console_output=base64.b64encode(output).decode(),
        last_update_time=seconds(call.now),
    )
