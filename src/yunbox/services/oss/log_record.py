"""Access records as OSS writes them into log objects: one line each, fields parted by spaces. Pure.

Source: OSS documentation, "Logging" (log file format): Remote IP, Reserved, Reserved, Time, Request-URI, HTTP
Status, SentBytes, RequestTime, Referer, User-Agent, HostName, Request ID, LoggingFlag, Requester Aliyun ID,
Operation, Bucket, Key, ObjectSize, Server Cost Time, Error Code, Request Length, UserID, Delta DataSize, Sync
Request, StorageClass, TargetStorageClass, Transmission Acceleration Access Point, AccessKeyID. Times are China's,
as in the documentation's example. yunbox does not know by how much a write changed an object's size, nor has it
acceleration or requests of a CDN's own: these fields are hyphens.
"""

from __future__ import annotations

import time
from urllib.parse import quote

from yunbox.engines.objects.interface import Bucket
from yunbox.gateway.record import AccessLine
from yunbox.services.oss.model import BucketSettings

CHINA_SECONDS = 8 * 3600
_NOTHING = "-"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_READS = ("GetObject", "HeadObject", "GetObjectMeta")
_UPLOADS = ("PutObject", "UploadPart", "AppendObject")
# What may stand between quotation marks as it is: printable ASCII but for the mark itself and spaces' kin.
_SAFE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) not in '"\\')


def log_name(prefix: str, bucket: str, made: float, unique: str) -> str:
    """Return the key of a log object made at `made` (seconds since the epoch)."""
    moment = time.strftime("%Y-%m-%d-%H-%M-%S", time.gmtime(made + CHINA_SECONDS))
    return f"{prefix}{bucket}{moment}-{unique}"


def format_record(line: AccessLine, bucket: Bucket, settings: BucketSettings) -> str:
    """Return the record of one access to `bucket`, without a line end.

    What a client sent cannot break out of its field: quotation marks, backslashes, control characters and all
    beyond ASCII are percent-encoded.
    """
    uri = f"{line.path}?{line.query}" if line.query else line.path
    return " ".join(
        (
            line.peer or _NOTHING,
            _NOTHING,
            _NOTHING,
            _moment(line.time),
            f'"{_safe(line.method)} {_safe(uri)} HTTP/1.1"',
            str(line.status),
            str(line.sent),
            str(round(line.milliseconds)),
            _quoted(line.referer),
            _quoted(line.user_agent),
            _quoted(line.host),
            _quoted(line.request_id),
            '"true"',
            _quoted(line.account),
            _quoted(line.operation),
            _quoted(line.bucket),
            _quoted(quote(line.key, safe="/~-._", errors="replace")),
            _object_size(line),
            str(round(line.answered)),
            _quoted(line.error),
            str(line.received),
            _quoted(bucket.owner),
            _NOTHING,
            _quoted(""),
            _quoted(line.storage_class or settings.storage_class),
            _quoted(""),
            _quoted(""),
            _quoted(line.access_key_id),
        )
    )


def _object_size(line: AccessLine) -> str:
    if line.operation in _READS and line.size >= 0:
        return str(line.size)
    if line.operation in _UPLOADS and line.status == 200:
        return str(line.uploaded)
    return _NOTHING


def _moment(seconds: float) -> str:
    at = time.gmtime(seconds + CHINA_SECONDS)
    return time.strftime(f"[%d/{_MONTHS[at.tm_mon - 1]}/%Y:%H:%M:%S +0800]", at)


def _quoted(text: str) -> str:
    return f'"{_safe(text) or _NOTHING}"'


def _safe(text: str) -> str:
    return quote(text, safe=_SAFE, errors="replace")
