"""Cloud Assistant: commands and files for instances."""
