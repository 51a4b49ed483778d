"""A scene as requests and answers have it. Wire shapes: PTS API 2020-10-20, SavePtsScene."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from yunbox.api.shapes import Shape

Text = Annotated[str, Meta(max_length=65_536)]


class CheckPoint(Shape, kw_only=True):
    """What an answer is checked for; not implemented."""

    check_point: str = ""
    check_type: str = ""
    expect_value: str = ""
    operator: str = ""


class Export(Shape, kw_only=True):
    """What is taken from an answer for later requests; not implemented."""

    count: str = ""
    export_name: str = ""
    export_type: str = ""
    export_value: str = ""


class FileExplanation(Shape, kw_only=True):
    """How the columns of a file are used; not implemented."""

    base_file: bool = False
    cycle_once: bool = False
    file_name: str = ""
    file_param_name: str = ""


class FileParameter(Shape, kw_only=True):
    """A file of values; not implemented."""

    file_name: str = ""
    file_oss_address: str = ""


class RelationLoad(Shape, kw_only=True):
    """How many users a session has; not implemented."""

    relation_id: str = ""
    concurrency_begin: int = 0
    concurrency_limit: int = 0


class VpcLoad(Shape, kw_only=True):
    """The network that load comes from; not implemented: it comes from this machine."""

    region_id: str = ""
    vpc_id: str = ""
    v_switch_id: str = ""
    security_group_id: str = ""


class Header(Shape, kw_only=True):
    """A header of a request."""

    header_name: Annotated[str, Meta(min_length=1, max_length=200)]
    header_value: Text = ""


class Body(Shape, kw_only=True):
    """The body of a request."""

    body_value: Text = ""
    content_type: Annotated[str, Meta(max_length=200)] = ""


class Api(Shape, kw_only=True):
    """A request. `timeout_in_second` counts from when it was to be sent."""

    api_id: str = ""
    api_name: Annotated[str, Meta(min_length=1, max_length=100)]
    url: Annotated[str, Meta(min_length=1, max_length=8192)]
    method: Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
    header_list: Annotated[list[Header], Meta(max_length=50)] = []
    body: Body | None = None
    timeout_in_second: Annotated[int, Meta(ge=1, le=60)] = 5
    redirect_count_limit: int = 10
    check_point_list: list[CheckPoint] = []
    export_list: list[Export] = []


class Relation(Shape, kw_only=True):
    """A session: requests that belong together."""

    relation_id: str = ""
    relation_name: Annotated[str, Meta(max_length=100)] = ""
    api_list: Annotated[list[Api], Meta(min_length=1, max_length=100)]
    file_parameter_explain_list: list[FileExplanation] = []


class ApiLoad(Shape, kw_only=True):
    """How often a request is sent, in requests a second."""

    api_id: str = ""
    rps_begin: Annotated[int, Meta(ge=1, le=20_000)]
    rps_limit: Annotated[int, Meta(ge=1, le=20_000)]


class Totals(Shape, kw_only=True):
    """How often all requests are sent together, evenly."""

    all_rps_begin: Annotated[int, Meta(ge=0, le=20_000)] = 0
    all_rps_limit: Annotated[int, Meta(ge=0, le=20_000)] = 0
    all_concurrency_begin: int = 0
    all_concurrency_limit: int = 0


class LoadConfig(Shape, kw_only=True):
    """The load. `max_running_time` is in minutes."""

    test_mode: str
    max_running_time: Annotated[int, Meta(ge=1, le=1440)]
    agent_count: int = 1
    configuration: Totals = Totals()
    api_load_config_list: Annotated[list[ApiLoad], Meta(max_length=1000)] = []
    auto_step: bool = False
    increment: int = 0
    keep_time: int = 0
    relation_load_config_list: list[RelationLoad] = []
    vpc_load_config: VpcLoad | None = None


class Binding(Shape, kw_only=True):
    """A name and the addresses that it is to have."""

    domain: Annotated[str, Meta(min_length=1, max_length=253)]
    ips: Annotated[list[str], Meta(min_length=1, max_length=20)]


class AdvanceSetting(Shape, kw_only=True):
    """What else counts. `success_code`: statuses that are right, separated by commas."""

    success_code: Annotated[str, Meta(pattern=r"^([1-5][0-9]{2}(,[1-5][0-9]{2})*)?$")] = ""
    domain_binding_list: Annotated[list[Binding], Meta(max_length=100)] = []
    connection_timeout_in_second: int = 5
    log_rate: int = 1


class GlobalParameter(Shape, kw_only=True):
    """A name that stands in requests as `${name}`, and what it stands for."""

    param_name: Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
    param_value: Text = ""


class Scene(Shape, kw_only=True):
    """What is to be sent, and how often."""

    scene_id: str = ""
    scene_name: Annotated[str, Meta(min_length=1, max_length=100)]
    relation_list: Annotated[list[Relation], Meta(min_length=1, max_length=50)]
    load_config: LoadConfig
    advance_setting: AdvanceSetting = AdvanceSetting()
    file_parameter_list: list[FileParameter] = []
    global_parameter_list: Annotated[list[GlobalParameter], Meta(max_length=100)] = []

    @property
    def apis(self) -> list[Api]:
        """The requests of all sessions."""
        return [api for relation in self.relation_list for api in relation.api_list]
