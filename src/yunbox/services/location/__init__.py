"""Location: where the endpoints of products are."""
