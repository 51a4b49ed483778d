"""ECS: instances, disks, images, security groups and what belongs to them."""
