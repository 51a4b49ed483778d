"""Certificates of servers and of authorities, TLS cipher policies, domain extensions."""
