"""Starting, stopping, restarting and deleting instances: what the vendor allows in which status.

Each writes what is wished and the status on the way there; the instance controller does it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.api.call import Call
from yunbox.errors import CloudError
from yunbox.services.ecs.errors import deletion_protected, instance_not_found, instance_status
from yunbox.services.ecs.instances.model import Instance

StoppedMode = Literal["", "KeepCharging", "StopCharging", "Not-applicable"]
"""How a stopped instance is paid for. `Not-applicable` is what a running one shows; sent back, it says nothing."""


def find_instance(call: Call, instance_id: str) -> Instance:
    """Return an instance. Raises CloudError: InvalidInstanceId.NotFound."""
    return call.require(Instance, instance_id, instance_not_found)


def start(call: Call, instance: Instance) -> Instance:
    """Wish that it runs. Raises CloudError.

    IncorrectInstanceStatus unless it is Stopped, InstanceExpired for a subscription that has ended.
    """
    _need(instance, "Stopped")
    if 0.0 < instance.expires <= call.now:
        raise CloudError(
            "InstanceExpired",
            403,
            f"The subscription of the instance {instance.id} has expired: renew it first.",
        )
    return call.change.replace(
        msgspec.structs.replace(
            instance,
            desired="Running",
            status="Starting",
            boot=instance.boot + 1,
            boot_asked=call.now,
            stopped_mode="Not-applicable",
            attempts=0,
            retry_at=0.0,
        )
    )


def stop(call: Call, instance: Instance, *, force: bool, mode: StoppedMode = "") -> Instance:
    """Wish that it does not run. Raises CloudError: IncorrectInstanceStatus.

    One that is Starting, and may never come up, is stopped by force only.
    """
    _need(instance, "Running", *(("Starting",) if force else ()))
    if mode == "StopCharging" and instance.charge_type == "PrePaid":
        raise CloudError("InvalidParameter.StoppedMode", 400, "StopCharging is for pay-as-you-go instances.")
    return call.change.replace(
        msgspec.structs.replace(
            instance,
            desired="Stopped",
            status="Stopping",
            force=force,
            stopped_mode="StopCharging" if mode == "StopCharging" else "KeepCharging",
        )
    )


def reboot(call: Call, instance: Instance, *, force: bool) -> Instance:
    """Wish that it starts anew. Raises CloudError: IncorrectInstanceStatus unless it is Running."""
    _need(instance, "Running")
    return call.change.replace(
        msgspec.structs.replace(
            instance, status="Starting", boot=instance.boot + 1, boot_asked=call.now, force=force
        )
    )


def delete(call: Call, instance: Instance, *, force: bool, terminate: bool = False) -> Instance:
    """Wish that it is gone. Raises CloudError.

    IncorrectInstanceStatus unless it is Stopped or `force` is given, InvalidOperation.DeletionProtection,
    ChargeTypeViolation for a subscription that has not expired.
    """
    if instance.desired == "Deleted":
        return instance
    if instance.deletion_protection:
        raise deletion_protected(instance.id)
    if instance.charge_type == "PrePaid" and not (terminate and instance.expires <= call.now):
        raise CloudError(
            "ChargeTypeViolation",
            403,
            f"The operation is not permitted due to the charge type of the instance {instance.id}: a subscription "
            "is released when it has expired and TerminateSubscription says so.",
        )
    if not force:
        _need(instance, "Stopped")
    status = instance.status if instance.status in ("Stopped", "Pending") else "Stopping"
    return call.change.replace(
        msgspec.structs.replace(instance, desired="Deleted", status=status, force=True)
    )


def _need(instance: Instance, *wanted: str) -> None:
    if instance.desired == "Deleted" or instance.status not in wanted:
        raise instance_status(instance.id, instance.status, " or ".join(wanted))
