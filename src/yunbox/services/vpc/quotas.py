"""How many of each there may be. Where the vendor raises a quota on request, it is raised here.

Source: VPC documentation, "Limits and quotas".
"""

from __future__ import annotations

VPCS_PER_REGION = 500
VSWITCHES_PER_VPC = 1000
SECONDARY_BLOCKS_PER_VPC = 5
USER_CIDRS_PER_VPC = 3
ROUTE_TABLES_PER_VPC = 9
ENTRIES_PER_ROUTE_TABLE = 200
EIPS_PER_REGION = 1000
NAT_GATEWAYS_PER_VPC = 5
ENTRIES_PER_SNAT_TABLE = 40
ADDRESSES_PER_SNAT_ENTRY = 64
