"""Signature schemes, one file each. All pure: a request and a secret in, a verdict out."""
