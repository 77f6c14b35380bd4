# One account: its own trail, and a queue that also hears of calls within seconds.
provider "aws" {
  region = "eu-west-1"
}

module "trail" {
  source = "../../trail"
  bucket = "example-cloudtrail-logs"
}

module "queue" {
  source             = "../../queue"
  log_bucket         = module.trail.bucket
  log_kms_key_arn    = module.trail.kms_key_arn
  log_prefix         = module.trail.log_prefix
  eventbridge        = true
  trusted_principals = ["arn:aws:iam::111122223333:role/trailwarden-host"]
}

output "settings" {
  value = module.queue.settings
}
