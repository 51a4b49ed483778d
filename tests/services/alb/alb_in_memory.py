"""A cloud in memory with application load balancers: actions by name, and what is drawn for the engine."""

from __future__ import annotations

from typing import Any

from services.balancing.balancing_in_memory import BalancedCloud
from services.self_signed import self_signed

from yunbox.api.parameters import read
from yunbox.engines.balancer.checking import check_balancer
from yunbox.engines.balancer.interface import Backend, Balancer, Listener
from yunbox.services.alb.job_controller import JobController
from yunbox.services.alb.jobs import Job
from yunbox.services.alb.product import alb
from yunbox.services.alb.spec import backend_id, draw
from yunbox.services.balancing.balancers import BalancerController
from yunbox.services.cas.certificates import UploadUserCertificate, upload_user_certificate
from yunbox.services.cas.product import cas
from yunbox.services.vpc.product import vpc
from yunbox.services.vpc.vpcs.create import CreateVpc, create_vpc
from yunbox.services.vpc.vswitches.create import CreateVSwitch, create_vswitch

NO_CHECK = {"HealthCheckEnabled": False}


class AlbCloud(BalancedCloud):
    """`vpc_id` and `vswitch_id` are of a network that it begins with."""

    def __init__(self) -> None:
        super().__init__()
        self.vpc_id = self.do(create_vpc, CreateVpc(cidr_block="10.0.0.0/8"), vpc).vpc_id
        asked = CreateVSwitch(vpc_id=self.vpc_id, zone_id="cn-hangzhou-i", cidr_block="10.1.0.0/16")
        self.vswitch_id = self.do(create_vswitch, asked, vpc).v_switch_id

    def begin(self) -> None:
        """Have new controllers, as a cloud that was killed and started again has."""
        super().begin()
        every: list[Any] = list(self.controllers)
        (balancing,) = (each for each in every if isinstance(each, BalancerController))
        every.append(JobController(self.store, balancing, self.clock, self.log.append))
        self.controllers = every

    def job(self, id_: str) -> str:
        """Return the status of a job."""
        with self.store.read() as view:
            found = view.get(Job, id_)
        assert found is not None
        return found.status

    def alb(self, action: str, **parameters: Any) -> Any:
        """Run an action of Alb with parameters as they are on the wire."""
        known = alb.actions[action]
        return self.do(known.function, read(known.request, parameters), alb)

    def certificate(self, name: str) -> str:
        """Upload a certificate; return how listeners name it."""
        chain, key = self_signed(name)
        asked = UploadUserCertificate(name=name, cert=chain, key=key)
        return f"{self.do(upload_user_certificate, asked, cas).cert_id}-cn-hangzhou"

    def balancer(self, **more: Any) -> str:
        """Make a load balancer; return its id."""
        given = {
            "AddressType": "Intranet",
            "VpcId": self.vpc_id,
            "LoadBalancerEdition": "Standard",
            "LoadBalancerBillingConfig": {"PayType": "PostPay"},
            "ZoneMappings": [{"ZoneId": "cn-hangzhou-i", "VSwitchId": self.vswitch_id}],
        }
        return str(self.alb("CreateLoadBalancer", **given | more).load_balancer_id)

    def group(self, *addresses: str, **more: Any) -> str:
        """Make a server group with servers at port 8080 of addresses; return its id."""
        given = {
            "ServerGroupName": "group",
            "ServerGroupType": "Ip",
            "VpcId": self.vpc_id,
            "HealthCheckConfig": NO_CHECK,
        }
        made = str(self.alb("CreateServerGroup", **given | more).server_group_id)
        servers = [{"ServerId": each, "ServerType": "Ip", "Port": 8080} for each in addresses]
        if servers:
            self.alb("AddServersToServerGroup", ServerGroupId=made, Servers=servers)
        return made

    def listener(self, balancer: str, group: str, port: int = 80, **more: Any) -> str:
        """Make a listener that forwards to a group; return its id."""
        given = {"ListenerProtocol": "HTTP", "DefaultActions": [forward(group)]}
        made = self.alb("CreateListener", LoadBalancerId=balancer, ListenerPort=port, **given | more)
        return str(made.listener_id)

    def rule(self, listener: str, conditions: list[Any], *actions: Any, priority: int = 1) -> str:
        """Make a rule whose actions stand in the order given; return its id."""
        ordered = [each | {"Order": order} for order, each in enumerate(actions, 1)]
        made = self.alb(
            "CreateRule",
            ListenerId=listener,
            RuleName="rule",
            Priority=priority,
            RuleConditions=conditions,
            RuleActions=ordered,
        )
        return str(made.rule_id)

    def drawn(self, balancer: str) -> Balancer:
        """Return what the engine is to run."""
        with self.store.read() as view:
            wanted = draw(view, balancer)
        assert wanted is not None
        assert wanted.balancer is not None
        check_balancer(wanted.balancer)
        return wanted.balancer

    def drawn_listener(self, balancer: str) -> Listener:
        """Return the only listener that is to run."""
        (found,) = self.drawn(balancer).listeners
        return found

    def drawn_group(self, balancer: str, group: str) -> Backend:
        """Return the backend of a server group."""
        wanted = backend_id(balancer, group)
        return next(each for each in self.drawn(balancer).backends if each.id == wanted)


def forward(*groups: str) -> dict[str, Any]:
    """Return the action that forwards to groups."""
    tuples = [{"ServerGroupId": each} for each in groups]
    return {"Type": "ForwardGroup", "ForwardGroupConfig": {"ServerGroupTuples": tuples}}


def path(*values: str) -> dict[str, Any]:
    """Return a condition on the path."""
    return {"Type": "Path", "PathConfig": {"Values": list(values)}}


def fixed(content: str) -> dict[str, Any]:
    """Return the action that answers with a text."""
    return {"Type": "FixedResponse", "FixedResponseConfig": {"HttpCode": "200", "Content": content}}
