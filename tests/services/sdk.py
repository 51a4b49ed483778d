"""Talking to a cloud through the vendor's clients, in few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_tea_openapi.models import Config
from aliyunsdkcore.acs_exception.exceptions import ServerException
from running import RunningCloud
from Tea.exceptions import TeaException

REGION = "cn-hangzhou"


def configured(cloud: RunningCloud, region: str = REGION, keys: tuple[str, str] | None = None) -> Config:
    """Return a client's configuration for a cloud, as its root or with other keys."""
    key, secret = keys or cloud.keys
    return Config(
        access_key_id=key,
        access_key_secret=secret,
        endpoint=f"127.0.0.1:{cloud.state['port']}",
        protocol="http",
        region_id=region,
        read_timeout=30_000,
    )


def refusal(function: Callable[..., object], *args: object, **kwargs: object) -> str:
    """Call something that the cloud must refuse, and return the code."""
    with pytest.raises((TeaException, ServerException)) as caught:
        function(*args, **kwargs)
    error = caught.value
    return str(error.get_error_code() if isinstance(error, ServerException) else error.code)


class Sdk:
    """Calls actions of one SDK by name: `sdk.do("CreateAlarm", name="busy")` returns the answer's body."""

    def __init__(self, client: Any, models: Any, config: Config) -> None:
        self.client = client(config)
        self.region = config.region_id
        self._models = models
        self._methods = {
            name.replace("_", "").lower(): name
            for name in dir(client)
            if not name.endswith(("_async", "_options"))
        }

    def do(self, action: str, **parameters: Any) -> Any:
        """Call an action with the SDK's own model and method."""
        model = getattr(self._models, f"{action}Request", None)
        method = getattr(self.client, self._methods[action.lower()])
        return method().body if model is None else method(self._request(model, parameters)).body

    def _request(self, model: type, parameters: dict[str, Any]) -> Any:
        """Return a request, of the client's region where it can name one."""
        request = model(**parameters)
        if hasattr(request, "region_id") and request.region_id is None:
            request.region_id = self.region
        return request
