"""What OSS remembers of a bucket and of an object, beside what the engine keeps itself.

Both are stored as msgpack maps with a format version; a field that is missing has its default, so older data
stays readable.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

from yunbox.engines.objects.interface import Bucket, Entry

BucketAcl = Literal["private", "public-read", "public-read-write"]
ObjectAcl = Literal["default", "private", "public-read", "public-read-write"]
StorageClass = Literal["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"]
Redundancy = Literal["LRS", "ZRS"]
ObjectType = Literal["Normal", "Multipart", "Appendable", "Symlink"]

FORMAT = 1
C = TypeVar("C", bound=msgspec.Struct)


class BucketSettings(msgspec.Struct, omit_defaults=True):
    """A bucket's own properties. `configurations` holds the others (CORS, lifecycle ...) by name, as msgpack.

    `resource_group` is empty for the account's default one.
    """

    format: int = FORMAT
    acl: BucketAcl = "private"
    storage_class: StorageClass = "Standard"
    redundancy: Redundancy = "LRS"
    policy: str = ""
    configurations: dict[str, bytes] = {}
    resource_group: str = ""

    def configuration(self, name: str, kind: type[C]) -> C | None:
        """Return the configuration stored under `name`, or None."""
        data = self.configurations.get(name)
        return None if data is None else msgspec.msgpack.decode(data, type=kind)

    def with_configuration(self, name: str, value: msgspec.Struct | None) -> BucketSettings:
        """Return settings with one configuration replaced (None: removed)."""
        kept = {key: data for key, data in self.configurations.items() if key != name}
        if value is not None:
            kept[name] = msgspec.msgpack.encode(value)
        return msgspec.structs.replace(self, configurations=kept)


class ObjectAttributes(msgspec.Struct, omit_defaults=True):
    """An object's properties.

    `headers` are the standard ones returned with it (content-type, cache-control ...), `metadata` the user's
    (`x-oss-meta-` left off), both by lower-case name. `crc64` is CRC-64/XZ as an unsigned decimal, empty for
    a symlink. `restored_until` is in seconds since the epoch: when a restored archive copy goes back to sleep;
    `restore_ready` when the restoration under way will be done, `restore_tier` how urgent it was.
    """

    format: int = FORMAT
    type: ObjectType = "Normal"
    headers: dict[str, str] = {}
    metadata: dict[str, str] = {}
    acl: ObjectAcl = "default"
    storage_class: StorageClass = "Standard"
    crc64: str = ""
    content_md5: str = ""
    symlink_target: str = ""
    tags: dict[str, str] = {}
    encryption: str = ""
    encryption_key: str = ""
    data_encryption: str = ""
    restored_until: float = 0.0
    restore_ready: float = 0.0
    restore_tier: str = ""
    transitioned: float = 0.0
    parts: int = 0


_settings = msgspec.msgpack.Decoder(BucketSettings)
_attributes = msgspec.msgpack.Decoder(ObjectAttributes)
_encoder = msgspec.msgpack.Encoder()


def settings_of(bucket: Bucket) -> BucketSettings:
    """Return the settings stored with a bucket."""
    return _settings.decode(bucket.attributes) if bucket.attributes else BucketSettings()


def attributes_of(entry: Entry) -> ObjectAttributes:
    """Return the attributes stored with a version."""
    return _attributes.decode(entry.attributes) if entry.attributes else ObjectAttributes()


def encode(value: BucketSettings | ObjectAttributes) -> bytes:
    """Return what the engine keeps."""
    return _encoder.encode(value)
