"""Where measured values are kept: the seam is `interface`."""
