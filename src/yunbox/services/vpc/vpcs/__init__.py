"""VPCs: private networks with address ranges of their own, and their routers."""
