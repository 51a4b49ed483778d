"""What Slb and Alb have in common: servers of groups, their health, and the controller that makes balancers so."""
