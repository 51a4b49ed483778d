"""Writes `services/<product>/vendor.txt` from the vendor's published API metadata.

python tools/vendor_facts.py FOLDER

FOLDER holds one JSON document a product (`ecs.json` ...) with `actions`, each with `parameters` that have a `name`, a
`type` and maybe `sub_parameters`. What is written are facts only: names of actions and of their parameters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SERVICES = Path(__file__).parent.parent / "src" / "yunbox" / "services"


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
        target = SERVICES / document.stem.replace("-", "_")
        if not target.is_dir():
            continue
        actions = json.loads(document.read_text("utf-8"))["actions"]
        lines = [
            " ".join([name, *sorted(set(names(actions[name]["parameters"])))]) for name in sorted(actions)
        ]
        (target / "vendor.txt").write_text("\n".join(lines) + "\n", "utf-8")
        print(f"{target.name}: {len(lines)} actions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
