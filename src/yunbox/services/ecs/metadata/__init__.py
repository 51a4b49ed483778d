"""The metadata service: what an instance asks at 100.100.100.200 to learn about itself."""
