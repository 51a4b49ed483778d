from __future__ import annotations

import base64
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from ecs_clients import Network, instance_of, wait_for, wait_gone, wait_status
from services.sdk import REGION
from Tea.exceptions import TeaException

from yunbox.engines.compute.sandbox import wiring

Run = Callable[..., list[str]]
Refused = Callable[..., TeaException]

SERVING = b"""#!/bin/sh
echo "greetings from $(hostname)" | tee /root/index.html
mkdir -p /srv/www && cp /root/index.html /srv/www/ && cd /srv/www
python3 -m http.server 8080 >/dev/null 2>&1 &
"""

NAMESPACES = not wiring.namespaces_refused()


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def fetch(address: str) -> str:
    """Return what a server answers, as soon as it does."""

    def once() -> str:
        try:
            with urllib.request.urlopen(f"http://{address}:8080/", timeout=2) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.1)
            return ""

    return str(wait_for(once, 20))


def console(ecs: Client, id_: str) -> str:
    asked = models.GetInstanceConsoleOutputRequest(region_id=REGION, instance_id=id_)
    return base64.b64decode(ecs.get_instance_console_output(asked).body.console_output).decode()


def stop(ecs: Client, id_: str, **more: Any) -> None:
    ecs.stop_instance(models.StopInstanceRequest(instance_id=id_, **more))


def start(ecs: Client, id_: str) -> None:
    ecs.start_instance(models.StartInstanceRequest(instance_id=id_))


def delete(ecs: Client, id_: str, **more: Any) -> None:
    ecs.delete_instance(models.DeleteInstanceRequest(instance_id=id_, **more))


def test_a_server_serves_stops_starts_and_is_gone(ecs: Client, run_instances: Run) -> None:
    (id_,) = run_instances(user_data=in_base64(SERVING), host_name="greeter", internet_max_bandwidth_out=1)
    found = wait_status(ecs, id_, "Running")
    wait_for(lambda: "greetings from greeter" in console(ecs, id_))
    private, public = (
        found.vpc_attributes.private_ip_address.ip_address[0],
        found.public_ip_address.ip_address[0],
    )
    if NAMESPACES:
        assert fetch(private) == fetch(public) == "greetings from greeter\n"
    stop(ecs, id_)
    wait_status(ecs, id_, "Stopped")
    if NAMESPACES:
        with pytest.raises(OSError):
            urllib.request.urlopen(f"http://{private}:8080/", timeout=0.5)
    start(ecs, id_)
    wait_status(ecs, id_, "Running")
    wait_for(lambda: console(ecs, id_).count("boot finished") == 2)
    # User data ran at the first boot alone.
    assert console(ecs, id_).count("greetings from greeter") == 1
    delete(ecs, id_, force=True)
    wait_gone(ecs, id_)


def test_a_restart_boots_again(ecs: Client, run_instances: Run) -> None:
    (id_,) = run_instances()
    wait_status(ecs, id_, "Running")
    wait_for(lambda: "boot finished" in console(ecs, id_))
    ecs.reboot_instance(models.RebootInstanceRequest(instance_id=id_))
    assert instance_of(ecs, id_).status in ("Starting", "Running")
    wait_for(lambda: console(ecs, id_).count("boot finished") == 2)
    wait_status(ecs, id_, "Running")


def test_each_status_allows_what_it_allows(ecs: Client, run_instances: Run, ecs_refused: Refused) -> None:
    (id_,) = run_instances()
    wait_status(ecs, id_, "Running")
    ecs_refused("IncorrectInstanceStatus", start, ecs, id_)
    ecs_refused("IncorrectInstanceStatus", delete, ecs, id_)
    stop(ecs, id_, force_stop=True, stopped_mode="StopCharging")
    ecs_refused("IncorrectInstanceStatus", stop, ecs, id_)
    found = wait_status(ecs, id_, "Stopped")
    assert found.stopped_mode == "StopCharging"
    reboot = models.RebootInstanceRequest(instance_id=id_)
    ecs_refused("IncorrectInstanceStatus", ecs.reboot_instance, reboot)
    delete(ecs, id_)
    wait_gone(ecs, id_)
    ecs_refused("InvalidInstanceId.NotFound", delete, ecs, id_)


