"""vSwitches: subnets of a VPC, each in one zone, and the addresses that are taken in them."""
