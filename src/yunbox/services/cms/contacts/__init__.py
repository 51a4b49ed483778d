"""Whom alarms tell: contacts and their groups. Robots of DingTalk are told; nobody gets mail."""
