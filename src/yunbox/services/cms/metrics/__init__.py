"""Values of metrics: what there is, putting and reading them."""
