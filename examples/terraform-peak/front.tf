# The front: an application load balancer that tells requests apart, and two servers that stay, behind it and behind
# a classic load balancer of their own.

resource "alicloud_instance" "front" {
  for_each = local.zones

  instance_name        = "${var.name}-front-${each.key}"
  instance_type        = local.instance_type
  image_id             = local.image_id
  vswitch_id           = alicloud_vswitch.main[each.key].id
  security_groups      = [alicloud_security_group.web.id]
  system_disk_category = "cloud_essd"
  user_data            = local.user_data
  tags                 = local.tags
}

resource "alicloud_slb_load_balancer" "front" {
  load_balancer_name   = "${var.name}-front"
  address_type         = "intranet"
  vswitch_id           = alicloud_vswitch.main["b"].id
  instance_charge_type = "PayByCLCU"
  tags                 = local.tags
}

resource "alicloud_slb_backend_server" "front" {
  load_balancer_id = alicloud_slb_load_balancer.front.id

  dynamic "backend_servers" {
    for_each = alicloud_instance.front
    content {
      server_id = backend_servers.value.id
      weight    = 100
    }
  }
}

resource "alicloud_slb_listener" "front" {
  load_balancer_id          = alicloud_slb_load_balancer.front.id
  protocol                  = "tcp"
  frontend_port             = 8000
  backend_port              = var.port
  bandwidth                 = -1
  health_check_type         = "tcp"
  health_check_connect_port = var.port
  health_check_interval     = 1
  health_check_timeout      = 2
  healthy_threshold         = 2
  unhealthy_threshold       = 2
}

resource "alicloud_alb_load_balancer" "front" {
  load_balancer_name     = var.name
  load_balancer_edition  = "Standard"
  address_type           = "Intranet"
  address_allocated_mode = "Fixed"
  vpc_id                 = alicloud_vpc.main.id
  tags                   = local.tags

  load_balancer_billing_config {
    pay_type = "PayAsYouGo"
  }

  dynamic "zone_mappings" {
    for_each = local.zones
    content {
      vswitch_id = alicloud_vswitch.main[zone_mappings.key].id
      zone_id    = zone_mappings.value
    }
  }
}

resource "alicloud_alb_server_group" "front" {
  server_group_name = var.name
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

  dynamic "servers" {
    for_each = alicloud_instance.front
    content {
      server_id   = servers.value.id
      server_ip   = servers.value.private_ip
      server_type = "Ecs"
      port        = var.port
      weight      = 100
    }
  }
}

resource "alicloud_alb_listener" "front" {
  load_balancer_id     = alicloud_alb_load_balancer.front.id
  listener_protocol    = "HTTP"
  listener_port        = 80
  listener_description = var.name

  default_actions {
    type = "ForwardGroup"
    forward_group_config {
      server_group_tuples {
        server_group_id = alicloud_alb_server_group.shop.id
      }
    }
  }
}

# The servers that stay have a name of their own.
resource "alicloud_alb_rule" "front" {
  rule_name   = "${var.name}-front"
  listener_id = alicloud_alb_listener.front.id
  priority    = 20

  rule_conditions {
    type = "Host"
    host_config {
      values = ["front.example.com"]
    }
  }

  rule_actions {
    type  = "ForwardGroup"
    order = 1
    forward_group_config {
      server_group_tuples {
        server_group_id = alicloud_alb_server_group.front.id
      }
    }
  }
}

# What is left of the last sale is answered by the balancer itself.
resource "alicloud_alb_rule" "over" {
  rule_name   = "${var.name}-over"
  listener_id = alicloud_alb_listener.front.id
  priority    = 10

  rule_conditions {
    type = "Path"
    path_config {
      values = ["/1111/*"]
    }
  }

  rule_actions {
    type  = "FixedResponse"
    order = 1
    fixed_response_config {
      content      = "the sale is over"
      content_type = "text/plain"
      http_code    = "200"
    }
  }
}
