"""The front door: bytes to typed requests and back. Knows protocols and signatures, no services."""
