# S3 -> SNS: other readers of the log files can subscribe too, which a bucket's single notification does not allow.

resource "aws_sns_topic" "logs" {
  count             = local.from_s3 ? 1 : 0
  name              = "${var.name}-logs"
  kms_master_key_id = aws_kms_key.this.arn
  tags              = var.tags
}

data "aws_iam_policy_document" "topic" {
  count = local.from_s3 ? 1 : 0

  statement {
    sid       = "FromLogBucket"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.logs[0].arn]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.log_bucket_arn]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.log_bucket_account]
    }
  }
}

resource "aws_sns_topic_policy" "logs" {
  count  = local.from_s3 ? 1 : 0
  arn    = aws_sns_topic.logs[0].arn
  policy = data.aws_iam_policy_document.topic[0].json
}

resource "aws_sns_topic_subscription" "logs" {
  count                = local.from_s3 ? 1 : 0
  topic_arn            = aws_sns_topic.logs[0].arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.this.arn
  raw_message_delivery = true
  depends_on           = [aws_sqs_queue_policy.this]
}

resource "aws_s3_bucket_notification" "logs" {
  count  = local.from_s3 && var.manage_bucket_notification && local.log_bucket_account == local.account_id ? 1 : 0
  bucket = var.log_bucket

  topic {
    topic_arn     = aws_sns_topic.logs[0].arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = var.log_prefix
    filter_suffix = ".json.gz"
  }

  depends_on = [aws_sns_topic_policy.logs]
}

# EventBridge: calls as they happen. The state takes read-only management events too, which tell how an actor behaves.

resource "aws_cloudwatch_event_bus" "central" {
  count = local.central_bus ? 1 : 0
  name  = var.name
  tags  = var.tags
}

data "aws_iam_policy_document" "bus" {
  count = local.central_bus ? 1 : 0

  statement {
    sid       = "FromOrganization"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.central[0].arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:${local.partition}:iam::*:role/${var.name}-forward-*"]
    }
  }
}

resource "aws_cloudwatch_event_bus_policy" "central" {
  count          = local.central_bus ? 1 : 0
  event_bus_name = aws_cloudwatch_event_bus.central[0].name
  policy         = data.aws_iam_policy_document.bus[0].json
}

resource "aws_cloudwatch_event_rule" "calls" {
  count          = var.eventbridge ? 1 : 0
  name           = "${var.name}-calls"
  description    = "API calls and sign-ins that CloudTrail recorded, for Trailwarden"
  event_bus_name = local.central_bus ? aws_cloudwatch_event_bus.central[0].name : "default"
  state          = local.central_bus ? "ENABLED" : "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = jsonencode({
    "detail-type" = ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"]
  })
  tags = var.tags
}

resource "aws_cloudwatch_event_target" "queue" {
  count          = var.eventbridge ? 1 : 0
  rule           = aws_cloudwatch_event_rule.calls[0].name
  event_bus_name = aws_cloudwatch_event_rule.calls[0].event_bus_name
  arn            = aws_sqs_queue.this.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead.arn
  }

  depends_on = [aws_sqs_queue_policy.this, aws_sqs_queue_policy.dead]
}
