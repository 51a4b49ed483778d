"""A cloud on your machine that speaks Alibaba Cloud's protocols and really runs."""

__version__ = "0.1.0"
