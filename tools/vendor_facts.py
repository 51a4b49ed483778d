"""Writes `services/<product>/vendor.txt` from the vendor's published API metadata.

python tools/vendor_facts.py FOLDER

FOLDER holds one JSON document a product (`ecs.json` ...) with `actions`, each with `parameters` that have a `name`, a
`type` and maybe `sub_parameters`. Versions of a product that the documents leave out are read from the request models
of its official SDK. What is written are facts only: names of actions and of their parameters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SERVICES = ROOT / "src" / "yunbox" / "services"
sys.path.insert(0, str(ROOT / "tests"))

from api.vendor_shapes import sdk_requests  # noqa: E402 - it stands beside the tests that read SDKs too

PLACES = {"ess": "ess/v2014"}
"""Where the facts of a document go that is one version of several."""

FROM_SDK = {"ess/v2022": "alibabacloud_ess20220222", "pts": "alibabacloud_pts20201020"}

OF_OLD_CLIENTS = frozenset({"OwnerAccount", "OwnerId", "ResourceOwnerAccount", "ResourceOwnerId"})


def names(parameters: list[dict[str, Any]], prefix: str = "") -> Iterator[str]:
    """Yield the wire names of parameters, those of a list's items as `Tag.N.Key`."""
    for each in parameters:
        name = f"{prefix}{each['name']}"
        if each.get("type") in ("RepeatList", "Array"):
            name += ".N"
        inner = each.get("sub_parameters") or []
        if inner:
            yield from names(inner, f"{name}.")
        else:
            yield name


def main() -> int:
    """Write the file of every product that has a folder."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    for document in sorted(Path(sys.argv[1]).glob("*.json")):
        place = document.stem.replace("-", "_")
        if not (SERVICES / place).is_dir():
            continue
        actions = json.loads(document.read_text("utf-8"))["actions"]
        write(PLACES.get(place, place), {name: set(names(actions[name]["parameters"])) for name in actions})
    for place, package in FROM_SDK.items():
        write(place, {name: found - OF_OLD_CLIENTS for name, found in sdk_requests(package).items()})
    return 0


def write(place: str, actions: dict[str, set[str]]) -> None:
    """Write the file of a product."""
    lines = [" ".join([name, *sorted(actions[name])]) for name in sorted(actions)]
    (SERVICES / place / "vendor.txt").write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{place}: {len(lines)} actions")


if __name__ == "__main__":
    sys.exit(main())
