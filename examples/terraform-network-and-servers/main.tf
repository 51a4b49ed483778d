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
    ecs      = var.endpoint
    location = var.endpoint
    oss      = var.endpoint
    ram      = var.endpoint
    sts      = var.endpoint
    vpc      = var.endpoint
  }
}

# What the region has to offer.

data "alicloud_regions" "here" {
  current = true
}

data "alicloud_images" "system" {
  owners      = "system"
  os_type     = "linux"
  most_recent = true
}

data "alicloud_instance_types" "small" {
  cpu_core_count = var.cpu_core_count
  memory_size    = var.memory_size
}

# Zones that sell the first of these types, so that both servers can have it.
data "alicloud_zones" "available" {
  available_resource_creation = "VSwitch"
  available_disk_category     = var.disk_category
  available_instance_type     = local.instance_type
}

locals {
  image_id      = data.alicloud_images.system.images[0].id
  instance_type = data.alicloud_instance_types.small.ids[0]
  tags          = { Example = var.name }

  # One server in each of two zones. The keys stay while the zones behind them may differ by region.
  zones = {
    a = data.alicloud_zones.available.ids[0]
    b = data.alicloud_zones.available.ids[1]
  }
}

# The network.

resource "alicloud_vpc" "main" {
  vpc_name    = var.name
  description = "Made by the example terraform-network-and-servers"
  cidr_block  = var.cidr_block
  tags        = local.tags
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
  description         = "Web servers"
  vpc_id              = alicloud_vpc.main.id
  tags                = local.tags
}

resource "alicloud_security_group_rule" "http" {
  security_group_id = alicloud_security_group.web.id
  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = "${var.port}/${var.port}"
  cidr_ip           = var.allowed_cidr
  priority          = 10
  description       = "HTTP"
}

resource "alicloud_security_group_rule" "inside" {
  security_group_id = alicloud_security_group.web.id
  type              = "ingress"
  ip_protocol       = "all"
  port_range        = "-1/-1"
  cidr_ip           = var.cidr_block
  priority          = 20
  description       = "Everything within the VPC"
}

resource "alicloud_security_group_rule" "out" {
  security_group_id = alicloud_security_group.web.id
  type              = "egress"
  ip_protocol       = "all"
  port_range        = "-1/-1"
  cidr_ip           = "0.0.0.0/0"
  description       = "Outwards, everything"
}

# The servers.

resource "alicloud_ecs_key_pair" "main" {
  key_pair_name = var.name
  public_key    = var.public_key
  tags          = local.tags
}

resource "alicloud_instance" "web" {
  for_each = local.zones

  instance_name        = "${var.name}-${each.key}"
  host_name            = "web-${each.key}"
  instance_type        = local.instance_type
  image_id             = local.image_id
  vswitch_id           = alicloud_vswitch.main[each.key].id
  security_groups      = [alicloud_security_group.web.id]
  key_name             = alicloud_ecs_key_pair.main.key_pair_name
  system_disk_category = var.disk_category
  system_disk_size     = 20
  tags                 = local.tags

  # YUNBOX_ADDRESS is set where instances share the network of the machine: there each has one loopback address.
  user_data = <<-EOT
    #!/bin/sh
    mkdir -p /srv/www
    echo '${var.name}-${each.key} serves' > /srv/www/index.html
    nohup python3 -m http.server ${var.port} --bind "$${YUNBOX_ADDRESS:-0.0.0.0}" \
      --directory /srv/www > /var/log/www.log 2>&1 &
  EOT
}

resource "alicloud_ecs_disk" "data" {
  zone_id   = local.zones["a"]
  disk_name = var.name
  category  = var.disk_category
  size      = 20
  tags      = local.tags
}

resource "alicloud_ecs_disk_attachment" "data" {
  disk_id     = alicloud_ecs_disk.data.id
  instance_id = alicloud_instance.web["a"].id
}

resource "alicloud_eip_address" "web" {
  address_name         = var.name
  bandwidth            = "5"
  internet_charge_type = "PayByTraffic"
  payment_type         = "PayAsYouGo"
  tags                 = local.tags
}

resource "alicloud_eip_association" "web" {
  allocation_id = alicloud_eip_address.web.id
  instance_id   = alicloud_instance.web["a"].id
  instance_type = "EcsInstance"
}

# Who may do what: an auditor who reads, and a role by which the servers read the bucket.

resource "alicloud_ram_user" "auditor" {
  name         = "${var.name}-auditor"
  display_name = "Auditor"
  comments     = "Reads what runs"
}

resource "alicloud_ram_policy" "describe_instances" {
  policy_name = "${var.name}-describe-instances"
  description = "See the instances of one region"
  policy_document = jsonencode({
    Version = "1"
    Statement = [{
      Effect   = "Allow"
      Action   = "ecs:DescribeInstances"
      Resource = "acs:ecs:${var.region}:*:*"
    }]
  })
}

resource "alicloud_ram_user_policy_attachment" "auditor" {
  user_name   = alicloud_ram_user.auditor.name
  policy_name = alicloud_ram_policy.describe_instances.policy_name
  policy_type = alicloud_ram_policy.describe_instances.type
}

resource "alicloud_ram_role" "web" {
  role_name   = "${var.name}-web"
  description = "What the web servers act as"
  assume_role_policy_document = jsonencode({
    Version = "1"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["ecs.aliyuncs.com"] }
    }]
  })
}

resource "alicloud_ram_policy" "read_bucket" {
  policy_name = "${var.name}-read-bucket"
  description = "Read the pages"
  policy_document = jsonencode({
    Version = "1"
    Statement = [{
      Effect   = "Allow"
      Action   = ["oss:GetObject", "oss:ListObjects"]
      Resource = ["acs:oss:*:*:${var.bucket}", "acs:oss:*:*:${var.bucket}/*"]
    }]
  })
}

resource "alicloud_ram_role_policy_attachment" "web" {
  role_name   = alicloud_ram_role.web.role_name
  policy_name = alicloud_ram_policy.read_bucket.policy_name
  policy_type = alicloud_ram_policy.read_bucket.type
}

resource "alicloud_ecs_ram_role_attachment" "web" {
  for_each = local.zones

  ram_role_name = alicloud_ram_role.web.role_name
  instance_id   = alicloud_instance.web[each.key].id
}

# Pages.

resource "alicloud_oss_bucket" "pages" {
  bucket = var.bucket
  tags   = local.tags
}

resource "alicloud_oss_bucket_object" "index" {
  bucket       = alicloud_oss_bucket.pages.bucket
  key          = "index.html"
  content      = "<h1>${var.name}</h1>\n"
  content_type = "text/html"
}

# What is there now, read back. The read waits for what it reads: known at apply, unchanged at the next plan.

data "alicloud_vpcs" "made" {
  ids = [alicloud_vpc.main.id]
}

data "alicloud_vswitches" "made" {
  vpc_id     = alicloud_vpc.main.id
  depends_on = [alicloud_vswitch.main]
}

data "alicloud_security_groups" "made" {
  vpc_id     = alicloud_vpc.main.id
  depends_on = [alicloud_security_group.web]
}

data "alicloud_instances" "made" {
  vpc_id     = alicloud_vpc.main.id
  depends_on = [alicloud_instance.web, alicloud_eip_association.web]
}
