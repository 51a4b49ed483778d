"""The system images, by the vendor's names.

All of them are the system of this machine, read-only with a private layer: an instance made from the Ubuntu image
on a Debian machine is a Debian. Their descriptions say so. Source of the ids: ECS documentation, "Public images".
"""

from __future__ import annotations

from functools import cache

from yunbox.services.ecs.images.model import DiskMapping, Image

_DESCRIPTION = "The system of the machine that yunbox runs on, by this name."

_PUBLISHED = 1723075200.0

_SYSTEMS = (
    # id, name in Chinese, name in English, platform, GiB, family
    (
        "aliyun_3_x64_20G_alibase_20240819.vhd",
        "Alibaba Cloud Linux  3.2104 LTS 64位",
        "Alibaba Cloud Linux  3.2104 LTS 64 bit",
        "Aliyun",
        20,
        "acs:alibaba_cloud_linux_3_2104_lts_x64",
    ),
    (
        "aliyun_2_1903_x64_20G_alibase_20240628.vhd",
        "Alibaba Cloud Linux  2.1903 LTS 64位",
        "Alibaba Cloud Linux  2.1903 LTS 64 bit",
        "Aliyun",
        20,
        "acs:alibaba_cloud_linux_2_1903_lts_x64",
    ),
    (
        "ubuntu_24_04_x64_20G_alibase_20240812.vhd",
        "Ubuntu  24.04 64位",
        "Ubuntu  24.04 64 bit",
        "Ubuntu",
        20,
        "acs:ubuntu_24_04_x64",
    ),
    (
        "ubuntu_22_04_x64_20G_alibase_20240807.vhd",
        "Ubuntu  22.04 64位",
        "Ubuntu  22.04 64 bit",
        "Ubuntu",
        20,
        "acs:ubuntu_22_04_x64",
    ),
    (
        "ubuntu_20_04_x64_20G_alibase_20240807.vhd",
        "Ubuntu  20.04 64位",
        "Ubuntu  20.04 64 bit",
        "Ubuntu",
        20,
        "acs:ubuntu_20_04_x64",
    ),
    (
        "ubuntu_18_04_x64_20G_alibase_20231225.vhd",
        "Ubuntu  18.04 64位",
        "Ubuntu  18.04 64 bit",
        "Ubuntu",
        20,
        "acs:ubuntu_18_04_x64",
    ),
    (
        "debian_12_6_x64_20G_alibase_20240819.vhd",
        "Debian  12.6 64位",
        "Debian  12.6 64 bit",
        "Debian",
        20,
        "acs:debian_12_6_x64",
    ),
    (
        "debian_11_10_x64_20G_alibase_20240819.vhd",
        "Debian  11.10 64位",
        "Debian  11.10 64 bit",
        "Debian",
        20,
        "acs:debian_11_10_x64",
    ),
    (
        "centos_7_9_x64_20G_alibase_20240628.vhd",
        "CentOS  7.9 64位",
        "CentOS  7.9 64 bit",
        "CentOS",
        20,
        "acs:centos_7_9_x64",
    ),
    (
        "rockylinux_9_4_x64_20G_alibase_20240816.vhd",
        "Rocky Linux  9.4 64位",
        "Rocky Linux  9.4 64 bit",
        "Rocky Linux",
        20,
        "acs:rockylinux_9_4_x64",
    ),
    (
        "almalinux_9_4_x64_20G_alibase_20240819.vhd",
        "AlmaLinux  9.4 64位",
        "AlmaLinux  9.4 64 bit",
        "AlmaLinux",
        20,
        "acs:almalinux_9_4_x64",
    ),
)


@cache
def system_images() -> dict[str, Image]:
    """Return the system images by id, the ones that the vendor recommends first."""
    return {
        id_: Image(
            id=id_,
            name=id_.removesuffix(".vhd"),
            created=_PUBLISHED,
            status="Available",
            progress=100,
            owner_alias="system",
            description=_DESCRIPTION,
            family=family,
            version="v2024.8",
            os_name=chinese,
            os_name_en=english,
            platform=platform,
            size=size,
            boot_mode="UEFI",
            mappings=(DiskMapping(size=size),),
        )
        for id_, chinese, english, platform, size, family in _SYSTEMS
    }
