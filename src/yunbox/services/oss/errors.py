"""OSS's error codes; each stands once. EC numbers: OSS documentation, "Error codes by EC"."""

from __future__ import annotations

from yunbox.engines.objects.interface import Bucket
from yunbox.errors import CloudError


def access_denied(
    message: str = "You have no right to access this object because of bucket acl.", ec: str = "0003-00000001"
) -> CloudError:
    """Return the refusal of a caller who lacks the permission."""
    return CloudError("AccessDenied", 403, message, ec=ec)


def no_such_bucket(name: str) -> CloudError:
    """Return the refusal of a bucket that does not exist."""
    return CloudError(
        "NoSuchBucket",
        404,
        "The specified bucket does not exist.",
        ec="0015-00000101",
        details={"BucketName": name},
    )


def other_endpoint(bucket: Bucket) -> CloudError:
    """Return the refusal of a bucket that is in another region than the call."""
    return CloudError(
        "AccessDenied",
        403,
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint.",
        ec="0003-00001403",
        details={"Bucket": bucket.name, "Endpoint": f"oss-{bucket.region}.aliyuncs.com"},
    )


def no_such_region(region: str) -> CloudError:
    """Return the refusal of a region that does not exist."""
    return CloudError("NoSuchRegion", 404, "The specified region does not exist.", details={"Region": region})


def no_such_key(key: str) -> CloudError:
    """Return the refusal of an object that does not exist."""
    return CloudError(
        "NoSuchKey", 404, "The specified key does not exist.", ec="0026-00000001", details={"Key": key}
    )


def no_such_version(key: str, version: str) -> CloudError:
    """Return the refusal of a version that does not exist."""
    return CloudError(
        "NoSuchVersion",
        404,
        "The specified version does not exist.",
        ec="0026-00000002",
        details={"Key": key, "VersionId": version},
    )


def no_such_upload(upload_id: str) -> CloudError:
    """Return the refusal of a multipart upload that does not exist any more."""
    return CloudError(
        "NoSuchUpload",
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
        "or completed.",
        ec="0042-00000002",
        details={"UploadId": upload_id},
    )


def bucket_not_empty(name: str) -> CloudError:
    """Return the refusal to delete a bucket that still holds something."""
    return CloudError(
        "BucketNotEmpty",
        409,
        "The bucket has objects. Please delete them first.",
        ec="0015-00000301",
        details={"BucketName": name},
    )


def bucket_taken(name: str) -> CloudError:
    """Return the refusal of a bucket name that another account has."""
    return CloudError(
        "BucketAlreadyExists",
        409,
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
        ec="0015-00000104",
        details={"BucketName": name},
    )


def invalid_argument(message: str, name: str = "", value: str = "", ec: str = "0017-00000002") -> CloudError:
    """Return the refusal of a parameter, naming it and its value."""
    details = {"ArgumentName": name, "ArgumentValue": value[:1024]} if name else {}
    return CloudError("InvalidArgument", 400, message, ec=ec, details=details)


def invalid_bucket_name(name: str) -> CloudError:
    """Return the refusal of a name that no bucket can have."""
    return CloudError(
        "InvalidBucketName",
        400,
        "The specified bucket is not valid.",
        ec="0015-00000001",
        details={"BucketName": name[:256]},
    )


def invalid_object_name(key: str) -> CloudError:
    """Return the refusal of a key that no object can have."""
    return CloudError(
        "InvalidObjectName",
        400,
        "The specified object is not valid.",
        ec="0016-00000001",
        details={"ObjectName": key[:256]},
    )


def not_modified() -> CloudError:
    """Return the answer to a condition that says the caller's copy is still good."""
    return CloudError("NotModified", 304, "Not Modified")


def precondition_failed(condition: str) -> CloudError:
    """Return the refusal of a request whose condition does not hold."""
    return CloudError(
        "PreconditionFailed",
        412,
        "At least one of the pre-conditions you specified did not hold.",
        ec="0021-00000001",
        details={"Condition": condition},
    )


def method_not_allowed(method: str, what: str, allow: str) -> CloudError:
    """Return the refusal of a method that the resource does not know."""
    return CloudError(
        "MethodNotAllowed",
        405,
        "The specified method is not allowed against this resource.",
        ec="0016-00000505",
        details={"Method": method, "ResourceType": what},
        headers={"Allow": allow},
    )
