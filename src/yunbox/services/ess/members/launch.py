"""Making instances of a scaling group: by the very function that RunInstances is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec

from yunbox.api.errors import invalid_parameter
from yunbox.errors import CloudError
from yunbox.services.ecs.instance_types.catalogue import find_type
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.instances.run import InstancesRun, RunInstances, run_instances
from yunbox.services.ecs.launch_templates.templates import find_template
from yunbox.services.ecs.launch_templates.versions import find_version
from yunbox.services.ess.activities.model import ActivityError
from yunbox.services.ess.configurations.model import ScalingConfiguration
from yunbox.services.ess.decisions.placing import Kind, Place, ordered, policy_of, spread
from yunbox.services.ess.members.model import COUNTED, Member
from yunbox.services.ess.turn import Turn
from yunbox.services.vpc.vswitches.model import VSwitch

AT_ONCE = 50
"""So many instances are made in one transaction."""

_MAX_NAME = 128


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """How a group makes instances: parameters of RunInstances by their wire names, and the types to try in order.

    `password` is a hash, which no parameter takes.
    """

    parameters: Mapping[str, Any]
    types: tuple[Kind, ...]
    password: str = ""
    configuration: str = ""
    template: str = ""
    template_version: str = ""


def launch(turn: Turn, activity: str, count: int, overrides: Mapping[str, str]) -> list[ActivityError]:
    """Make `count` instances as members of the group; return why some could not be made.

    Types are tried in their order, and vSwitches after one another, as the group's policy says.
    """
    try:
        source = _source(turn, overrides)
    except CloudError as error:
        return [_error(error)]
    if source is None:
        text = "The scaling group has no active scaling configuration or launch template."
        return [ActivityError(code="NoActiveScalingConfiguration", message=text)]
    errors: list[ActivityError] = []
    policy = policy_of(
        turn.group.multi_az_policy,
        az_balance=turn.group.az_balance,
        allocation=turn.group.allocation_strategy,
    )
    places = _places(turn) if turn.group.vswitches else [Place("", "")]
    order = ordered(source.types, cheapest_first=policy.by_price) or [""]
    for vswitch, number in spread(places, count, balanced=policy.balanced):
        others = [each.vswitch for each in places if each.vswitch != vswitch]
        refused = _launch_somewhere(turn, activity, source, number, [vswitch, *others], order)
        if refused is not None:
            errors.append(refused)
    if not places:
        text = "The scaling group has no vSwitch that exists."
        errors.append(ActivityError(code="InvalidVSwitchId.NotFound", message=text))
    return errors


def _launch_somewhere(
    turn: Turn, activity: str, source: Source, count: int, vswitches: list[str], types: list[str]
) -> ActivityError | None:
    first: ActivityError | None = None
    for vswitch in vswitches:
        for type_ in types:
            try:
                with turn.change.attempt():
                    _run(turn, activity, source, count, vswitch, type_)
            except CloudError as refused:
                first = first or _error(refused)
            else:
                return None
    return first


def _run(turn: Turn, activity: str, source: Source, count: int, vswitch: str, type_: str) -> None:
    call = turn.call()
    parameters = {**source.parameters, "Amount": count}
    if vswitch:
        parameters["VSwitchId"] = vswitch
    if type_:
        parameters["InstanceType"] = type_
    try:
        request = msgspec.convert(parameters, RunInstances, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_parameter("ScalingConfiguration", str(error)) from None
    answer = cast(InstancesRun, run_instances(request, call))
    for id_ in answer.instance_id_sets.instance_id_set:
        instance = turn.change.get(Instance, id_)
        if instance is None:
            raise RuntimeError(f"The instance {id_} was not stored.")
        if source.password:
            turn.change.replace(msgspec.structs.replace(instance, password=source.password))
        turn.change.create(
            Member(
                id=id_,
                account=turn.group.account,
                region=turn.group.region,
                parent=turn.group.id,
                activity_id=activity,
                configuration=source.configuration,
                launch_template=source.template,
                launch_template_version=source.template_version,
                instance_type=instance.instance_type,
                vswitch=instance.vswitch_id,
                zone_id=instance.zone_id,
                spot_strategy=instance.spot_strategy,
                created=turn.now,
                since=turn.now,
            )
        )


def _source(turn: Turn, overrides: Mapping[str, str]) -> Source | None:
    """Return how the group makes instances, or None. Raises CloudError for a template that is not there."""
    group = turn.group
    configuration = (
        turn.change.get(ScalingConfiguration, group.configuration) if group.configuration else None
    )
    named = {"InstanceName": f"ESS-asg-{group.name}"[:_MAX_NAME]}
    if configuration is not None:
        tags = _tags(turn, configuration.tags, configuration.launch)
        return Source(
            parameters={**named, **configuration.launch, **tags, **overrides},
            types=_kinds(each.instance_type for each in configuration.types),
            password=configuration.password,
            configuration=configuration.id,
        )
    if not group.launch_template:
        return None
    call = turn.call()
    template = find_template(call, group.launch_template, "")
    match group.launch_template_version:
        case "" | "Default":
            number = template.default
        case "Latest":
            number = template.latest
        case text:
            number = int(text)
    data = find_version(call, template, number).data
    own = {} if "InstanceName" in data else named
    tags = _tags(turn, {}, data)
    return Source(
        parameters={
            **own,
            "LaunchTemplateId": template.id,
            "LaunchTemplateVersion": number,
            **tags,
            **overrides,
        },
        types=_kinds(each.instance_type for each in group.overrides),
        template=template.id,
        template_version=str(number),
    )


def _tags(turn: Turn, own: Mapping[str, str], launch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags of new instances: the group's that are propagated under those of the configuration."""
    group = turn.group
    given = {each["Key"]: each.get("Value", "") for each in launch.get("Tag", [])}
    propagated = {key: value for key, value in group.tags.items() if key in group.propagated}
    tags = {**propagated, **given, **own}
    return {"Tag": [{"Key": key, "Value": value} for key, value in tags.items()]} if tags else {}


def _kinds(types: Iterable[str]) -> tuple[Kind, ...]:
    """Return types with what a vCPU of them costs, by its memory: yunbox has no prices."""
    found = []
    for each in types:
        known = find_type(each)
        found.append(Kind(each, known.memory / known.cpu if known is not None else 0.0))
    return tuple(found)


def _places(turn: Turn) -> list[Place]:
    members = turn.change.find(Member, parent=turn.group.id)
    found = []
    for each in turn.group.vswitches:
        vswitch = turn.change.get(VSwitch, each)
        if vswitch is not None:
            count = sum(one.vswitch == each and one.lifecycle in COUNTED for one in members)
            found.append(Place(each, vswitch.zone_id, count))
    return found


def _error(error: CloudError) -> ActivityError:
    return ActivityError(code=error.code, message=error.message)
