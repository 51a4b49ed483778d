"""User data: what an instance does when it boots for the first time."""
