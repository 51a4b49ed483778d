"""Virtual MFA devices. Wire shapes: the SDK alibabacloud_ram20150501.

Requests are signed with keys and never show a one-time code: a device is kept and bound, and no request counts as
made with one (`acs:MFAPresent` is false).
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from yunbox.api.call import Call
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Empty, Request, Shape, Text
from yunbox.identity.resources import MfaDevice, User
from yunbox.services.ram.parts import identities
from yunbox.services.ram.product import ram
from yunbox.services.ram.refusals import refusing


class CreateVirtualMFADevice(Request):
    """Make a device; its seed is told this one time."""

    virtual_mfa_device_name: str = msgspec.field(name="VirtualMFADeviceName")


class BindMFADevice(Request):
    """Bind a device to a user, who shows two codes in a row."""

    serial_number: str
    user_name: str
    authentication_code1: str
    authentication_code2: str


class UnbindMFADevice(Request):
    """Take its device from a user."""

    user_name: str


class DeleteVirtualMFADevice(Request):
    """Delete a device that is bound to nobody."""

    serial_number: str


class GetUserMFAInfo(Request):
    """Ask which device a user has bound."""

    user_name: str


class ListVirtualMFADevices(Request):
    """List the account's devices."""


class NewDevice(Shape):
    """A device that was just made."""

    serial_number: str
    base32_string_seed: str


class NewDeviceAnswer(Answer):
    """The new device."""

    virtual_mfa_device: NewDevice = msgspec.field(name="VirtualMFADevice")


class UnboundDevice(Shape):
    """The device that was taken away."""

    serial_number: str


class UnboundAnswer(Answer):
    """The device that was taken away."""

    mfa_device: UnboundDevice = msgspec.field(name="MFADevice")


class BoundDevice(Shape):
    """The device that a user has bound."""

    serial_number: str
    type: str


class BoundAnswer(Answer):
    """The device that a user has bound."""

    mfa_device: BoundDevice = msgspec.field(name="MFADevice")


class DeviceUser(Shape):
    """Whom a device is bound to."""

    user_id: str
    user_name: str
    display_name: str


class ListedDevice(Shape):
    """A device in a listing."""

    serial_number: str
    activate_date: Text = UNSET
    user: DeviceUser | UnsetType = UNSET


class DeviceList(Shape):
    """The wrapping of a list of devices."""

    virtual_mfa_device: list[ListedDevice] = msgspec.field(name="VirtualMFADevice")


class DevicesListed(Answer):
    """All devices of the account."""

    virtual_mfa_devices: DeviceList = msgspec.field(name="VirtualMFADevices")


def _resource(serial_number: str) -> str:
    """Return what a serial number, an ARN, names within the account."""
    return f"mfa/{serial_number.rpartition('mfa/')[2] or '*'}"


@ram.action(
    CreateVirtualMFADevice, on="mfa/*", partial="The answer has no QRCodePNG; the seed can be typed in."
)
@refusing("VirtualMFADevice")
def create_virtual_mfa_device(request: CreateVirtualMFADevice, call: Call) -> NewDeviceAnswer:
    """Make it in the caller's account."""
    made = identities(call).create_mfa_device(call.account, request.virtual_mfa_device_name)
    return NewDeviceAnswer(
        virtual_mfa_device=NewDevice(serial_number=made.serial_number, base32_string_seed=made.seed)
    )


@ram.action(BindMFADevice, on="user/{user_name}")
@refusing("User")
def bind_mfa_device(request: BindMFADevice, call: Call) -> Empty:
    """Bind it, when the codes are the device's."""
    call.authorise(_resource(request.serial_number))
    known = identities(call)
    user = known.require_user(call.account, request.user_name)
    known.bind_mfa_device(
        user.id, request.serial_number, request.authentication_code1, request.authentication_code2
    )
    return Empty()


@ram.action(UnbindMFADevice, on="user/{user_name}")
@refusing("User")
def unbind_mfa_device(request: UnbindMFADevice, call: Call) -> UnboundAnswer:
    """The device is kept, bound to nobody."""
    known = identities(call)
    user = known.require_user(call.account, request.user_name)
    device = known.unbind_mfa_device(user.id)
    return UnboundAnswer(mfa_device=UnboundDevice(serial_number=device.serial_number))


@ram.action(DeleteVirtualMFADevice, on="")
@refusing("VirtualMFADevice")
def delete_virtual_mfa_device(request: DeleteVirtualMFADevice, call: Call) -> Empty:
    """Forget the seed."""
    call.authorise(_resource(request.serial_number))
    identities(call).delete_mfa_device(call.account, request.serial_number)
    return Empty()


@ram.action(GetUserMFAInfo, on="user/{user_name}")
@refusing("User")
def get_user_mfa_info(request: GetUserMFAInfo, call: Call) -> BoundAnswer:
    """Find it by the user's name."""
    known = identities(call)
    device = known.mfa_device_of(known.require_user(call.account, request.user_name).id)
    return BoundAnswer(mfa_device=BoundDevice(serial_number=device.serial_number, type="VMFA"))


@ram.action(ListVirtualMFADevices, on="mfa/*")
def list_virtual_mfa_devices(request: ListVirtualMFADevices, call: Call) -> DevicesListed:
    """List them by name."""
    found = identities(call).mfa_devices(call.account)
    listed = [_listed(device, user) for device, user in found]
    return DevicesListed(virtual_mfa_devices=DeviceList(virtual_mfa_device=listed))


def _listed(device: MfaDevice, user: User | None) -> ListedDevice:
    if user is None:
        return ListedDevice(serial_number=device.serial_number)
    return ListedDevice(
        serial_number=device.serial_number,
        activate_date=seconds(device.activated),
        user=DeviceUser(user_id=user.id, user_name=user.name, display_name=user.display_name),
    )
