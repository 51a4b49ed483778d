"""Groups of backend servers: the default one of a balancer, VServer groups, master-slave groups."""
