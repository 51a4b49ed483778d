"""What measures: instances and balancers, on the cloud's clock."""
