"""Compute: sandboxes that really run. The seam is `interface`, its refusals `errors`; `sandbox` is the driver."""
