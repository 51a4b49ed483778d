"""Documents of OSS in S3's words: the namespace, and the names of storage classes."""

from __future__ import annotations

import re

from yunbox.services.s3.vocabulary import SHOWN_CLASSES

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_ROOT = re.compile(rb"<([A-Za-z]+)>")
_CLASSES = tuple(
    (f"<StorageClass>{oss}</StorageClass>".encode(), f"<StorageClass>{s3}</StorageClass>".encode())
    for oss, s3 in SHOWN_CLASSES.items()
)
_TYPES = tuple(f"<Type>{each}</Type>".encode() for each in ("Normal", "Multipart", "Appendable", "Symlink"))


def s3_document(body: bytes) -> bytes:
    """Return an answer of OSS as S3 writes it.

    Text that a user chose is escaped in it, so nothing but OSS's own elements is ever taken for one.
    """
    for old in _TYPES:
        body = body.replace(old, b"")
    for old, new in _CLASSES:
        body = body.replace(old, new)
    return _ROOT.sub(rb'<\1 xmlns="' + NAMESPACE.encode() + rb'">', body, count=1)
