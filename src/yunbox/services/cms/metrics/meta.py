"""DescribeMetricMetaList and DescribeProjectMeta. Shapes: the SDK alibabacloud_cms20190101."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.shapes import PageNumber, Request, Shape
from yunbox.services.cms.answers import Done
from yunbox.services.cms.metrics.catalogue import METRICS, PROJECTS, SAMPLED_SECONDS, Metric, Project
from yunbox.services.cms.product import cms

Labels = Annotated[str, Meta(max_length=2000)]

PERIODS = (SAMPLED_SECONDS, 60, 300, 900, 3600)


class DescribeMetricMetaList(Request):
    """List the metrics that are measured."""

    namespace: str = ""
    metric_name: str = ""
    labels: Labels = ""
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=10_000)] = 30


class DescribeProjectMeta(Request):
    """List the namespaces of metrics."""

    labels: Labels = ""
    page_number: PageNumber = 1
    page_size: Annotated[int, Meta(ge=1, le=10_000)] = 30


class MetricShown(Shape):
    """A metric."""

    namespace: str
    metric_name: str
    description: str
    dimensions: str
    labels: str
    periods: str
    statistics: str
    unit: str


class MetricList(Shape):
    """The wrapping of metrics."""

    resource: list[MetricShown]


class MetricsDescribed(Done, kw_only=True):
    """A page of metrics."""

    resources: MetricList
    total_count: str


class ProjectShown(Shape):
    """A namespace."""

    namespace: str
    description: str
    labels: str


class ProjectList(Shape):
    """The wrapping of namespaces."""

    resource: list[ProjectShown]


class ProjectsDescribed(Done, kw_only=True):
    """A page of namespaces."""

    resources: ProjectList
    page_number: str
    page_size: str
    total: str


class _Label(msgspec.Struct):
    name: str
    value: str


def _wanted(text: str) -> list[_Label]:
    """Return the labels that a filter asks for. Raises CloudError."""
    if not text.strip():
        return []
    try:
        given = msgspec.json.decode(text, type=list[_Label] | _Label)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise invalid_parameter(
            "Labels", 'JSON such as [{"name":"product","value":"ECS"}] is expected'
        ) from None
    return given if isinstance(given, list) else [given]


def _shown(labels: dict[str, str]) -> str:
    return msgspec.json.encode([_Label(name, value) for name, value in labels.items()]).decode()


def _labels_of(metric: Metric) -> dict[str, str]:
    category = next(each.category for each in PROJECTS if each.namespace == metric.namespace)
    return {
        "metricCategory": category,
        "alertEnable": "true",
        "alertUnit": metric.unit,
        "unitFactor": "1.0",
        "minAlertPeriod": "60",
        "productCategory": category,
    }


@cms.action(DescribeMetricMetaList, on="*", access="own")
def describe_metric_meta_list(request: DescribeMetricMetaList, call: Call) -> MetricsDescribed:
    """Answer with a page of metrics."""
    del call
    wanted = _wanted(request.labels)
    found = [
        each
        for each in METRICS.values()
        if request.namespace in ("", each.namespace)
        and request.metric_name in ("", each.name)
        and all(_labels_of(each).get(label.name) == label.value for label in wanted)
    ]
    first = (request.page_number - 1) * request.page_size
    shown = [
        MetricShown(
            namespace=each.namespace,
            metric_name=each.name,
            description=each.description,
            dimensions=",".join(each.dimensions),
            labels=_shown(_labels_of(each)),
            periods=",".join(str(period) for period in PERIODS),
            statistics=",".join(each.statistics),
            unit=each.unit,
        )
        for each in found[first : first + request.page_size]
    ]
    return MetricsDescribed(resources=MetricList(resource=shown), total_count=str(len(found)))


def _project_labels(project: Project) -> dict[str, str]:
    return {
        "product": project.product,
        "productCategory": project.category,
        "groupFlag": "true",
        "metricCategory": project.category,
    }


@cms.action(DescribeProjectMeta, on="*", access="own")
def describe_project_meta(request: DescribeProjectMeta, call: Call) -> ProjectsDescribed:
    """Answer with a page of namespaces."""
    del call
    wanted = _wanted(request.labels)
    found = [
        each
        for each in PROJECTS
        if all(_project_labels(each).get(label.name) == label.value for label in wanted)
    ]
    first = (request.page_number - 1) * request.page_size
    shown = [
        ProjectShown(
            namespace=each.namespace, description=each.description, labels=_shown(_project_labels(each))
        )
        for each in found[first : first + request.page_size]
    ]
    return ProjectsDescribed(
        resources=ProjectList(resource=shown),
        page_number=str(request.page_number),
        page_size=str(request.page_size),
        total=str(len(found)),
    )
