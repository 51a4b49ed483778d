terraform {
  required_version = ">= 1.5"
  required_providers {
    alicloud = {
      source  = "aliyun/alicloud"
      version = ">= 1.252.0"
    }
  }
}

# As `yunbox env --format terraform` prints it. The keys are in the environment:
# ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET.
provider "alicloud" {
  region                 = var.region
  account_type           = "Domestic"
  protocol               = "HTTPS"
  skip_region_validation = true

  endpoints {
    alb      = var.endpoint
    cms      = var.endpoint
    ecs      = var.endpoint
    ess      = var.endpoint
    location = var.endpoint
    ram      = var.endpoint
    slb      = var.endpoint
    sts      = var.endpoint
    vpc      = var.endpoint
  }
}

data "alicloud_images" "system" {
  owners      = "system"
  os_type     = "linux"
  most_recent = true
}

data "alicloud_instance_types" "small" {
  cpu_core_count = 1
  memory_size    = 1
}

data "alicloud_zones" "available" {
  available_resource_creation = "VSwitch"
  available_instance_type     = local.instance_type
}

locals {
  image_id      = data.alicloud_images.system.images[0].id
  instance_type = data.alicloud_instance_types.small.ids[0]
  tags          = { Example = var.name }

  zones = {
    a = data.alicloud_zones.available.ids[0]
    b = data.alicloud_zones.available.ids[1]
  }

  # YUNBOX_ADDRESS is set where instances share the network of the machine: there each has one loopback address.
  user_data = <<-EOT
    #!/bin/sh
    mkdir -p /srv/www
    echo "${var.name} serves" > /srv/www/index.html
    nohup python3 -m http.server ${var.port} --bind "$${YUNBOX_ADDRESS:-0.0.0.0}" \
      --directory /srv/www > /var/log/www.log 2>&1 &
  EOT
}

# The network.

resource "alicloud_vpc" "main" {
  vpc_name   = var.name
  cidr_block = var.cidr_block
  tags       = local.tags
}

resource "alicloud_vswitch" "main" {
  for_each = local.zones

  vswitch_name = "${var.name}-${each.key}"
  vpc_id       = alicloud_vpc.main.id
  zone_id      = each.value
  cidr_block   = cidrsubnet(var.cidr_block, 8, index(keys(local.zones), each.key) + 1)
  tags         = local.tags
}

resource "alicloud_security_group" "web" {
  security_group_name = var.name
  vpc_id              = alicloud_vpc.main.id
  tags                = local.tags
}

resource "alicloud_security_group_rule" "http" {
  security_group_id = alicloud_security_group.web.id
  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = "${var.port}/${var.port}"
  cidr_ip           = "0.0.0.0/0"
}
