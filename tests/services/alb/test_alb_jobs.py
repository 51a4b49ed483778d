"""Jobs end when balancers do what was asked, not before."""

from __future__ import annotations

import asyncio

from services.alb.alb_in_memory import AlbCloud, fixed, forward, path

from yunbox.services.alb.listeners.model import Listener
from yunbox.services.alb.progress import listener_status


def status(cloud: AlbCloud, listener: str) -> str:
    with cloud.store.read() as view:
        found = view.get(Listener, listener)
        assert found is not None
        return listener_status(view, found)


def test_a_job_goes_on_until_the_balancer_runs_so() -> None:
    async def story() -> None:
        cloud = AlbCloud()
        balancer, group = cloud.balancer(), cloud.group("10.1.0.5")
        cloud.engine.refuse("not now")
        made = cloud.alb(
            "CreateListener",
            LoadBalancerId=balancer,
            ListenerPort=80,
            ListenerProtocol="HTTP",
            DefaultActions=[forward(group)],
        )
        await cloud.idle()
        assert (cloud.job(made.job_id), status(cloud, made.listener_id)) == ("Processing", "Provisioning")
        cloud.engine.refuse("")
        await cloud.until(lambda: cloud.job(made.job_id) == "Succeeded")
        assert status(cloud, made.listener_id) == "Running"
        cloud.engine.refuse("not now")
        rule = cloud.alb(
            "CreateRule",
            ListenerId=made.listener_id,
            RuleName="rule",
            Priority=1,
            RuleConditions=[path("/x")],
            RuleActions=[fixed("x") | {"Order": 1}],
        )
        await cloud.idle()
        assert cloud.job(rule.job_id) == "Processing"
        cloud.engine.refuse("")
        await cloud.until(lambda: cloud.job(rule.job_id) == "Succeeded")
        await cloud.kill()

    asyncio.run(story())


def test_what_no_balancer_needs_is_done_at_once_also_after_a_restart() -> None:
    async def story() -> None:
        cloud = AlbCloud()
        cloud.balancer()
        made = cloud.alb("CreateAcl", AclName="mine")
        await cloud.kill()
        cloud.begin()
        await cloud.until(lambda: cloud.job(made.job_id) == "Succeeded")
        gone = cloud.alb("DeleteAcl", AclId=made.acl_id)
        await cloud.until(lambda: cloud.job(gone.job_id) == "Succeeded")
        await cloud.kill()

    asyncio.run(story())


def test_servers_are_added_when_the_balancer_has_them_and_leave_when_it_let_go() -> None:
    async def story() -> None:
        cloud = AlbCloud()
        balancer, group = cloud.balancer(), cloud.group()
        cloud.listener(balancer, group)
        server = [{"ServerId": "10.1.0.5", "ServerType": "Ip", "Port": 8080}]
        added = cloud.alb("AddServersToServerGroup", ServerGroupId=group, Servers=server)
        await cloud.until(lambda: cloud.job(added.job_id) == "Succeeded")
        assert cloud.members(group) == {"10.1.0.5": "Available"}
        removed = cloud.alb("RemoveServersFromServerGroup", ServerGroupId=group, Servers=server)
        assert cloud.members(group) == {"10.1.0.5": "Removing"}
        await cloud.until(lambda: cloud.job(removed.job_id) == "Succeeded")
        assert cloud.members(group) == {}
        await cloud.kill()

    asyncio.run(story())
