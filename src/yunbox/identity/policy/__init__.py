"""The RAM policy language: parsing and evaluation, pure."""
