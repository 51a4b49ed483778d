"""The product Cas, version 2020-04-07: certificates that load balancers present."""
