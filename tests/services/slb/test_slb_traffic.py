"""Classic load balancers carry traffic: real instances behind real balancers."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable

from services.ecs.ecs_clients import Network, wait_for
from services.slb.slb_clients import Slbs

Serving = Callable[..., list[str]]


def get(address: str, path: str = "/", port: int = 80, **headers: str) -> tuple[int, str]:
    """Return the status and the body of an answer."""
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_requests_reach_the_instances_behind_a_balancer(
    slbs: Slbs, network: Network, serving: Serving
) -> None:
    ids = serving(2)
    made = slbs.do("CreateLoadBalancer", v_switch_id=network.vswitch)
    balancer, address = made.load_balancer_id, made.address
    slbs.add(balancer, *ids)
    slbs.listen(balancer, 80, health_check="on", health_check_interval=1, healthy_threshold=2)
    slbs.listen(balancer, 81, "TCP")
    slbs.start(balancer, 80)
    slbs.start(balancer, 81, "TCP")
    wait_for(lambda: set(slbs.health(balancer).values()) == {"normal"})
    seen = Counter(get(address)[1].partition("\n")[0] for _ in range(10))
    assert sorted(seen.values()) == [5, 5]
    assert get(address, port=81)[0] == 200
