"""The S3-compatible door to OSS's buckets: S3's words around OSS's operations."""
