"""Whether accesses to a bucket are logged, and into which bucket. `log_delivery` writes the logs.

Source: OSS documentation, `PutBucketLogging`.
"""

from __future__ import annotations

import msgspec

from yunbox.engines.objects.interface import Bucket
from yunbox.errors import CloudError, not_implemented
from yunbox.gateway.http.message import Response
from yunbox.gateway.protocols.xml import Document
from yunbox.services.oss.access import require
from yunbox.services.oss.call import Call
from yunbox.services.oss.documents import gone, keep, read_document
from yunbox.services.oss.errors import invalid_argument
from yunbox.services.oss.model import BucketSettings
from yunbox.services.oss.operation import operation

MAX_PREFIX = 256
_NAME = "logging"


class LoggingEnabled(Document):
    """Where the logs go."""

    target_bucket: str
    target_prefix: str = ""
    logging_role: str | None = None


class BucketLoggingStatus(Document):
    """The state; without `logging_enabled` nothing is logged."""

    logging_enabled: LoggingEnabled | None = None


class Logging(msgspec.Struct):
    """What a bucket remembers of its logging. Accesses before `since` (seconds since the epoch) are not logged."""

    target_bucket: str
    target_prefix: str
    since: float


def logging_of(settings: BucketSettings) -> Logging | None:
    """Return how accesses to a bucket are logged, or None."""
    return settings.configuration(_NAME, Logging)


def is_logged(settings: BucketSettings) -> bool:
    """Return whether accesses to a bucket are logged; costs next to nothing."""
    return _NAME in settings.configurations


def may_hold_logs(target: Bucket | None, source: Bucket) -> bool:
    """Return whether logs of `source` may go into `target`: same owner, same region."""
    return target is not None and target.owner == source.owner and target.region == source.region


@operation(
    "PutBucketLogging", "PUT", "bucket", "logging", partial="no LoggingRole; no change in size is logged"
)
async def put_bucket_logging(call: Call) -> Response:
    """Begin to log, or log elsewhere; with no target named, stop."""
    wanted = (await read_document(call, BucketLoggingStatus)).logging_enabled
    if wanted is None:
        await keep(call, _NAME, None)
        return Response(200)
    if wanted.logging_role is not None:
        raise not_implemented("the element LoggingRole")
    _check_prefix(wanted.target_prefix)
    await _check_target(call, wanted)
    former = logging_of(call.settings)
    since = former.since if former is not None else call.now
    await keep(call, _NAME, Logging(wanted.target_bucket, wanted.target_prefix, since))
    return Response(200)


def _check_prefix(prefix: str) -> None:
    if len(prefix) > MAX_PREFIX:
        raise invalid_argument(
            f"The TargetPrefix has at most {MAX_PREFIX} characters.",
            "TargetPrefix",
            prefix,
            ec="0032-00000006",
        )
    if prefix.startswith(("/", "\\")) or not prefix.isprintable():
        raise invalid_argument("The TargetPrefix cannot begin an object's name.", "TargetPrefix", prefix)


async def _check_target(call: Call, wanted: LoggingEnabled) -> None:
    name = wanted.target_bucket
    target = call.bucket if name == call.bucket.name else await call.objects.bucket(name)
    if target is None or not may_hold_logs(target, call.bucket):
        raise CloudError(
            "InvalidTargetBucketForLogging",
            400,
            "The target bucket for logging does not exist, is not owned by you, or is in another region.",
            details={"TargetBucket": name[:256]},
        )
    await require(call, "oss:PutObject", target, name, f"{wanted.target_prefix}{call.bucket.name}")


@operation("GetBucketLogging", "GET", "bucket", "logging")
async def get_bucket_logging(call: Call) -> BucketLoggingStatus:
    """Say where the logs go."""
    stored = logging_of(call.settings)
    if stored is None:
        return BucketLoggingStatus()
    return BucketLoggingStatus(logging_enabled=LoggingEnabled(stored.target_bucket, stored.target_prefix))


@operation("DeleteBucketLogging", "DELETE", "bucket", "logging")
async def delete_bucket_logging(call: Call) -> Response:
    """Stop logging; accesses that are not delivered yet are dropped."""
    await keep(call, _NAME, None)
    return gone()
