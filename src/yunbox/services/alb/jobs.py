"""Jobs: what changes answer with and clients ask after. Wire shapes: ALB API 2020-06-16, ListAsynJobs.

A change is made in the store at once; its job goes on until the balancers do what it says (`job_controller`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.shapes import Answer, Shape
from yunbox.control.store import View
from yunbox.control.store_resource import Resource
from yunbox.services.alb.pages import Listed, Listing, page_of
from yunbox.services.alb.product import alb

JOBS_KEPT = 1000
"""So many jobs of an account are remembered in a region."""


class Job(Resource, kind="alb.job", kw_only=True):
    """A change that was asked for. `name` is the action, `parent` the id of what was changed.

    `resource_type` is in the API's words, such as `loadbalancer`. `waits_for` is the id of the load balancer, or of
    what load balancers rest on, that does what was asked. Times are in seconds since the epoch.
    """

    resource_type: str
    operation: str
    waits_for: str
    created: float
    ended: float = 0.0
    status: Literal["Processing", "Succeeded"] = "Processing"


class Started(Answer):
    """The job of a change."""

    job_id: str


class ListAsynJobs(Listing):
    """Ask how changes get on."""

    job_ids: Annotated[list[str], Meta(max_length=100)] = []
    resource_ids: Annotated[list[str], Meta(max_length=100)] = []
    resource_type: str = ""
    api_name: str = ""
    begin_time: int = 0
    end_time: int = 0


class JobShown(Shape):
    """A job. Times are in milliseconds since the epoch."""

    id: str
    api_name: str
    operate_type: str
    resource_id: str
    resource_type: str
    create_time: int
    modify_time: int
    status: str
    error_code: str = ""
    error_message: str = ""


class JobsListed(Listed, kw_only=True):
    """A page of jobs."""

    jobs: list[JobShown]


def begin_job(call: Call, resource_type: str, resource_id: str, balancer: str = "") -> str:
    """Remember that the call's action changes a resource; return the job's id.

    `balancer` is the load balancer whose part the resource is.
    """
    verb = (
        "Create"
        if call.action.startswith("Create")
        else "Delete"
        if call.action.startswith("Delete")
        else "Update"
    )
    id_ = call.new_id("job")
    call.change.create(
        Job(
            id=id_,
            account=call.account,
            region=call.region,
            name=call.action,
            parent=resource_id,
            resource_type=resource_type,
            operation=verb,
            waits_for=balancer or resource_id,
            created=call.now,
        )
    )
    if call.count(Job) > JOBS_KEPT:
        for old in call.find(Job, limit=2):
            call.change.delete(Job, old.id)
    return id_


@alb.action(ListAsynJobs, on="*")
def list_asyn_jobs(request: ListAsynJobs, call: Call) -> JobsListed:
    """Answer with a page of the jobs that the filters keep."""
    until = request.end_time or float("inf")
    found = [
        each
        for each in call.find(Job, descending=True)
        if (not request.job_ids or each.id in request.job_ids)
        and (not request.resource_ids or each.parent in request.resource_ids)
        and request.resource_type in ("", each.resource_type)
        and request.api_name in ("", each.name)
        and request.begin_time <= each.created * 1000 <= until
    ]
    page, listed = page_of(found, request)
    return JobsListed(
        jobs=[_shown(each) for each in page],
        **listed,
    )


def _shown(job: Job) -> JobShown:
    return JobShown(
        id=job.id,
        api_name=job.name,
        operate_type=job.operation,
        resource_id=job.parent,
        resource_type=job.resource_type,
        create_time=int(job.created * 1000),
        modify_time=int((job.ended or job.created) * 1000),
        status=job.status,
    )


def goes_on(view: View, id_: str) -> bool:
    """Return whether something that was asked of a resource is not done yet."""
    return any(each.status == "Processing" for each in view.find(Job, parent=id_))
