"""The modules that hold the product's actions: importing this registers them."""

from __future__ import annotations

from yunbox.services.ram import (  # noqa: F401
    access_keys,
    account,
    attached,
    attachments,
    groups,
    login_profiles,
    memberships,
    mfa_devices,
    policies,
    policy_versions,
    roles,
    tags,
    users,
)
