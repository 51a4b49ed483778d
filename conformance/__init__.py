"""Runs the official clients' own test suites against a cloud, and compares with what is known of them."""
