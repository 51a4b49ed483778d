"""Ess, version 2014-08-28: what Terraform, the command line and the classic SDKs speak."""
