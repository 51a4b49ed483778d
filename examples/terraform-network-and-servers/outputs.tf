output "urls" {
  description = "Where the servers answer: at their private addresses, unless they have public ones of their own."
  value = {
    for key, server in alicloud_instance.web :
    key => "http://${coalesce(server.public_ip, server.primary_ip_address)}:${var.port}/"
  }
}

output "eip_address" {
  description = "The elastic IP address of server a."
  value       = alicloud_eip_address.web.ip_address
}

output "found" {
  description = "What the data sources see."
  value = {
    region          = data.alicloud_regions.here.regions[0].id
    zones           = data.alicloud_zones.available.ids
    image           = local.image_id
    instance_type   = local.instance_type
    vpcs            = data.alicloud_vpcs.made.names
    vswitches       = sort(data.alicloud_vswitches.made.names)
    security_groups = data.alicloud_security_groups.made.names
    instances       = sort(data.alicloud_instances.made.names)
  }
}
