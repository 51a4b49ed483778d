"""RAM: users, groups, roles and policies."""
