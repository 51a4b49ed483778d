"""CIDR arithmetic, without a cloud."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.errors import CloudError
from yunbox.services.vpc.cidr import first_overlap, read_address, read_block
from yunbox.services.vpc.vpcs.create import check_vpc_block
from yunbox.services.vpc.vswitches.model import VSwitch

blocks = st.builds(
    lambda address, prefix: IPv4Network((address >> (32 - prefix) << (32 - prefix), prefix)),
    st.integers(0, 2**32 - 1),
    st.integers(1, 32),
)


@given(blocks)
def test_what_is_written_as_a_block_is_read_as_it(block: IPv4Network) -> None:
    assert read_block(str(block)) == block


@given(st.text(max_size=24) | st.from_regex(r"[0-9.]{1,16}/[0-9]{1,3}", fullmatch=True))
def test_anything_else_is_a_block_or_a_value_error(text: str) -> None:
    try:
        block = read_block(text)
    except ValueError:
        return
    assert str(block) == text


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0",
        "10.0.0.1/24",
        "10.0.0.0/33",
        "10.0.0.0/255.0.0.0",
        "010.0.0.0/8",
        " 10.0.0.0/8",
        "10.0.0.0/8\n",
        "\u0661\u0660.0.0.0/8",
        "::/0",
        "",
    ],
)
def test_what_is_no_block(text: str) -> None:
    with pytest.raises(ValueError):
        read_block(text)


@pytest.mark.parametrize("text", ["10.0.0", "10.0.0.256", "10.0.0.1 ", "::1", "", "1" * 40, "\u0661.1.1.1"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError):
        read_address(text)


@given(blocks, st.lists(blocks, max_size=5))
def test_the_first_overlap_is_one_that_shares_an_address(
    block: IPv4Network, others: list[IPv4Network]
) -> None:
    found = first_overlap(block, (str(each) for each in others))
    sharing = [each for each in others if each[0] <= block[-1] and block[0] <= each[-1]]
    assert found == (str(sharing[0]) if sharing else "")


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "10.9.8.16/28", "172.16.0.0/12", "192.168.0.0/16", "172.31.255.0/24"]
)
def test_private_ranges_are_for_vpcs(text: str) -> None:
    assert str(check_vpc_block(text, "CidrBlock")) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("10.0.0.0/7", "InvalidCidrBlock.Malformed"),
        ("10.0.0.0/29", "InvalidCidrBlock.Malformed"),
        ("100.64.0.0/16", "InvalidCidrBlock.Malformed"),
        ("127.0.0.0/8", "InvalidCidrBlock.Malformed"),
        ("169.254.1.0/24", "InvalidCidrBlock.Malformed"),
        ("224.0.0.0/8", "InvalidCidrBlock.Malformed"),
        ("8.8.8.0/24", "InvalidCidrBlock.NotImplemented"),
        ("172.16.0.0/11", "InvalidCidrBlock.Malformed"),
        ("192.168.0.0/15", "InvalidCidrBlock.NotImplemented"),
    ],
)
def test_what_is_no_range_of_a_vpc(text: str, code: str) -> None:
    with pytest.raises(CloudError) as caught:
        check_vpc_block(text, "CidrBlock")
    # 172.16.0.0/11 has host bits set; 192.168.0.0/15 is wider than the private range.
    assert caught.value.code == code


@given(st.integers(16, 29), st.integers(0, 2**13 - 1))
def test_four_addresses_of_a_vswitch_are_the_systems(prefix: int, number: int) -> None:
    block = IPv4Network(
        (int(IPv4Network("10.0.0.0/8")[0]) + (number << (32 - prefix)) % 2**24, prefix), strict=False
    )
    vswitch = VSwitch(id="vsw-1", zone_id="z", cidr_block=str(block))
    assert vswitch.prefix == prefix
    assert vswitch.capacity == 2 ** (32 - prefix) - 4
    assert vswitch.gateway == str(block.broadcast_address - 2)
