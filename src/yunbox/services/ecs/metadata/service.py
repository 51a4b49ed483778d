"""Answers the requests of the instances of one VPC. Who asks is told by the address that asks.

Paths, headers and statuses: ECS documentation, "Instance metadata", normal and security hardening mode; the SDK
alibabacloud_credentials, which is what asks.
"""

from __future__ import annotations

import msgspec

from yunbox.api.resource import seconds
from yunbox.control.clock import Clock
from yunbox.control.store import Store, View
from yunbox.gateway.http.message import Request, Response
from yunbox.identity.directory import Directory
from yunbox.identity.policy.evaluate import Context
from yunbox.identity.principal import ANONYMOUS
from yunbox.identity.registry import DirectoryError
from yunbox.identity.resources import Role
from yunbox.identity.roles import AssumeRole, SessionCredentials
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.ram_role import SERVICE
from yunbox.services.ecs.key_pairs.model import KeyPair
from yunbox.services.ecs.metadata.tokens import LONGEST_SECONDS, Tokens
from yunbox.services.ecs.metadata.tree import About, document, look_up, meta_data
from yunbox.services.ecs.network_interfaces.model import NetworkInterface
from yunbox.services.vpc.vpcs.model import Vpc
from yunbox.services.vpc.vswitches.addresses import AddressLease, lease_id
from yunbox.services.vpc.vswitches.model import VSwitch

_TOKEN = "x-aliyun-ecs-metadata-token"  # noqa: S105 - the name of a header
_TTL = f"{_TOKEN}-ttl-seconds"
_CREDENTIALS = "ram/security-credentials/"
_SESSION_SECONDS = 6 * 3600
_RENEW_SECONDS = 1800.0
"""Credentials that would end sooner than this are not handed out again."""


