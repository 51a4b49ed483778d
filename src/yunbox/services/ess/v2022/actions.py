"""Imports every module that registers actions of Ess."""

from __future__ import annotations

from yunbox.services.ess import actions  # noqa: F401
