"""The framework of the RPC and ROA products: an action is one typed function, the rest comes from its types."""
