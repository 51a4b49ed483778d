"""The product Alb, version 2020-06-16: the application load balancer."""
