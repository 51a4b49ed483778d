"""From what is stored of an instance to the sandbox that runs it: pure."""

from __future__ import annotations

from collections.abc import Sequence

from yunbox.engines.compute.interface import Interface, Mount, Sandbox, SandboxSpec
from yunbox.services.ecs.instances.model import Instance
from yunbox.services.ecs.user_data.boot import Boot, compile_boot

FIRST_BACKOFF_SECONDS = 1.0
LAST_BACKOFF_SECONDS = 60.0
STEADY_SECONDS = 60.0
"""A sandbox that ended by itself within this time of its start counts as one more failure in a row."""


def boot_of(instance: Instance, public_key: str) -> Boot:
    """Return what the instance's system does when it boots."""
    return compile_boot(
        instance.user_data,
        instance_id=instance.id,
        hostname=instance.host_name,
        key=public_key,
        password_hash=instance.password,
    )


def spec_of(
    instance: Instance, interfaces: Sequence[Interface], mounts: Sequence[Mount], boot: Boot
) -> SandboxSpec:
    """Return what is to run."""
    return SandboxSpec(
        id=instance.id,
        image=instance.engine_image,
        cpus=float(instance.cpu),
        memory=instance.memory << 20,
        hostname=instance.host_name,
        interfaces=tuple(interfaces),
        mounts=tuple(mounts),
        files=boot.files,
        boot=boot.script,
    )


def must_restart(instance: Instance, sandbox: Sandbox) -> bool:
    """Return whether a sandbox that runs was started before the last start or restart that was asked for.

    One that was started afterwards, by a controller that was killed before it could write so, has done it.
    """
    if instance.booted >= instance.boot:
        return False
    return sandbox.started_at is None or sandbox.started_at < instance.boot_asked


def needs_look(instance: Instance, sandbox: Sandbox | None) -> bool:
    """Return whether what runs, or what is said of it, is not what was asked for."""
    running = sandbox is not None and sandbox.running
    if instance.desired == "Deleted":
        return True
    if instance.desired == "Stopped":
        return running or instance.status != "Stopped"
    return not running or instance.status != "Running" or instance.booted < instance.boot


def backoff(attempts: int) -> float:
    """Return how many seconds to wait after so many failures in a row."""
    return float(min(FIRST_BACKOFF_SECONDS * 2.0 ** min(attempts - 1, 10), LAST_BACKOFF_SECONDS))
