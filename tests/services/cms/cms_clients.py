"""Talking to Cms through the vendor's client, in few words."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_cms20190101 import models
from alibabacloud_cms20190101.client import Client
from alibabacloud_tea_openapi.models import Config
from running import RunningCloud
from Tea.exceptions import TeaException

REGION = "cn-hangzhou"
_numbers = itertools.count(1)


def configured(cloud: RunningCloud, keys: tuple[str, str] | None = None) -> Config:
    """Return a client's configuration for a cloud, as its root or with other keys."""
    key, secret = keys or cloud.keys
    return Config(
        access_key_id=key,
        access_key_secret=secret,
        endpoint=f"127.0.0.1:{cloud.state['port']}",
        protocol="http",
        region_id=REGION,
        read_timeout=30_000,
    )


def refusal(function: Callable[..., object], *args: object, **kwargs: object) -> str:
    """Call something that the cloud must refuse, and return the code."""
    with pytest.raises(TeaException) as caught:
        function(*args, **kwargs)
    return str(caught.value.code)


def own(word: str) -> str:
    """Return a name that no other test has."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return f"{word}-{worker}-{os.getpid()}-{next(_numbers)}"


class Monitor:
    """Calls actions by name: `cms.do("PutContact", contact_name="a")` returns the answer's body."""

    def __init__(self, config: Config, account: str) -> None:
        self.client = Client(config)
        self.account = account

    def do(self, action: str, **parameters: Any) -> Any:
        """Call an action with the SDK's own model and method."""
        request = getattr(models, f"{action}Request")(**parameters)
        method = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", action).lower()
        return getattr(self.client, method)(request).body

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
