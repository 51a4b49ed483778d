"""The zones of the vendor's regions (source: ECS documentation, "Regions and zones")."""

from __future__ import annotations

from yunbox.control.regions import CHINESE_NAMES, REGIONS

_LETTERS = {
    "cn-hangzhou": "bghijk",
    "cn-shanghai": "abefglmn",
    "cn-nanjing": "a",
    "cn-fuzhou": "a",
    "cn-wuhan-lr": "a",
    "cn-qingdao": "bc",
    "cn-beijing": "acdefghijkl",
    "cn-zhangjiakou": "abc",
    "cn-huhehaote": "ab",
    "cn-wulanchabu": "abc",
    "cn-shenzhen": "acdef",
    "cn-heyuan": "ab",
    "cn-guangzhou": "ab",
    "cn-chengdu": "ab",
    "cn-hongkong": "bcd",
}
_DIGIT_REGIONS = {
    "us-west-1": "ab",
    "us-east-1": "ab",
    "na-south-1": "ab",
    "ap-northeast-1": "abc",
    "ap-northeast-2": "ab",
    "ap-southeast-1": "abc",
    "ap-southeast-3": "abc",
    "ap-southeast-5": "abc",
    "ap-southeast-6": "ab",
    "ap-southeast-7": "ab",
    "eu-central-1": "abc",
    "eu-west-1": "ab",
    "me-east-1": "a",
    "me-central-1": "ab",
}

ZONES: dict[str, tuple[str, ...]] = {
    **{region: tuple(f"{region}-{letter}" for letter in letters) for region, letters in _LETTERS.items()},
    **{
        region: tuple(f"{region}{letter}" for letter in letters) for region, letters in _DIGIT_REGIONS.items()
    },
}
"""The zone ids of each region: `cn-hangzhou-b`, but `us-west-1a`."""


def zone_name(zone: str, *, chinese: bool = False) -> str:
    """Return the name that the vendor shows for a zone, such as `Hangzhou Zone B` or `杭州 可用区B`."""
    region = zone[:-2] if zone[-2] == "-" else zone[:-1]
    name = (CHINESE_NAMES if chinese else REGIONS)[region].replace("（", "(").replace("）", ")")
    place = (name.partition("(")[2].rstrip(")") or name).partition("-")[0].strip()
    return f"{place} 可用区{zone[-1].upper()}" if chinese else f"{place} Zone {zone[-1].upper()}"
