# An organization: one trail of every account, made in its management account (or its delegated administrator), with
# the queue beside the log bucket; two accounts forward their events for speed, the trail holds all others'.
provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "prod"
  region = "eu-west-1"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/OrganizationAccountAccessRole"
  }
}

locals {
  organization_id = "o-exampleorgid"
}

module "trail" {
  source          = "../../trail"
  bucket          = "example-org-cloudtrail-logs"
  organization_id = local.organization_id
}

module "queue" {
  source             = "../../queue"
  log_bucket         = module.trail.bucket
  log_kms_key_arn    = module.trail.kms_key_arn
  log_prefix         = module.trail.log_prefix
  eventbridge        = true
  organization_id    = local.organization_id
  trusted_principals = ["arn:aws:iam::777788889999:role/trailwarden-host"] # the daemon runs in an account of its own
  external_id        = "trailwarden"
}

module "forward" {
  source        = "../../forward"
  event_bus_arn = module.queue.event_bus_arn
}

module "forward_prod" {
  source        = "../../forward"
  providers     = { aws = aws.prod }
  event_bus_arn = module.queue.event_bus_arn
}

output "settings" {
  value = module.queue.settings
}