class Sessions:
    """The sessions that instances' roles have now, so that asking twice begins one."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._known: dict[tuple[str, str], SessionCredentials] = {}

    def of(self, instance: Instance, role: Role) -> SessionCredentials:
        """Return credentials that hold for half an hour at least. Raises DirectoryError."""
        key = (instance.id, role.id)
        found = self._known.get(key)
        if found is None or found.expires - self._clock.now() < _RENEW_SECONDS:
            context = Context(principal=ANONYMOUS, action="", resource="", owner="", service=SERVICE)
            duration = min(_SESSION_SECONDS, role.max_session)
            asked = AssumeRole(
                role_arn=role.arn, session_name=instance.id[:64], context=context, duration=duration
            )
            found = self._known[key] = self._directory.assume_role(asked)
        return found

    def forget(self, alive: set[str]) -> None:
        """Keep those of the instances that are alive."""
        self._known = {key: each for key, each in self._known.items() if key[0] in alive}


class MetadataService:
    """Answers for the VPC `vpc_id`."""

    def __init__(self, vpc_id: str, store: Store, sessions: Sessions, tokens: Tokens, clock: Clock) -> None:
        self._vpc_id = vpc_id
        self._store = store
        self._sessions = sessions
        self._tokens = tokens
        self._clock = clock

    async def __call__(self, request: Request) -> Response:
        """Answer a request: 404 for what there is not, 403 for who may not ask, 401 for a token that is none."""
        with self._store.read() as view:
            about = _about(view, self._vpc_id, request.peer)
            role = _role(view, about.instance) if about is not None else None
        if about is None or about.instance.http_endpoint != "enabled":
            return _plain(403, "This address has no metadata.")
        path = request.path.strip("/")
        if path == "latest/api/token":
            return self._token(request, about.instance)
        if request.method not in ("GET", "HEAD"):
            return _plain(405, "Only GET is answered here.")
        if refusal := self._refusal(request, about.instance):
            return refusal
        return self._answer(path, about, role)

    def _token(self, request: Request, instance: Instance) -> Response:
        if request.method != "PUT":
            return _plain(405, "A token is asked for with PUT.")
        asked = request.headers.get(_TTL)
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:6]) <= LONGEST_SECONDS):
            return _plain(400, f"{_TTL} must be 1 to {LONGEST_SECONDS}.")
        return _plain(200, self._tokens.make(instance.id, int(asked), self._clock.now()))

    def _refusal(self, request: Request, instance: Instance) -> Response | None:
        token = request.headers.get(_TOKEN)
        if not token and instance.http_tokens != "required":
            return None
        if not token:
            return _plain(403, "This instance answers with a token only.")
        if not self._tokens.holds(token, instance.id, self._clock.now()):
            return _plain(401, "The token is not valid, or has ended.")
        return None

    def _answer(self, path: str, about: About, role: Role | None) -> Response:
        if path in ("", "latest"):
            return _plain(200, "latest/" if not path else "dynamic/\nmeta-data/\nuser-data")
        if path == "latest/user-data":
            data = about.instance.user_data
            return Response(200, [_TYPE], data) if data else _plain(404, "There is no user data.")
        if path == "latest/dynamic/instance-identity/document":
            return Response(200, [("Content-Type", "application/json")], document(about))
        if path != "latest/meta-data" and not path.startswith("latest/meta-data/"):
            return _plain(404, "There is nothing at this path.")
        rest = path.removeprefix("latest/meta-data").strip("/")
        if rest.startswith(_CREDENTIALS):
            return self._credentials(rest.removeprefix(_CREDENTIALS), about.instance, role)
        found = look_up(meta_data(about), rest)
        return _plain(404, "There is nothing at this path.") if found is None else _plain(200, found)

    def _credentials(self, name: str, instance: Instance, role: Role | None) -> Response:
        if role is None or name != role.name:
            return _plain(404, "The instance does not play a role of that name.")
        try:
            session = self._sessions.of(instance, role)
        except DirectoryError as error:
            return _plain(404, str(error))
        now = self._clock.now()
        body = {
            "AccessKeyId": session.access_key_id,
            "AccessKeySecret": session.secret,
            "Expiration": seconds(float(int(session.expires))),
            "SecurityToken": session.security_token,
            "LastUpdated": seconds(float(int(now))),
            "Code": "Success",
        }
        return Response(200, [("Content-Type", "application/json")], msgspec.json.encode(body))


_TYPE = ("Content-Type", "text/plain; charset=utf-8")


def _plain(status: int, text: str) -> Response:
    return Response(status, [_TYPE], text.encode())


def _about(view: View, vpc_id: str, peer: str) -> About | None:
    """Return the instance whose interface in the VPC has the address, or None."""
    vpc = view.get(Vpc, vpc_id)
    if vpc is None:
        return None
    vswitches = {each.id: each for each in view.find(VSwitch, parent=vpc_id)}
    instance = _owner(view, vswitches, peer)
    if instance is None or instance.parent not in vswitches:
        return None
    interfaces = [
        each for each in view.find(NetworkInterface, parent=instance.id) if each.vswitch_id in vswitches
    ]
    pairs = view.find(
        KeyPair, account=instance.account, region=instance.region, name=instance.key_pair, limit=1
    )
    key = pairs[0].public_key if instance.key_pair and pairs else ""
    interfaces.sort(key=lambda each: each.index)
    return About(instance, vpc, vswitches, interfaces, key)


def _owner(view: View, vswitches: dict[str, VSwitch], address: str) -> Instance | None:
    for vswitch_id in vswitches:
        lease = view.get(AddressLease, lease_id(vswitch_id, address))
        if lease is not None:
            interface = view.get(NetworkInterface, lease.name)
            return (
                view.get(Instance, interface.parent) if interface is not None and interface.parent else None
            )
    return None


def _role(view: View, instance: Instance) -> Role | None:
    if not instance.ram_role:
        return None
    found = view.find(Role, account=instance.account, name=instance.ram_role, limit=1)
    return found[0] if found else None
