"""What is of the whole account: tags, resource groups, regions, bounds."""
