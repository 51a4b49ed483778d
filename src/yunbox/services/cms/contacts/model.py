"""Contacts and contact groups as they are stored. Wire shapes: CloudMonitor API 2019-01-01."""

from __future__ import annotations

from yunbox.control.store_resource import Resource


class Contact(Resource, kind="cms.contact", kw_only=True):
    """Somebody to be told; `name` names it."""

    mail: str = ""
    sms: str = ""
    ding: str = ""
    ali_im: str = ""
    description: str = ""
    language: str = ""
    created: float = 0.0
    updated: float = 0.0


class ContactGroup(Resource, kind="cms.contact_group", kw_only=True):
    """Several of them; `name` names it."""

    contacts: tuple[str, ...] = ()
    description: str = ""
    subscribed: bool = False
    created: float = 0.0
    updated: float = 0.0


def contact_id(account: str, name: str) -> str:
    """Return the id under which what an account calls so is stored."""
    return f"{account}/{name}"[:512]
