"""OSS, object storage: buckets and objects. Wire shapes: the OSS API reference and the official SDKs."""
