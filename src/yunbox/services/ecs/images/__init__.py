"""Images: what system disks are made from."""
