"""Every implemented action against what the vendor documents and what the official SDKs read."""

from __future__ import annotations

import typing
from collections.abc import Iterator

import pytest
from api.vendor_shapes import SDKS, differences, paths, sdk_parameters, sdk_shape, shape_of

from yunbox.api import vendor_facts
from yunbox.api.parameters import OWNERSHIP, PROTOCOL, SHARED
from yunbox.api.product import Action, Product
from yunbox.services.catalogue import CATALOGUE


def label(product: Product) -> str:
    """Return a product's code, with its version where there are several."""
    several = sum(each.code == product.code for each in CATALOGUE.products) > 1
    return f"{product.code} {product.version}" if several else product.code


PRODUCTS = {label(each): each for each in CATALOGUE.products}
Tree = typing.Any

READ_BY_OTHERS = {
    "DescribeEipAddresses.EipAddresses.EipAddress[].AvailableRegions",
    "DescribeEipAddresses.EipAddresses.EipAddress[].Descritpion",
}
"""What the vendor answers and the Terraform provider reads, though the Python SDK does not know it."""


@pytest.mark.parametrize("code", PRODUCTS)
def test_every_action_exists(code: str) -> None:
    product = PRODUCTS[code]
    assert not set(product.actions) - set(vendor_facts.actions_of(product.package))


@pytest.mark.parametrize("code", PRODUCTS)
def test_no_parameter_is_misspelt(code: str) -> None:
    assert not [
        each for action in PRODUCTS[code].actions.values() for each in misspelt(PRODUCTS[code], action)
    ]


def misspelt(product: Product, action: Action) -> Iterator[str]:
    """Yield the parameters of an action that the vendor does not have."""
    documented = vendor_facts.actions_of(product.package)[action.name]
    documented |= set(paths(sdk_parameters(label(product), action.name)))
    # A structure may be documented whole, and a list of texts as one JSON text.
    whole = documented | vendor_facts.top_level(documented) | SHARED | PROTOCOL | OWNERSHIP
    declared = set(paths(shape_of(action.request)))
    for each in declared | set(action.request.accepted):
        named = {each, each.removesuffix(".N"), f"{each}.N"}
        steps = each.split(".")
        around = {".".join(steps[:length]) for length in range(1, len(steps))}
        if not named & whole and not around & documented:
            yield f"{action.name}: {each}"


@pytest.mark.parametrize("code", SDKS)
def test_the_official_sdk_reads_every_answer(code: str) -> None:
    found = []
    for name, action in PRODUCTS[code].actions.items():
        theirs = sdk_shape(code, name)
        assert theirs is not None, f"the SDK has no {name}"
        answer = typing.get_type_hints(action.function)["return"]
        found += [f"{name}{each}" for each in differences(shape_of(answer), theirs)]
    found = [each for each in found if each.removesuffix(" is unknown to the SDK") not in READ_BY_OTHERS]
    assert not found, "\n".join(found)
