# The shop: a scaling group behind a classic load balancer, and behind the application load balancer of front.tf.

resource "alicloud_slb_load_balancer" "shop" {
  load_balancer_name   = var.name
  address_type         = "intranet"
  vswitch_id           = alicloud_vswitch.main["a"].id
  instance_charge_type = "PayByCLCU"
  tags                 = local.tags
}

resource "alicloud_slb_listener" "shop" {
  load_balancer_id          = alicloud_slb_load_balancer.shop.id
  protocol                  = "http"
  frontend_port             = 80
  backend_port              = var.port
  bandwidth                 = -1
  scheduler                 = "wlc"
  sticky_session            = "off"
  health_check              = "on"
  health_check_uri          = "/"
  health_check_http_code    = "http_2xx"
  health_check_connect_port = var.port
  health_check_interval     = 1
  health_check_timeout      = 2
  healthy_threshold         = 2
  unhealthy_threshold       = 2
}

resource "alicloud_ess_scaling_group" "shop" {
  scaling_group_name = var.name
  min_size           = var.min_size
  max_size           = var.max_size
  default_cooldown   = 60
  vswitch_ids        = [for each in alicloud_vswitch.main : each.id]
  multi_az_policy    = "BALANCE"
  removal_policies   = ["OldestInstance", "NewestInstance"]
  loadbalancer_ids   = [alicloud_slb_load_balancer.shop.id]
  tags               = local.tags

  # A group refuses a balancer without a listener.
  depends_on = [alicloud_slb_listener.shop]
}

resource "alicloud_alb_server_group" "shop" {
  server_group_name = "${var.name}-shop"
  protocol          = "HTTP"
  vpc_id            = alicloud_vpc.main.id
  scheduler         = "Wlc"
  tags              = local.tags

  health_check_config {
    health_check_enabled      = true
    health_check_protocol     = "HTTP"
    health_check_connect_port = var.port
    health_check_path         = "/"
    health_check_method       = "GET"
    health_check_codes        = ["http_2xx"]
    health_check_interval     = 1
    health_check_timeout      = 1
    healthy_threshold         = 2
    unhealthy_threshold       = 2
  }

  sticky_session_config {
    sticky_session_enabled = false
  }

  # The scaling group puts its servers in and takes them out.
  lifecycle {
    ignore_changes = [servers]
  }
}

resource "alicloud_ess_alb_server_group_attachment" "shop" {
  scaling_group_id    = alicloud_ess_scaling_group.shop.id
  alb_server_group_id = alicloud_alb_server_group.shop.id
  port                = var.port
  weight              = 100
  force_attach        = true

  depends_on = [alicloud_ess_scaling_configuration.shop, alicloud_alb_listener.front]
}

resource "alicloud_ess_scaling_configuration" "shop" {
  scaling_group_id           = alicloud_ess_scaling_group.shop.id
  scaling_configuration_name = var.name
  image_id                   = local.image_id
  instance_type              = local.instance_type
  security_group_id          = alicloud_security_group.web.id
  user_data                  = base64encode(local.user_data)
  system_disk_category       = "cloud_essd"
  force_delete               = true
  active                     = true
  enable                     = true
}

# As many servers as keep each at so many requests a second.
resource "alicloud_ess_scaling_rule" "load" {
  scaling_group_id           = alicloud_ess_scaling_group.shop.id
  scaling_rule_name          = "${var.name}-load"
  scaling_rule_type          = "TargetTrackingScalingRule"
  metric_name                = "LoadBalancerRealServerAverageQps"
  target_value               = var.requests_per_server
  estimated_instance_warmup  = 60
  scale_out_evaluation_count = 1

  alarm_dimension {
    dimension_key   = "rulePool"
    dimension_value = alicloud_alb_server_group.shop.id
  }

  depends_on = [alicloud_ess_alb_server_group_attachment.shop]
}

# Two more when the processors are busy.
resource "alicloud_ess_scaling_rule" "two_more" {
  scaling_group_id  = alicloud_ess_scaling_group.shop.id
  scaling_rule_name = "${var.name}-two-more"
  adjustment_type   = "QuantityChangeInCapacity"
  adjustment_value  = 2
  cooldown          = 60
}

resource "alicloud_ess_alarm" "busy" {
  name                = "${var.name}-busy"
  scaling_group_id    = alicloud_ess_scaling_group.shop.id
  alarm_actions       = [alicloud_ess_scaling_rule.two_more.ari]
  metric_type         = "system"
  metric_name         = "CpuUtilization"
  period              = 60
  statistics          = "Average"
  comparison_operator = ">="
  threshold           = 70
  evaluation_count    = 2
}

# The sale begins at eight: be there before it.
resource "alicloud_ess_scaling_rule" "sale" {
  scaling_group_id  = alicloud_ess_scaling_group.shop.id
  scaling_rule_name = "${var.name}-sale"
  adjustment_type   = "TotalCapacity"
  adjustment_value  = var.max_size
}

resource "alicloud_ess_scheduled_task" "sale" {
  scheduled_task_name = "${var.name}-sale"
  scheduled_action    = alicloud_ess_scaling_rule.sale.ari
  launch_time         = var.sale_time
  recurrence_type     = "Daily"
  recurrence_value    = "1"
  recurrence_end_time = var.sale_end
}

resource "alicloud_cms_alarm_contact_group" "on_duty" {
  alarm_contact_group_name = var.name
}

resource "alicloud_cms_alarm" "errors" {
  name           = "${var.name}-errors"
  project        = "acs_slb_dashboard"
  metric         = "StatusCode5xx"
  period         = 60
  contact_groups = [alicloud_cms_alarm_contact_group.on_duty.alarm_contact_group_name]
  metric_dimensions = jsonencode([{
    instanceId = alicloud_slb_load_balancer.shop.id
    port       = "80"
    protocol   = "http"
  }])
  escalations_critical {
    statistics          = "Average"
    comparison_operator = ">"
    threshold           = "1"
    times               = 2
  }
}
