"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.sts import assume_role, caller_identity  # noqa: F401
