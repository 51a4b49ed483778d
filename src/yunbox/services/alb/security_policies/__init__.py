"""Security policies: TLS versions and ciphers."""
