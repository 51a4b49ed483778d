"""Virtual MFA devices: one-time codes from time and a seed. Source: `BindMFADevice`; RFC 6238."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from itertools import pairwise

import msgspec

from yunbox.identity.registry import (
    DeleteConflictError,
    EntityExistsError,
    InvalidValueError,
    LimitExceededError,
    NoSuchEntityError,
    Registry,
    WrongSecretError,
    check_name,
    require,
)
from yunbox.identity.resources import Account, MfaDevice, User

DEVICES = 10_000

_NAME = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_SERIAL = re.compile(r"acs:ram:[^:]{0,64}:([0-9]{1,20}):mfa/([A-Za-z0-9.-]{1,64})", re.ASCII)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)

_STEP = 30
_TOLERATED = 10
"""The two codes may be so many steps old or early: people type slowly, and clocks differ."""


class MfaDevices(Registry):
    """The part of the directory that knows MFA devices."""

    def create_mfa_device(self, account_id: str, name: str) -> MfaDevice:
        """Make a virtual device. Raises InvalidValueError, EntityExistsError, LimitExceededError."""
        check_name(name, _NAME, "virtual mfa device name")
        with self._store.write() as change:
            require(change, Account, account_id)
            id_ = f"{account_id}/{name}"
            if change.get(MfaDevice, id_) is not None:
                raise EntityExistsError("mfa_device", f"An MFA device named {name} exists.")
            if change.count(MfaDevice, account=account_id) >= DEVICES:
                raise LimitExceededError("mfa_device", f"There may be at most {DEVICES} MFA devices.")
            seed = base64.b32encode(self._ids.random(40)).decode()
            return change.create(
                MfaDevice(id=id_, account=account_id, name=name, created=self._clock.now(), seed=seed)
            )

    def mfa_devices(self, account_id: str) -> list[tuple[MfaDevice, User | None]]:
        """Return an account's devices, each with the user it is bound to."""
        with self._store.read() as view:
            found = view.find(MfaDevice, account=account_id)
            return [(each, view.get(User, each.parent) if each.parent else None) for each in found]

    def mfa_device_of(self, user_id: str) -> MfaDevice:
        """Return the device that a user has bound. Raises NoSuchEntityError."""
        with self._store.read() as view:
            found = view.find(MfaDevice, parent=user_id, limit=1)
        if not found:
            raise NoSuchEntityError("user_mfa_device", "The user has not bound any MFA device.")
        return found[0]

    def bind_mfa_device(self, user_id: str, serial_number: str, first_code: str, second_code: str) -> None:
        """Bind a device to a user of its account who shows two codes in a row.

        Raises InvalidValueError, NoSuchEntityError, EntityExistsError (`user_mfa_device` when the user has one,
        `bound_mfa_device` when the device is another's), WrongSecretError.
        """
        if not (_CODE.fullmatch(first_code) and _CODE.fullmatch(second_code)):
            raise InvalidValueError("authentication code", "A code has six digits.")
        with self._store.write() as change:
            user = require(change, User, user_id)
            device = require(change, MfaDevice, _device_id(user.account, serial_number))
            if change.count(MfaDevice, parent=user_id):
                raise EntityExistsError("user_mfa_device", "The user has bound an MFA device.")
            if device.parent:
                raise EntityExistsError("bound_mfa_device", "The MFA device is bound to a user.")
            now = self._clock.now()
            if not _proves(device.seed, first_code, second_code, now):
                raise WrongSecretError("authentication code", "The codes are not those of the device.")
            change.replace(msgspec.structs.replace(device, parent=user_id, activated=now))

    def unbind_mfa_device(self, user_id: str) -> MfaDevice:
        """Take a user's device from it, and return it. Raises NoSuchEntityError."""
        device = self.mfa_device_of(user_id)
        with self._store.write() as change:
            device = require(change, MfaDevice, device.id)
            if device.parent != user_id:
                raise NoSuchEntityError("user_mfa_device", "The user has not bound any MFA device.")
            return change.replace(msgspec.structs.replace(device, parent="", activated=0.0))

    def delete_mfa_device(self, account_id: str, serial_number: str) -> None:
        """Delete a device. Raises NoSuchEntityError; DeleteConflictError while it is bound."""
        with self._store.write() as change:
            device = require(change, MfaDevice, _device_id(account_id, serial_number))
            if device.parent:
                raise DeleteConflictError("user", "The MFA device is bound to a user.")
            change.delete(MfaDevice, device.id)


def one_time_code(seed: str, now: float) -> str:
    """Return the six digits that a device with this seed shows at a time."""
    return _code(base64.b32decode(seed), int(now) // _STEP)


def _device_id(account_id: str, serial_number: str) -> str:
    match = _SERIAL.fullmatch(serial_number)
    if match is None or match[1] != account_id:
        raise NoSuchEntityError("mfa_device", "The MFA device does not exist.")
    return f"{account_id}/{match[2]}"


def _proves(seed: str, first: str, second: str, now: float) -> bool:
    key = base64.b32decode(seed)
    step = int(now) // _STEP
    codes = [_code(key, each) for each in range(step - _TOLERATED, step + _TOLERATED + 1)]
    found = False
    for earlier, later in pairwise(codes):
        found |= hmac.compare_digest(earlier + later, first + second)
    return found


def _code(key: bytes, step: int) -> str:
    digest = hmac.new(key, max(step, 0).to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 15
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
