"""VPC: networks, vSwitches, route tables, EIPs and NAT gateways."""
