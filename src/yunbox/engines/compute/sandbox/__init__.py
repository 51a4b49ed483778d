"""The driver for Linux; see `engine`."""
