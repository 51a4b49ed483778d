"""The examples with the vendor's own provider: applied, asked by HTTP, planned again, destroyed."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conformance.cloud import Cloud
from conformance.terraform_stack import NAME, Stack, asked
from conformance.terraform_tools import Tools

SECONDS_TO_SERVE = 60
SECONDS_TO_SCALE = 90
CLOCK_SPEED = 30
"""So fast the periods of metrics and rules pass, for the peak."""


def servers(tools: Tools, cloud: Cloud, folder: Path) -> list[str]:
    """Return what went wrong with a network and two servers."""
    stack = Stack("terraform-network-and-servers", tools, cloud, folder)

    def serve() -> list[str]:
        urls: dict[str, str] = json.loads(stack.output("urls"))
        if len(urls) < 2:
            return [f"the output names {len(urls)} servers instead of two"]
        until = time.monotonic() + SECONDS_TO_SERVE
        return [
            f"{url} does not answer: {error}"
            for key, url in urls.items()
            if (error := asked(url, f"{NAME}-{key} serves\n", until))
        ]

    return stack.run(serve)


def peak(tools: Tools, cloud: Cloud, folder: Path) -> list[str]:
    """Return what went wrong with balancers, alarms and a group that scales under load."""
    start = datetime.now(UTC) + timedelta(days=60)
    sale = {"sale_time": start, "sale_end": start + timedelta(days=10)}
    given = {name: f"{when:%Y-%m-%dT%H:%MZ}" for name, when in sale.items()}
    stack = Stack("terraform-peak", tools, cloud, folder, given)

    def serve() -> list[str]:
        until = time.monotonic() + SECONDS_TO_SERVE
        shop, front, application = (
            json.loads(stack.output(each)) for each in ("shop", "front", "application")
        )
        pages = {shop: f"{NAME} serves\n", front: f"{NAME} serves\n", application: f"{NAME} serves\n"}
        pages[f"{application}1111/lamp"] = "the sale is over"
        wrong = [
            f"{url} does not answer: {error}"
            for url, page in pages.items()
            if (error := asked(url, page, until))
        ]
        return wrong or _scales(cloud, json.loads(stack.output("scaling_group")), application)

    return stack.run(serve)


def _scales(cloud: Cloud, group: str, url: str) -> list[str]:
    """Load the shop until its group has grown; return what failed meanwhile, or that it did not grow."""
    before, failures, done = _in_service(cloud, group), list[str](), threading.Event()
    asking = [threading.Thread(target=_ask, args=(url, done, failures)) for _ in range(4)]
    for each in asking:
        each.start()
    until = time.monotonic() + SECONDS_TO_SCALE
    while time.monotonic() < until and (now := _in_service(cloud, group)) <= before:
        time.sleep(0.5)
    done.set()
    for each in asking:
        each.join()
    wrong = [f"{len(failures)} requests failed: {failures[0]}"] if failures else []
    return wrong + ([] if now > before else [f"the group of {before} did not grow under load"])


def _ask(url: str, done: threading.Event, failures: list[str]) -> None:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while not done.wait(0.05):
        try:
            with direct.open(url, timeout=10) as answer:
                answer.read()
        except OSError as error:
            failures.append(str(error))


def _in_service(cloud: Cloud, group: str) -> int:
    found = cloud.ask("Ess", "2014-08-28", "DescribeScalingInstances", ScalingGroupId=group, PageSize="50")
    instances = found["ScalingInstances"]["ScalingInstance"]
    return sum(each["LifecycleState"] == "InService" for each in instances)


EXAMPLES: dict[str, tuple[Callable[[Tools, Cloud, Path], list[str]], tuple[str, ...]]] = {
    "terraform-network-and-servers": (servers, ()),
    "terraform-peak": (peak, ("--clock-speed", str(CLOCK_SPEED))),
}
"""What sees that an example does what it promises, and the options of the cloud it runs on."""