def test_a_protected_instance_stays(ecs: Client, run_instances: Run, ecs_refused: Refused) -> None:
    (id_,) = run_instances(deletion_protection=True)
    wait_status(ecs, id_, "Running")
    ecs_refused("InvalidOperation.DeletionProtection", delete, ecs, id_, force=True)
    ecs.modify_instance_attribute(
        models.ModifyInstanceAttributeRequest(instance_id=id_, deletion_protection=False)
    )
    delete(ecs, id_, force=True)
    wait_gone(ecs, id_)


def test_several_at_once(ecs: Client, run_instances: Run, ecs_refused: Refused) -> None:
    one, two = run_instances(amount=2, instance_name="web[1,3]")
    assert [instance_of(ecs, each).instance_name for each in (one, two)] == ["web001", "web002"]
    for each in (one, two):
        wait_status(ecs, each, "Running")
    both = [one, two]
    stopped = ecs.stop_instances(models.StopInstancesRequest(region_id=REGION, instance_id=both)).body
    assert {
        (each.previous_status, each.current_status) for each in stopped.instance_responses.instance_response
    } == {("Running", "Stopping")}
    wait_status(ecs, one, "Stopped")
    wait_status(ecs, two, "Stopped")
    start(ecs, one)
    wait_status(ecs, one, "Running")
    all_or_none = models.StartInstancesRequest(region_id=REGION, instance_id=both)
    ecs_refused("IncorrectInstanceStatus", ecs.start_instances, all_or_none)
    assert instance_of(ecs, two).status == "Stopped"
    some = models.StartInstancesRequest(region_id=REGION, instance_id=both, batch_optimization="SuccessFirst")
    outcomes = ecs.start_instances(some).body.instance_responses.instance_response
    assert {each.instance_id: each.code for each in outcomes} == {one: "IncorrectInstanceStatus", two: "200"}
    ecs.delete_instances(models.DeleteInstancesRequest(region_id=REGION, instance_id=both, force=True))
    wait_gone(ecs, one)
    wait_gone(ecs, two)


def test_a_created_instance_waits_to_be_started(ecs: Client, network: Network, run_instances: Run) -> None:
    created = ecs.create_instance(
        models.CreateInstanceRequest(
            region_id=REGION,
            image_id="aliyun_3_x64_20G_alibase_20240819.vhd",
            instance_type="ecs.t6-c1m1.large",
            v_switch_id=network.vswitch,
            security_group_id=network.group,
            internet_max_bandwidth_out=2,
        )
    ).body.instance_id
    found = instance_of(ecs, created)
    assert (found.status, found.public_ip_address.ip_address, found.memory) == ("Stopped", [], 2048)
    allocate = models.AllocatePublicIpAddressRequest(instance_id=created)
    address = ecs.allocate_public_ip_address(allocate).body.ip_address
    assert instance_of(ecs, created).public_ip_address.ip_address == [address]
    start(ecs, created)
    wait_status(ecs, created, "Running")
    delete(ecs, created, force=True)
    wait_gone(ecs, created)


def test_a_password_and_a_host_name_count_from_the_next_boot(ecs: Client, run_instances: Run) -> None:
    told = (
        b"#!/bin/sh\nmkdir -p /var/lib/cloud/scripts/per-boot\ncp $0 /var/lib/cloud/scripts/per-boot/told\n"
    )
    told += b"grep -o '^root:[$]6[$]' /etc/shadow; hostname\n"
    (id_,) = run_instances(user_data=in_base64(told), host_name="before")
    wait_for(lambda: "boot finished" in console(ecs, id_))
    assert "root:$6$" not in console(ecs, id_)
    change = models.ModifyInstanceAttributeRequest(instance_id=id_, password="Passw0rd!", host_name="after")
    ecs.modify_instance_attribute(change)
    ecs.reboot_instance(models.RebootInstanceRequest(instance_id=id_))
    wait_for(lambda: console(ecs, id_).count("boot finished") == 2)
    printed = console(ecs, id_)
    assert printed.index("before\n") < printed.index("root:$6$\nafter\n")
