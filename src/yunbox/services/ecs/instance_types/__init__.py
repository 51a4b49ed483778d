"""Instance types: the vendor's names with their CPU and memory."""
