"""Importing this registers every operation of OSS."""

from yunbox.services.oss import (
    bucket,
    delete_many,
    listing,
    multipart,
    multipart_complete,
    object,
    object_acl,
    object_read,
    object_tags,
    restore,
    service,
    symlink,
)

__all__ = [
    "bucket",
    "delete_many",
    "listing",
    "multipart",
    "multipart_complete",
    "object",
    "object_acl",
    "object_read",
    "object_tags",
    "restore",
    "service",
    "symlink",
]
