"""What the tests of the directory ask of it again and again."""

from __future__ import annotations

from policies_of import document, statement

from yunbox.identity.directory import Directory
from yunbox.identity.principal import Principal

NOW = 1_767_225_600.0
READ_ALL = document(statement(Action=["oss:Get*", "oss:List*"]))


def principal(directory: Directory, access_key_id: str) -> Principal:
    found = directory.find_credential(access_key_id)
    assert found is not None
    return found.principal


def trust(*arns: str) -> str:
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": list(arns)}})
