"""Network interfaces: the addresses of instances in vSwitches, and the security groups they belong to."""
