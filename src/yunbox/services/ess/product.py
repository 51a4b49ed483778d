"""Ess in both versions of its API."""

from __future__ import annotations

from yunbox.services.ess.v2014.product import ess_2014
from yunbox.services.ess.v2022.product import ess_2022
from yunbox.services.ess.versions import Versions

ess = Versions(old=ess_2014, new=ess_2022)
"""Registers actions; they are written in the shapes of 2022-02-22."""
