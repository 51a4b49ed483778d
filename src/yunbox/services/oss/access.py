"""May the caller do this? Policies first, then what an ACL opens."""

from __future__ import annotations

from yunbox.engines.objects.interface import Bucket
from yunbox.errors import CloudError
from yunbox.identity.policy.authorise import Verdict, denial_facts
from yunbox.identity.policy.authorise import authorise as judge
from yunbox.identity.policy.evaluate import Context, Values
from yunbox.services.oss.call import Call
from yunbox.services.oss.errors import access_denied
from yunbox.services.oss.model import BucketSettings, attributes_of, settings_of
from yunbox.services.oss.public_access import blocks_public_access, forbid_public_acl
from yunbox.services.oss.public_policy import without_public_statements
from yunbox.services.oss.request_payment import require_payer

_READS = frozenset({"oss:GetObject", "oss:GetObjectVersion", "oss:ListObjects", "oss:ListObjectVersions"})
_WRITES = frozenset(
    {
        "oss:PutObject",
        "oss:DeleteObject",
        "oss:AbortMultipartUpload",
        "oss:ListParts",
        "oss:ListMultipartUploads",
    }
)


async def authorise(call: Call, permission: str) -> None:
    """Return when the caller may do this to what the call is about. Raises CloudError (AccessDenied)."""
    bucket = call.bucket if call.has_bucket else None
    version = call.query.get("versionId") if call.request.raw_query else None
    await require(call, permission, bucket, call.route.bucket, call.key, version)
    if acl := call.header("x-oss-object-acl"):
        forbid_public_acl(call, bucket, acl, "object")


async def require(
    call: Call, permission: str, bucket: Bucket | None, name: str, key: str, version: str | None = None
) -> None:
    """Return when the caller has `permission` on an object (or, with no key, the bucket or the service).

    `bucket` is None where none of that name exists (yet): then it is the caller's own. `version` is the one
    whose ACL and tags count (None: the current one). Raises CloudError.
    """
    settings = _settings(call, bucket)
    policy = settings.policy
    caller = call.principal
    owner = bucket.owner if bucket is not None else caller.account_id
    if caller.kind == "root" and caller.account_id == owner and not policy:
        return
    stranger = caller.account_id != owner
    if stranger and policy and bucket is not None and blocks_public_access(call, bucket):
        policy = without_public_statements(policy)
    context = Context(
        principal=caller,
        action=permission,
        resource=f"acs:oss:oss-{bucket.region if bucket else call.region}:{owner}:{_relative(name, key)}",
        owner=owner,
        now=call.now,
        source_ip=call.request.peer,
        secure=call.request.scheme == "https",
        keys=await _condition_keys(call, bucket, key, version),
    )
    verdict = judge(context, policy)
    if not verdict.allowed and not (
        verdict.open and bucket and await _acl_allows(call, bucket, key, version, permission)
    ):
        raise _denial(verdict, context, bucket)
    if stranger:
        require_payer(call, settings, owner)


def _settings(call: Call, bucket: Bucket | None) -> BucketSettings:
    if bucket is None:
        return BucketSettings()
    return call.settings if call.has_bucket and bucket is call.bucket else settings_of(bucket)


def _relative(name: str, key: str) -> str:
    if key:
        return f"{name}/{key}"
    return name or "*"


async def _acl_allows(call: Call, bucket: Bucket, key: str, version: str | None, permission: str) -> bool:
    reads, writes = permission in _READS, permission in _WRITES
    if not reads and not writes:
        return False
    if blocks_public_access(call, bucket):
        return False
    acl: str = _settings(call, bucket).acl
    if key and (entry := await call.objects.get(bucket.name, key, version)) is not None:
        own = attributes_of(entry).acl
        acl = acl if own == "default" else own
    return acl == "public-read-write" or (reads and acl == "public-read")


async def _condition_keys(
    call: Call, bucket: Bucket | None, key: str, version: str | None
) -> dict[str, Values]:
    """Return OSS's own condition keys (source: OSS documentation, "Condition keys")."""
    keys: dict[str, Values] = {}
    for name, parameter in (
        ("oss:Prefix", "prefix"),
        ("oss:Delimiter", "delimiter"),
        ("oss:MaxKeys", "max-keys"),
    ):
        if parameter in call.query:
            keys[name] = call.query[parameter]
    if version is not None:
        keys["oss:VersionId"] = version
    for header in ("x-oss-acl", "x-oss-object-acl", "x-oss-storage-class", "x-oss-server-side-encryption"):
        if value := call.header(header):
            keys[f"oss:{header}"] = value
    if key and bucket is not None:
        entry = await call.objects.get(bucket.name, key, version)
        for tag, value in attributes_of(entry).tags.items() if entry is not None else ():
            keys[f"oss:ExistingObjectTag/{tag}"] = value
    return keys


def _denial(verdict: Verdict, context: Context, bucket: Bucket | None) -> CloudError:
    if context.principal.kind == "anonymous" and verdict.outcome == "ImplicitDeny":
        if bucket is None:
            return access_denied("Anonymous access is forbidden for this operation.", "0003-00000802")
        return access_denied()
    if verdict.policy_type == "ResourceBasedPolicy" and verdict.outcome == "ExplicitDeny":
        error = access_denied("Access denied by bucket policy.", "0003-00000301")
    else:
        error = access_denied("You have no right to access this object because of bucket acl.")
        if context.principal.kind in ("user", "session"):
            error = access_denied("You have no right to access this object.", "0003-00000201")
    facts = denial_facts(verdict, context)
    error.details.update({name: value for name, value in facts.items() if value})
    return error
