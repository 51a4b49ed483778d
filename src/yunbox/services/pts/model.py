"""What is stored of load tests: scenes, and each run of one."""

from __future__ import annotations

from typing import Literal

import msgspec

from yunbox.control.store_resource import Resource
from yunbox.services.pts.shapes import Scene

Status = Literal["CREATED", "PREPARING", "RUNNING", "STOPPING", "STOPPED"]


class StoredScene(Resource, kind="pts.scene", kw_only=True):
    """A scene; `name` is its name. Times are in seconds since the epoch."""

    scene: Scene
    created: float
    modified: float


class ApiFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request: counts, and times in seconds."""

    name: str
    count: int = 0
    failed: int = 0
    shed: int = 0
    mean: float = 0.0
    p50: float = 0.0
    p90: float = 0.0
    p99: float = 0.0
    largest: float = 0.0
    smallest: float = 0.0


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run, so far or in the end. `rate` is of the last second, or the mean of a whole run."""

    all: ApiFigures = ApiFigures(name="")
    apis: tuple[ApiFigures, ...] = ()
    rate: float = 0.0
    seconds: float = 0.0
    in_flight: int = 0


class Run(Resource, kind="pts.run", kw_only=True):
    """A run of a scene (`parent`), as the scene was when it was asked for. The id is the vendor's PlanId.

    Actions write "PREPARING" and "STOPPING", the controller everything else. `failure` says why it came to nothing.
    """

    scene: Scene
    status: Status
    asked: float
    began: float = 0.0
    ended: float = 0.0
    failure: str = ""
    figures: Figures = Figures()

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.status != "STOPPED"
