"""Launch templates: parameters of instances, kept in numbered versions."""
