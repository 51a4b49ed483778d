"""NAT gateways, their SNAT and DNAT entries."""
