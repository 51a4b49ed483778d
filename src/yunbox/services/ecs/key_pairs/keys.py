"""CreateKeyPair, ImportKeyPair and DeleteKeyPairs. Wire shapes: ECS API 2014-05-26."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Empty, Request, Tag
from yunbox.api.tagging import MAX_TAGS, check_tags
from yunbox.errors import CloudError
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.key_pairs.model import KeyPair
from yunbox.services.ecs.key_pairs.public_keys import PublicKey, read_public_key
from yunbox.services.ecs.product import ecs

MAX_KEY_PAIRS = 500
"""The key pairs of an account in a region."""

_NAME = re.compile(r"[^\W\d_][\w:-]{1,127}")

_Tags = Annotated[list[Tag], Meta(max_length=MAX_TAGS)]


class CreateKeyPair(Request):
    """Make a new key pair."""

    key_pair_name: str
    resource_group_id: str = ""
    tag: _Tags = []


class KeyPairCreated(Answer):
    """The new key pair. The private key is shown here alone, and kept nowhere."""

    key_pair_id: str
    key_pair_name: str
    key_pair_finger_print: str
    private_key_body: str


class ImportKeyPair(Request):
    """Bring a public key whose private half stays with its owner."""

    key_pair_name: str
    public_key_body: str
    resource_group_id: str = ""
    tag: _Tags = []


class KeyPairImported(Answer):
    """The key pair that was imported."""

    key_pair_name: str
    key_pair_finger_print: str


class DeleteKeyPairs(Request):
    """Delete key pairs that no instance bears, by their names: all of them or none."""

    key_pair_names: Annotated[list[str], Meta(min_length=1, max_length=100)]


# The making takes a noticeable part of a second: no transaction may wait for it.
@ecs.action(CreateKeyPair, on="keypair/*", access="own")
async def create_key_pair(request: CreateKeyPair, call: Call) -> KeyPairCreated:
    """Make an RSA key of 2048 bits, keep the public half, and hand out the private one."""
    _check_name(request.key_pair_name)
    tags = check_tags(request.tag)
    loop = asyncio.get_running_loop()
    private, public = await loop.run_in_executor(None, _new_key)

    def keep() -> KeyPair:
        with call.cloud.store.write() as change:
            call.use(change)
            return _kept(call, request.key_pair_name, public, tags, request.resource_group_id)

    pair = await loop.run_in_executor(None, keep)
    return KeyPairCreated(
        key_pair_id=pair.id,
        key_pair_name=pair.name,
        key_pair_finger_print=pair.fingerprint,
        private_key_body=private,
    )


@ecs.action(ImportKeyPair, on="keypair/*")
def import_key_pair(request: ImportKeyPair, call: Call) -> KeyPairImported:
    """Keep the public key."""
    _check_name(request.key_pair_name)
    public = read_public_key(request.public_key_body)
    if public is None:
        raise CloudError("InvalidPublicKeyBody.Malformed", 400, "The PublicKeyBody format is not supported.")
    pair = _kept(call, request.key_pair_name, public, check_tags(request.tag), request.resource_group_id)
    return KeyPairImported(key_pair_name=pair.name, key_pair_finger_print=pair.fingerprint)


@ecs.action(DeleteKeyPairs, on="keypair/{key_pair_names}")
def delete_key_pairs(request: DeleteKeyPairs, call: Call) -> Empty:
    """Delete them."""
    pairs = [_found(call, name) for name in dict.fromkeys(request.key_pair_names)]
    names = {pair.name for pair in pairs}
    if any(instance.key_pair in names for instance in call.find(Instance)):
        raise CloudError(
            "InvalidParameter.KeypairAlreadyAttachedInstance",
            400,
            'The specified parameter "KeyPairNames" attached to instances can not be deleted.',
        )
    for pair in pairs:
        call.change.delete(KeyPair, pair.id)
    return Empty()


def find_key_pair(call: Call, name: str) -> KeyPair | None:
    """Return the key pair of a name in the call's region, or None."""
    found = call.find(KeyPair, name=name, limit=1) if len(name) <= 128 else []
    return found[0] if found else None


def _found(call: Call, name: str) -> KeyPair:
    pair = find_key_pair(call, name)
    if pair is None:
        raise CloudError("InvalidKeyPair.NotFound", 404, f"The key pair {name[:64]!a} does not exist.")
    return pair


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.lower().startswith(("http://", "https://")):
        raise CloudError(
            "InvalidKeyPairName.Malformed",
            400,
            "Specified Key Pair name is not valid: 2 to 128 letters, digits, colons, underscores or hyphens, "
            "beginning with a letter.",
        )


def _kept(call: Call, name: str, public: PublicKey, tags: dict[str, str], resource_group: str) -> KeyPair:
    if find_key_pair(call, name) is not None:
        raise CloudError("KeyPair.AlreadyExist", 400, "The key pair already exist.")
    if call.count(KeyPair) >= MAX_KEY_PAIRS:
        raise CloudError(
            "QuotaExceed.KeyPair", 403, f"The key pair quota exceeds: {MAX_KEY_PAIRS} in a region."
        )
    pair = KeyPair(
        id=call.new_id("ssh"),
        account=call.account,
        region=call.region,
        name=name,
        public_key=public.line,
        fingerprint=public.fingerprint,
        tags=tags,
        resource_group=resource_group,
        created=call.now,
    )
    return call.change.create(pair)


def _new_key() -> tuple[str, PublicKey]:
    """Return a new private key in PEM, and its public half."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - heavy, and few calls need it
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    line = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    public = read_public_key(line.decode())
    if public is None:
        raise RuntimeError("A key that was just made is not a key.")
    return private.decode(), public
