"""What a key pair is."""

from __future__ import annotations

from yunbox.api.resource import CloudResource


class KeyPair(CloudResource, kind="ecs.key_pair", kw_only=True):
    """A key pair; `name` is unique in a region of an account. Its private key is never stored.

    `public_key` is in OpenSSH's form (`ssh-rsa AAAA...`), `fingerprint` is as the vendor shows it.
    """

    public_key: str
    fingerprint: str
