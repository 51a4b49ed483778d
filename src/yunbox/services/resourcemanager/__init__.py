"""ResourceManager: resource groups."""
