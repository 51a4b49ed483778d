variable "endpoint" {
  description = "The cloud's HTTPS endpoint, as host:port without a scheme."
  type        = string
  default     = "127.0.0.1:1143"

  validation {
    condition     = !strcontains(var.endpoint, "/")
    error_message = "Give host:port, such as 127.0.0.1:1143."
  }
}

variable "region" {
  description = "Where everything is made."
  type        = string
  default     = "cn-hangzhou"
}

variable "name" {
  description = "What everything is called."
  type        = string
  default     = "yunbox-example"
}

variable "bucket" {
  description = "The bucket's name. On the vendor's cloud it has to be the only one of that name in the world."
  type        = string
  default     = "yunbox-example-pages"
}

variable "cidr_block" {
  description = "The VPC's addresses. A subnet of eight bits more is carved out of it for each vSwitch."
  type        = string
  default     = "10.42.0.0/16"
}

variable "allowed_cidr" {
  description = "Who may reach the web servers."
  type        = string
  default     = "0.0.0.0/0"
}

variable "port" {
  description = "Where the web servers listen."
  type        = number
  default     = 8080
}

variable "cpu_core_count" {
  description = "Cores of a server."
  type        = number
  default     = 2
}

variable "memory_size" {
  description = "GiB of memory of a server."
  type        = number
  default     = 4
}

variable "disk_category" {
  description = "The kind of the system disks and of the data disk."
  type        = string
  default     = "cloud_essd"
}

variable "public_key" {
  description = "An SSH public key for the servers. Without one the cloud makes a pair and the private half is dropped."
  type        = string
  default     = null
}
