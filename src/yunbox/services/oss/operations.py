"""Importing this registers every operation of OSS."""

from yunbox.services.oss import bucket, listing, object, service

__all__ = ["bucket", "listing", "object", "service"]
