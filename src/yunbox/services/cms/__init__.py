"""The product Cms, version 2019-01-01: CloudMonitor."""
