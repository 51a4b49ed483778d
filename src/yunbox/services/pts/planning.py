"""A scene as a rehearsal's plan. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from yunbox.rehearsal.plan import Constant, Generator, Plan, Request, Retry, Slo, Target
from yunbox.services.pts.shapes import Api, Scene

STATUSES = tuple(range(200, 400))


class UnusableSceneError(ValueError):
    """The scene cannot be run; `field` is what is wrong, and the message why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


def plan_of(scene: Scene, speed: float = 1.0) -> Plan:
    """Return the plan; its load lasts as long as the scene's on a clock that is `speed` times as fast.

    Raises UnusableSceneError, which also refuses what is not implemented, by name.
    """
    _refuse(scene)
    rates = _rates(scene)
    minutes = scene.load_config.max_running_time
    settings = scene.advance_setting
    expect = tuple(map(int, settings.success_code.split(","))) if settings.success_code else STATUSES
    return Plan(
        name=scene.scene_name,
        target=Target(url="http://127.0.0.1"),
        load=Constant(rate=sum(rates), length=minutes * 60 / speed),
        requests=tuple(
            _request(api, scene, rate, expect, index)
            for index, (api, rate) in enumerate(zip(scene.apis, rates, strict=True))
        ),
        generator=Generator(timeout=float(max(api.timeout_in_second for api in scene.apis))),
        # A load test shows what there is: it tries nothing again, and asks nothing.
        retry=Retry(attempts=1),
        slo=Slo(failed=None),
        limit=86_400.0,
    )


def request_name(api: Api, index: int) -> str:
    """Return how a request is told from others that may have its name."""
    return f"{index}:{api.api_name.strip()}"


def _refuse(scene: Scene) -> None:
    load = scene.load_config
    if load.test_mode != "tps_mode":
        raise UnusableSceneError("Scene.LoadConfig.TestMode", "yunbox implements tps_mode alone")
    given = {
        "Scene.FileParameterList": scene.file_parameter_list,
        "Scene.LoadConfig.VpcLoadConfig": load.vpc_load_config,
        "Scene.LoadConfig.RelationLoadConfigList": load.relation_load_config_list,
        "Scene.LoadConfig.AutoStep": load.auto_step,
        "CheckPointList": [each for api in scene.apis for each in api.check_point_list],
        "ExportList": [each for api in scene.apis for each in api.export_list],
        "FileParameterExplainList": [
            each for relation in scene.relation_list for each in relation.file_parameter_explain_list
        ],
    }
    for field, value in given.items():
        if value:
            raise UnusableSceneError(field, "yunbox does not implement it yet")


def _rates(scene: Scene) -> list[float]:
    """Return the rate at which each request begins, which is the rate that it keeps."""
    load, apis = scene.load_config, scene.apis
    if load.api_load_config_list:
        named = {each.api_id: each.rps_begin for each in load.api_load_config_list if each.api_id}
        if all(api.api_id in named for api in apis):
            return [float(named[api.api_id]) for api in apis]
        if len(load.api_load_config_list) == len(apis):
            return [float(each.rps_begin) for each in load.api_load_config_list]
        raise UnusableSceneError("Scene.LoadConfig.ApiLoadConfigList", "it does not name every API")
    if not load.configuration.all_rps_begin:
        raise UnusableSceneError("Scene.LoadConfig.Configuration.AllRpsBegin", "a rate is expected")
    return [load.configuration.all_rps_begin / len(apis)] * len(apis)


def _request(api: Api, scene: Scene, rate: float, expect: tuple[int, ...], index: int) -> Request:
    parts = urlsplit(api.url)
    if parts.scheme != "http" or not parts.hostname:
        raise UnusableSceneError("Url", f"{api.url!r} does not begin with http:// and a host")
    try:
        port = parts.port or 80
    except ValueError as error:
        raise UnusableSceneError("Url", str(error)) from None
    headers = {each.header_name: _filled(each.header_value, scene) for each in api.header_list}
    headers.setdefault("Host", parts.netloc.rpartition("@")[2])
    if api.body is not None and api.body.content_type:
        headers.setdefault("Content-Type", api.body.content_type)
    address = _address(parts.hostname, scene)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Request(
        name=request_name(api, index),
        method=api.method,
        path=_filled(path, scene),
        headers=headers,
        body=_filled(api.body.body_value, scene) if api.body is not None else "",
        weight=rate,
        expect=expect,
        target=Target(url=f"http://{address}:{port}"),
    )


def _address(host: str, scene: Scene) -> str:
    for each in scene.advance_setting.domain_binding_list:
        if each.domain == host:
            host = each.ips[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host == "localhost":
            return "127.0.0.1"
        raise UnusableSceneError(
            "Url", f"{host!r} is not an address; bind it to one with AdvanceSetting.DomainBindingList"
        ) from None
    return f"[{address}]" if address.version == 6 else str(address)


def _filled(text: str, scene: Scene) -> str:
    for each in scene.global_parameter_list:
        text = text.replace(f"${{{each.param_name}}}", each.param_value)
    return text
