"""Talking to Cms through the vendor's client, in few words."""

from __future__ import annotations

import itertools
import json
import os
from typing import Any

from alibabacloud_cms20190101 import models
from alibabacloud_cms20190101.client import Client
from alibabacloud_tea_openapi.models import Config
from services.sdk import Sdk

_numbers = itertools.count(1)


def own(word: str) -> str:
    """Return a name that no other test has."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return f"{word}-{worker}-{os.getpid()}-{next(_numbers)}"


class Monitor(Sdk):
    """Calls actions by name: `cms.do("PutContact", contact_name="a")` returns the answer's body."""

    def __init__(self, config: Config, account: str) -> None:
        super().__init__(Client, models, config)
        self.account = account

    def _request(self, model: type, parameters: dict[str, Any]) -> Any:
        """Return a request that names no region: clients of CloudMonitor need not."""
        return model(**parameters)

    def put(self, metric: str, *values: float, at: float = 0.0, **dimensions: str) -> None:
        """Put values of a custom metric, of the group 0, a second apart."""
        self.do(
            "PutCustomMetric",
            metric_list=[
                models.PutCustomMetricRequestMetricList(
                    group_id="0",
                    metric_name=metric,
                    dimensions=json.dumps(dimensions or {"host": "a"}),
                    type="0",
                    values=json.dumps({"value": value}),
                    time=str(int((at + number) * 1000)) if at else "",
                )
                for number, value in enumerate(values)
            ],
        )

    @property
    def namespace(self) -> str:
        """The namespace of custom metrics."""
        return f"acs_customMetric_{self.account}"

    def points(self, action: str, metric: str, namespace: str = "", **more: Any) -> list[dict[str, Any]]:
        """Return the points of an answer."""
        body = self.do(action, namespace=namespace or self.namespace, metric_name=metric, **more)
        assert body.code == "200"
        return list(json.loads(body.datapoints))
