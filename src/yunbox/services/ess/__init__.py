"""The product Ess: Auto Scaling."""
