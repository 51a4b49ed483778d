from __future__ import annotations

import shlex
import sys

import pytest


@pytest.fixture
def python() -> str:
    """This Python, for a shell."""
    return shlex.quote(sys.executable)
