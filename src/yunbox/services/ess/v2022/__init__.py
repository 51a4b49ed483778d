"""Ess, version 2022-02-22: what today's SDKs speak."""
