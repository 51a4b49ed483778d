"""The instance types that yunbox runs, by the vendor's names (source: ECS documentation, "Instance families").

A family's sizes follow one rule: `large` has 2 vCPUs, `xlarge` 4, `Nxlarge` 4 times N, and the family's series says
how many GiB each vCPU comes with. The economical families name both in the type: `ecs.u1-c1m2.xlarge`.
"""

from __future__ import annotations

from functools import cache

import msgspec

_CPUS_OF_TWO_CARDS = 128

GIB_PER_VCPU = {"c": 2, "g": 4, "r": 8}


class InstanceType(msgspec.Struct, frozen=True):
    """A type: `cpu` in vCPUs, `memory` in GiB, `bandwidth` in Mbit/s as the vendor promises it."""

    id: str
    family: str
    cpu: int
    memory: float
    generation: str
    category: str
    level: str = "EnterpriseLevel"
    architecture: str = "X86"
    eni: int = 2
    private_ips: int = 6
    pps: int = 300_000
    bandwidth: int = 1024
    disks: int = 16
    initial_credit: int = 0
    baseline_credit: int = 0
    processor: str = "Intel Xeon(Ice Lake) Platinum 8369B"

    @property
    def cards(self) -> int:
        """How many network cards it has: two where one cannot serve so many processors."""
        return 2 if self.cpu >= _CPUS_OF_TWO_CARDS else 1


_BURSTABLE = {
    # size: vCPUs, GiB, initial credits, credits an hour
    "ecs.t5-lc2m1.nano": (1, 0.5, 30, 6),
    "ecs.t5-lc1m1.small": (1, 1, 30, 6),
    "ecs.t5-lc1m2.small": (1, 2, 30, 6),
    "ecs.t5-lc1m2.large": (2, 4, 60, 12),
    "ecs.t5-lc1m4.large": (2, 8, 60, 12),
    "ecs.t5-c1m1.large": (2, 2, 60, 18),
    "ecs.t5-c1m2.large": (2, 4, 60, 18),
    "ecs.t5-c1m4.large": (2, 8, 60, 18),
    "ecs.t5-c1m1.xlarge": (4, 4, 120, 36),
    "ecs.t5-c1m2.xlarge": (4, 8, 120, 36),
    "ecs.t5-c1m4.xlarge": (4, 16, 120, 36),
    "ecs.t6-c4m1.large": (2, 0.5, 60, 6),
    "ecs.t6-c2m1.large": (2, 1, 60, 12),
    "ecs.t6-c1m1.large": (2, 2, 60, 24),
    "ecs.t6-c1m2.large": (2, 4, 60, 24),
    "ecs.t6-c1m4.large": (2, 8, 60, 36),
    "ecs.t6-c1m4.xlarge": (4, 16, 120, 96),
    "ecs.t6-c1m4.2xlarge": (8, 32, 240, 192),
}

_SMALL = {
    # The entry-level families whose sizes follow no rule: vCPUs and GiB.
    "ecs.s6-c1m1.small": (1, 1),
    "ecs.s6-c1m2.small": (1, 2),
    "ecs.s6-c1m2.large": (2, 4),
    "ecs.s6-c1m2.xlarge": (4, 8),
    "ecs.s6-c1m2.2xlarge": (8, 16),
    "ecs.s6-c1m4.small": (1, 4),
    "ecs.s6-c1m4.large": (2, 8),
    "ecs.s6-c1m4.xlarge": (4, 16),
    "ecs.s6-c1m4.2xlarge": (8, 32),
    "ecs.e-c4m1.large": (2, 0.5),
    "ecs.e-c2m1.large": (2, 1),
    "ecs.e-c1m1.large": (2, 2),
    "ecs.e-c1m2.large": (2, 4),
    "ecs.e-c1m4.large": (2, 8),
    "ecs.e-c1m2.xlarge": (4, 8),
    "ecs.e-c1m4.xlarge": (4, 16),
    "ecs.e-c1m2.2xlarge": (8, 16),
    "ecs.e-c1m4.2xlarge": (8, 32),
    "ecs.n1.tiny": (1, 1),
    "ecs.n1.small": (1, 2),
    "ecs.n1.medium": (2, 4),
    "ecs.n1.large": (4, 8),
    "ecs.n4.small": (1, 2),
    "ecs.n4.large": (2, 4),
    "ecs.n4.xlarge": (4, 8),
    "ecs.n4.2xlarge": (8, 16),
    "ecs.mn4.small": (1, 4),
    "ecs.mn4.large": (2, 8),
    "ecs.mn4.xlarge": (4, 16),
    "ecs.xn4.small": (1, 1),
    "ecs.e4.small": (1, 8),
    "ecs.sn1ne.large": (2, 4),
    "ecs.sn1ne.xlarge": (4, 8),
    "ecs.sn2ne.large": (2, 8),
    "ecs.sn2ne.xlarge": (4, 16),
    "ecs.se1ne.large": (2, 16),
}

