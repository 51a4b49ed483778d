"""Whom alarms would write to: contacts and their groups. Kept; nobody gets mail."""
