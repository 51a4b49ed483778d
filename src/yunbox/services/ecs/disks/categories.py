"""The categories of disks with their sizes (source: ECS documentation, "Block storage", CreateDisk)."""

from __future__ import annotations

import msgspec


class Category(msgspec.Struct, frozen=True):
    """A category: the sizes of data disks in GiB, and its performance levels, the default one first."""

    smallest: int
    largest: int
    levels: tuple[str, ...] = ()


CATEGORIES = {
    "cloud_efficiency": Category(20, 32_768),
    "cloud_ssd": Category(20, 32_768),
    "cloud_essd": Category(1, 65_536, ("PL1", "PL0", "PL2", "PL3")),
    "cloud_auto": Category(1, 65_536),
    "cloud_essd_entry": Category(10, 32_768),
    "cloud": Category(5, 2_000),
}
"""Categories by name. All are the same here: folders or files on this machine's disk."""
