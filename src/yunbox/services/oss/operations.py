"""Importing this registers every operation of OSS."""

from yunbox.services.oss import bucket, listing, multipart, multipart_complete, object, service

__all__ = ["bucket", "listing", "multipart", "multipart_complete", "object", "service"]
