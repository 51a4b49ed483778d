"""The product Slb, version 2014-05-15: the classic load balancer."""
