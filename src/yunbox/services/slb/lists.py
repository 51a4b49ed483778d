"""Lists in JSON, as parameters of Slb hold them."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def read_list(text: str, item: type[T]) -> list[T]:
    """Return the items of a list in JSON. Single quotes will do: the Terraform provider writes them.

    Raises ValueError, which says what is wrong.
    """
    wanted = list[item]  # type: ignore[valid-type]
    try:
        return msgspec.json.decode(text, type=wanted, strict=False)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return msgspec.json.decode(text.replace("'", '"'), type=wanted, strict=False)
