output "shop" {
  description = "The scaled shop, through its classic load balancer"
  value       = "http://${alicloud_slb_load_balancer.shop.address}/"
}

output "front" {
  description = "The servers that stay, by TCP"
  value       = "http://${alicloud_slb_load_balancer.front.address}:8000/"
}

output "application" {
  description = "The scaled shop, through the application load balancer"
  value       = "http://${tolist(alicloud_alb_load_balancer.front.zone_mappings)[0].intranet_address}/"
}

output "scaling_group" {
  value = alicloud_ess_scaling_group.shop.id
}
