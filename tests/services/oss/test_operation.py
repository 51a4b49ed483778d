"""Which permission a request needs."""

from __future__ import annotations

import pytest

from yunbox.services.oss import operations
from yunbox.services.oss.operation import OPERATIONS

assert operations


@pytest.mark.parametrize(
    ("name", "plain", "of_version"),
    [
        ("GetObject", "oss:GetObject", "oss:GetObjectVersion"),
        ("HeadObject", "oss:GetObject", "oss:GetObjectVersion"),
        ("GetObjectMeta", "oss:GetObject", "oss:GetObjectVersion"),
        ("GetSymlink", "oss:GetObject", "oss:GetObjectVersion"),
        ("DeleteObject", "oss:DeleteObject", "oss:DeleteObjectVersion"),
        ("PutObjectAcl", "oss:PutObjectAcl", "oss:PutObjectVersionAcl"),
        ("GetObjectAcl", "oss:GetObjectAcl", "oss:GetObjectVersionAcl"),
        ("PutObjectTagging", "oss:PutObjectTagging", "oss:PutObjectVersionTagging"),
        ("GetObjectTagging", "oss:GetObjectTagging", "oss:GetObjectVersionTagging"),
        ("DeleteObjectTagging", "oss:DeleteObjectTagging", "oss:DeleteObjectVersionTagging"),
        ("RestoreObject", "oss:RestoreObject", "oss:RestoreObjectVersion"),
        ("PutObject", "oss:PutObject", "oss:PutObject"),
    ],
)
def test_a_version_has_a_permission_of_its_own(name, plain, of_version):
    assert OPERATIONS[name].permission_for({}) == plain
    assert OPERATIONS[name].permission_for({"versionId": "null"}) == of_version
