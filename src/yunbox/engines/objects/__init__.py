"""Object storage engines behind one seam; see `interface`."""
