"""What the vendor documents: the actions of a product and the names of their parameters.

One text file a product, `services/<product>/vendor.txt`, a line an action: its name, then its parameters, a list's
items written `Tag.N.Key`. Facts read from the vendor's published API metadata by `tools/vendor_facts.py`. Read only
when a request asks for something that yunbox does not have.
"""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def actions_of(package: str) -> dict[str, frozenset[str]]:
    """Return the parameters of every action of the product in `package`, such as `yunbox.services.ecs`."""
    file = resources.files(package).joinpath("vendor.txt")
    found = {}
    for line in file.read_text("utf-8").splitlines():
        name, *parameters = line.split()
        found[name] = frozenset(parameters)
    return found


def top_level(parameters: frozenset[str]) -> frozenset[str]:
    """Return the parts of parameters' names before the first dot."""
    return frozenset(each.partition(".")[0] for each in parameters)
