"""A cloud in memory with balancers for one test: actions as functions, controllers, a manual clock."""

from __future__ import annotations

from typing import Any

from services.ecs.ecs_in_memory import MemoryCloud

from yunbox.engines.balancer.memory import MemoryBalancers
from yunbox.services.balancing.balancers import BalancerController
from yunbox.services.balancing.model import BalancerReached, Health, Member
from yunbox.services.balancing.sources import SOURCES
from yunbox.services.balancing.taking import DepartureController, MemberController
from yunbox.services.slb.groups.default import AddBackendServers, add_backend_servers
from yunbox.services.slb.listeners.create import create_http_listener
from yunbox.services.slb.listeners.life import StartLoadBalancerListener, start_listener
from yunbox.services.slb.listeners.requests import CreateLoadBalancerHTTPListener
from yunbox.services.slb.load_balancers.create import CreateLoadBalancer, create_load_balancer
from yunbox.services.slb.product import slb


class BalancedCloud(MemoryCloud):
    """A cloud in memory whose balancers run on the engine's twin."""

    def __init__(self) -> None:
        self.balancers: MemoryBalancers | None = None
        super().__init__()

    @property
    def engine(self) -> MemoryBalancers:
        """The twin; it outlives the controllers."""
        if self.balancers is None:
            self.balancers = MemoryBalancers(self.clock)
        return self.balancers

    def begin(self) -> None:
        """Have new controllers, as a cloud that was killed and started again has."""
        super().begin()
        balancing = BalancerController(self.store, self.engine, SOURCES, self.clock, self.log.append)
        more: list[Any] = [
            balancing,
            MemberController(self.store, balancing, self.clock, self.log.append),
            DepartureController(self.store, self.clock, self.log.append),
        ]
        self.controllers += more

    @property
    def balancing(self) -> BalancerController:
        """The controller of balancers."""
        return next(each for each in self.controllers if isinstance(each, BalancerController))

    async def turn(self) -> None:
        """Let each controller have a turn; time goes on, as observing goes by it."""
        self.clock.advance(0.05)
        await super().turn()

    def slb(self, action: Any, request: Any) -> Any:
        """Run an action of Slb."""
        return self.do(action, request, slb)

    def members(self, group: str) -> dict[str, str]:
        """Return the status of each server of a group."""
        with self.store.read() as view:
            return {each.server_id: each.status for each in view.find(Member, parent=group)}

    def health(self, balancer: str) -> dict[str, str]:
        """Return what is written of the servers of a balancer."""
        with self.store.read() as view:
            return {each.name: each.state for each in view.find(Health, parent=balancer)}

    def reached(self, balancer: str) -> BalancerReached | None:
        """Return where a balancer is reached."""
        with self.store.read() as view:
            return view.get(BalancerReached, balancer)

    async def balanced(self, count: int = 2, **parameters: Any) -> tuple[str, str, list[str]]:
        """Make instances and a balancer in front; return the ids of balancer, listener and instances."""
        vswitch, group = self.network()
        ids = self.run(vswitch, group, amount=count)
        await self.until(lambda: all(self.status(each) == "Running" for each in ids))
        made = self.slb(create_load_balancer, CreateLoadBalancer(v_switch_id=vswitch, **parameters))
        balancer = made.load_balancer_id
        self.add(balancer, *ids)
        self.listen(balancer)
        await self.until(lambda: set(self.health(balancer)) == set(ids))
        return balancer, f"{balancer}_http_80", ids

    def listen(self, balancer: str, port: int = 80) -> None:
        """Have a balancer listen at a port."""
        listen = CreateLoadBalancerHTTPListener(
            load_balancer_id=balancer, listener_port=port, backend_server_port=8080, health_check="on"
        )
        self.slb(create_http_listener, listen)
        started = StartLoadBalancerListener(load_balancer_id=balancer, listener_port=port)
        self.slb(start_listener, started)

    def add(self, balancer: str, *ids: str) -> None:
        """Add instances to the default group of a balancer."""
        servers = "[" + ",".join(f'{{"ServerId":"{each}"}}' for each in ids) + "]"
        self.slb(add_backend_servers, AddBackendServers(load_balancer_id=balancer, backend_servers=servers))
