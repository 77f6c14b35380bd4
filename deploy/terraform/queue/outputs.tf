output "queue_url" {
  description = "consumer.queues[].url in the settings."
  value       = aws_sqs_queue.this.url
}

output "queue_arn" {
  value = aws_sqs_queue.this.arn
}

output "dead_letter_queue_url" {
  description = "Where messages go that could not be worked on; alarm when it is not empty."
  value       = aws_sqs_queue.dead.url
}

output "topic_arn" {
  description = "Topic for log_bucket's notification; null without log_bucket."
  value       = one(aws_sns_topic.logs[*].arn)
}

output "event_bus_arn" {
  description = "Bus that member accounts forward to; null without organization_id."
  value       = one(aws_cloudwatch_event_bus.central[*].arn)
}

output "policy_arn" {
  description = "What the daemon's role must be allowed."
  value       = aws_iam_policy.daemon.arn
}

output "role_arn" {
  description = "consumer.queues[].assume_role in the settings; null without trusted_principals."
  value       = one(aws_iam_role.daemon[*].arn)
}

output "settings" {
  description = "The consumer section of the daemon's settings."
  value = yamlencode({
    consumer = {
      queues = [{
        for key, value in {
          url         = aws_sqs_queue.this.url
          region      = data.aws_region.this.id
          assume_role = one(aws_iam_role.daemon[*].arn)
          external_id = var.external_id
          log_buckets = compact([var.log_bucket])
        } : key => value if value != null
      }]
    }
  })
}
