variable "endpoint" {
  description = "The HTTPS endpoint of the cloud, host:port"
  type        = string
  default     = "127.0.0.1:1143"
}

variable "region" {
  type    = string
  default = "cn-hangzhou"
}

variable "name" {
  description = "What everything is named after"
  type        = string
  default     = "yunbox-peak"
}

variable "cidr_block" {
  description = "The addresses of the VPC"
  type        = string
  default     = "10.78.0.0/16"
}

variable "port" {
  description = "Where the servers listen"
  type        = number
  default     = 8080
}

variable "min_size" {
  type    = number
  default = 1
}

variable "max_size" {
  type    = number
  default = 4
}

variable "requests_per_server" {
  description = "So many requests a second are one server's share"
  type        = number
  default     = 10
}

variable "sale_time" {
  description = "When the sale's servers are to be there the first time, in UTC, within 90 days from now"
  type        = string
}

variable "sale_end" {
  description = "Until when they are, every day"
  type        = string
}
