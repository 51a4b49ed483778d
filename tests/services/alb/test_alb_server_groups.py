"""Server groups, their servers and health check templates, through the official SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alb_clients import Albs, attempts

Refused = Callable[..., str]


def servers(*addresses: str, **more: Any) -> list[dict[str, Any]]:
    return [{"server_id": each, "server_type": "Ip", "port": 8080, **more} for each in addresses]


def named(*addresses: str) -> list[dict[str, Any]]:
    return servers(*addresses)


def listed(albs: Albs, group: str) -> dict[str, Any]:
    found = albs.do("ListServerGroupServers", server_group_id=group).servers
    return {each.server_id: each for each in found}


def test_a_server_group_keeps_what_was_asked(albs: Albs) -> None:
    check = {
        "health_check_enabled": True,
        "health_check_path": "/up",
        "health_check_codes": ["http_2xx", "http_3xx"],
        "health_check_interval": 5,
    }
    group = albs.group(
        server_group_name="shop",
        scheduler="Wlc",
        health_check_config=check,
        sticky_session_config={"sticky_session_enabled": True, "cookie_timeout": 60},
        slow_start_config={"slow_start_enabled": True, "slow_start_duration": 60},
        connection_drain_config={"connection_drain_enabled": True, "connection_drain_timeout": 9},
        upstream_keepalive_enabled=True,
        tag=[{"key": "team", "value": "shop"}],
    )
    for _ in attempts():
        (shown,) = albs.do("ListServerGroups", server_group_ids=[group]).server_groups
        if shown.server_group_status == "Available":
            break
    assert (shown.server_group_name, shown.scheduler, shown.protocol) == ("shop", "Wlc", "HTTP")
    assert (shown.server_group_type, shown.server_group_status) == ("Ip", "Available")
    config = shown.health_check_config
    assert (config.health_check_path, config.health_check_interval) == ("/up", 5)
    assert config.health_check_codes == ["http_2xx", "http_3xx"]
    assert (config.health_check_method, config.health_check_http_version) == ("HEAD", "HTTP1.1")
    assert (config.healthy_threshold, config.unhealthy_threshold) == (3, 3)
    assert shown.sticky_session_config.cookie_timeout == 60
    assert shown.slow_start_config.slow_start_duration == 60
    assert shown.connection_drain_config.connection_drain_timeout == 9
    assert shown.upstream_keepalive_enabled is True
    albs.do(
        "UpdateServerGroupAttribute",
        server_group_id=group,
        server_group_name="other",
        scheduler="Wrr",
        health_check_config={"health_check_enabled": False},
    )
    (shown,) = albs.do("ListServerGroups", server_group_names=["other"]).server_groups
    assert (shown.server_group_id, shown.scheduler) == (group, "Wrr")
    assert shown.health_check_config.health_check_enabled is False
    assert shown.health_check_config.health_check_path == "/up"


def test_servers_come_change_and_leave(albs: Albs, refused: Refused) -> None:
    group = albs.group()
    albs.do("AddServersToServerGroup", server_group_id=group, servers=servers("10.0.0.8", weight=50))
    again = refused(
        albs.do, "AddServersToServerGroup", server_group_id=group, servers=servers("10.0.0.8", "10.0.0.9")
    )
    assert again == "ResourceAlreadyExist.BackendServer"
    assert listed(albs, group).keys() == {"10.0.0.8"}
    changed = servers("10.0.0.8", weight=70, description="the one")
    albs.do("UpdateServerGroupServersAttribute", server_group_id=group, servers=changed)
    one = listed(albs, group)["10.0.0.8"]
    assert (one.weight, one.description, one.server_ip, one.port) == (70, "the one", "10.0.0.8", 8080)
    albs.do(
        "ReplaceServersInServerGroup",
        server_group_id=group,
        removed_servers=named("10.0.0.8"),
        added_servers=servers("10.0.0.10"),
    )
    for _ in attempts():
        if listed(albs, group).keys() == {"10.0.0.10"}:
            break
    gone = {"server_group_id": group, "servers": named("10.0.0.8")}
    assert refused(albs.do, "RemoveServersFromServerGroup", **gone) == "ResourceNotFound.BackendServer"


def test_servers_that_a_group_does_not_take(albs: Albs, refused: Refused) -> None:
    group = albs.group()
    add = ("AddServersToServerGroup",)
    instance = [{"server_id": "i-none", "server_type": "Ecs", "port": 80}]
    assert refused(albs.do, *add, server_group_id=group, servers=instance) == "Mismatch.ServerType"
    assert refused(albs.do, *add, server_group_id=group, servers=servers("x")) == "IllegalParam.ServerId"
    elsewhere = servers("192.168.0.1")
    assert refused(albs.do, *add, server_group_id=group, servers=elsewhere) == "IllegalParam.ServerId"
    local = servers("127.0.0.1")
    assert refused(albs.do, *add, server_group_id=group, servers=local) == "IllegalParam.ServerId"
    remote = servers("10.0.0.8", remote_ip_enabled=True)
    assert refused(albs.do, *add, server_group_id=group, servers=remote) == "InvalidParameter.NotImplemented"
    instances = albs.group(server_group_type="Instance")
    assert (
        refused(albs.do, *add, server_group_id=instances, servers=instance)
        == "ResourceNotFound.BackendServer"
    )


def test_what_yunbox_has_not_is_refused_by_name(albs: Albs, refused: Refused) -> None:
    for given in (
        {"server_group_type": "Fc"},
        {"protocol": "gRPC"},
        {"cross_zone_enabled": False},
        {"ipv_6enabled": True},
        {"health_check_config": {"health_check_enabled": True, "health_check_protocol": "gRPC"}},
    ):
        assert refused(albs.group, **given) == "InvalidParameter.NotImplemented", given
    hashed = {"scheduler": "Uch"}
    assert refused(albs.group, **hashed) == "MissingParam.UchConfig"
    named_cookie = {
        "sticky_session_config": {"sticky_session_enabled": True, "sticky_session_type": "Server"}
    }
    assert refused(albs.group, **named_cookie) == "MissingParam.StickySessionConfig.Cookie"


def test_templates_are_taken_over(albs: Albs, refused: Refused) -> None:
    made = albs.do(
        "CreateHealthCheckTemplate", health_check_template_name="quick", health_check_interval=1
    ).health_check_template_id
    albs.do("UpdateHealthCheckTemplateAttribute", health_check_template_id=made, health_check_path="/t")
    shown = albs.do("GetHealthCheckTemplateAttribute", health_check_template_id=made)
    assert (shown.health_check_interval, shown.health_check_path) == (1, "/t")
    assert (shown.health_check_timeout, shown.health_check_codes) == (5, ["http_2xx"])
    listed_ones = albs.do("ListHealthCheckTemplates", health_check_template_names=["quick"])
    assert [each.health_check_template_id for each in listed_ones.health_check_templates] == [made]
    group = albs.group()
    albs.do("ApplyHealthCheckTemplateToServerGroup", server_group_id=group, health_check_template_id=made)
    (of_group,) = albs.do("ListServerGroups", server_group_ids=[group]).server_groups
    assert of_group.health_check_config.health_check_enabled is True
    assert of_group.health_check_config.health_check_path == "/t"
    albs.do("DeleteHealthCheckTemplates", health_check_template_ids=[made])
    again = refused(albs.do, "DeleteHealthCheckTemplates", health_check_template_ids=[made])
    assert again == "ResourceNotFound.HealthCheckTemplate"


def test_tags_and_resource_groups(albs: Albs, refused: Refused) -> None:
    group = albs.group()
    kind = {"resource_type": "servergroup"}
    tags = [{"key": "stage", "value": "test"}]
    albs.do("TagResources", resource_id=[group], tag=tags, **kind)
    shown = albs.do("ListTagResources", resource_id=[group], **kind).tag_resources
    assert [(each.tag_key, each.tag_value) for each in shown] == [("stage", "test")]
    assert "stage" in {each.tag_key for each in albs.do("ListTagKeys", **kind).tag_keys}
    assert albs.do("ListTagValues", tag_key="stage", **kind).tag_values == ["test"]
    (found,) = albs.do("ListServerGroups", tag=tags).server_groups
    assert found.server_group_id == group
    albs.do("UnTagResources", resource_id=[group], tag_key=["stage"], **kind)
    assert not albs.do("ListTagResources", resource_id=[group], **kind).tag_resources
    move = {"resource_id": group, "new_resource_group_id": "rg-none"}
    assert refused(albs.do, "MoveResourceGroup", **kind, **move) == "NotExist.ResourceGroup"
    default = found.resource_group_id
    albs.do("MoveResourceGroup", **kind, resource_id=group, new_resource_group_id=default)