_SERIES = {
    # generation of the name: the vendor's generation, sizes beyond xlarge, the processor it states
    "5": ("ecs-4", (2, 4, 6, 8, 16), "Intel Xeon(Skylake) Platinum 8163"),
    "6": ("ecs-5", (2, 3, 4, 6, 8, 13, 26), "Intel Xeon(Cascade Lake) Platinum 8269CY"),
    "7": ("ecs-6", (2, 3, 4, 6, 8, 16, 32), "Intel Xeon(Ice Lake) Platinum 8369B"),
    "8i": ("ecs-8", (2, 3, 4, 6, 8, 12, 16, 24, 48), "Intel Xeon(Sapphire Rapids) Platinum 8475B"),
    "8a": ("ecs-8", (2, 4, 8, 12, 16, 24), "AMD EPYC(TM) Genoa 9T24"),
    "9i": ("ecs-9", (2, 3, 4, 6, 8, 16, 24), "Intel Xeon(Granite Rapids) 6982P-C"),
}
_UNIVERSAL = {"u1": "ecs-5", "u2i": "ecs-8"}
_FIRST_GENERATIONS = {
    "n1": "ecs-2",
    "n4": "ecs-3",
    "mn4": "ecs-3",
    "xn4": "ecs-3",
    "e4": "ecs-3",
    "s6": "ecs-5",
}
_CATEGORIES = {"c": "Compute-optimized", "g": "General-purpose", "r": "Memory-optimized"}


@cache
def catalogue() -> dict[str, InstanceType]:
    """Return every type by its name."""
    found = [*_burstable(), *_small(), *_universal(), *_enterprise()]
    return {each.id: each for each in sorted(found, key=lambda one: (one.cpu, one.memory, one.id))}


def find_type(name: str) -> InstanceType | None:
    """Return the type of that name, or None."""
    return catalogue().get(name)


def _family(name: str) -> str:
    return name.rpartition(".")[0].partition("-")[0]


def _burstable() -> list[InstanceType]:
    return [
        InstanceType(
            name,
            _family(name),
            cpu,
            memory,
            "ecs-4" if ".t5" in name else "ecs-5",
            "Burstable",
            "CreditEntryLevel",
            private_ips=2,
            initial_credit=initial,
            baseline_credit=baseline,
            processor="Intel Xeon(Cascade Lake) Platinum 8269CY",
        )
        for name, (cpu, memory, initial, baseline) in _BURSTABLE.items()
    ]


def _small() -> list[InstanceType]:
    return [
        InstanceType(
            name,
            _family(name),
            cpu,
            memory,
            _FIRST_GENERATIONS.get(_family(name).removeprefix("ecs."), "ecs-3"),
            "Shared" if "ne." not in name else "General-purpose",
            "EntryLevel" if "ne." not in name else "EnterpriseLevel",
            private_ips=2 if cpu < 4 else 6,
        )
        for name, (cpu, memory) in _SMALL.items()
    ]


def _sizes(more: tuple[int, ...]) -> list[tuple[str, int]]:
    return [("large", 2), ("xlarge", 4), *((f"{each}xlarge", each * 4) for each in more)]


def _universal() -> list[InstanceType]:
    return [
        InstanceType(
            f"ecs.{family}-c1m{ratio}.{size}",
            f"ecs.{family}",
            cpu,
            cpu * ratio,
            generation,
            "General-purpose",
            eni=2 if cpu < 4 else 3,
            bandwidth=1024 * max(1, cpu // 2),
        )
        for family, generation in _UNIVERSAL.items()
        for ratio in (1, 2, 4, 8)
        for size, cpu in _sizes((2, 3, 4, 8))
    ]


def _enterprise() -> list[InstanceType]:
    return [
        InstanceType(
            f"ecs.{series}{number}.{size}",
            f"ecs.{series}{number}",
            cpu,
            cpu * ratio,
            generation,
            _CATEGORIES[series],
            eni=min(2 + cpu // 4, 8),
            private_ips=min(6 * max(1, cpu // 2), 30),
            pps=min(300_000 * max(1, cpu // 2), 24_000_000),
            bandwidth=min(1024 * cpu, 64 * 1024),
            processor=processor,
        )
        for number, (generation, more, processor) in _SERIES.items()
        for series, ratio in GIB_PER_VCPU.items()
        for size, cpu in _sizes(more)
    ]
