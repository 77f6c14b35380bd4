# In each member account and region: forwards what CloudTrail records to the central bus of the queue module.

variable "event_bus_arn" {
  description = "event_bus_arn of the queue module."
  type        = string
}

variable "name" {
  description = "Name of the queue module; its bus lets in only roles that begin with it."
  type        = string
  default     = "trailwarden"
}

variable "tags" {
  description = "Tags of everything made."
  type        = map(string)
  default     = {}
}

data "aws_caller_identity" "this" {}
data "aws_region" "this" {}

resource "aws_cloudwatch_event_rule" "calls" {
  name        = "${var.name}-forward"
  description = "API calls and sign-ins that CloudTrail recorded, to Trailwarden's bus"
  state       = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
  event_pattern = jsonencode({
    "detail-type" = ["AWS API Call via CloudTrail", "AWS Console Sign In via CloudTrail"]
  })
  tags = var.tags
}

resource "aws_cloudwatch_event_target" "bus" {
  rule     = aws_cloudwatch_event_rule.calls.name
  arn      = var.event_bus_arn
  role_arn = aws_iam_role.forward.arn
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.calls.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }
}

data "aws_iam_policy_document" "forward" {
  statement {
    actions   = ["events:PutEvents"]
    resources = [var.event_bus_arn]
  }
}

resource "aws_iam_role" "forward" {
  name               = "${var.name}-forward-${data.aws_region.this.id}"
  description        = "EventBridge forwards to Trailwarden's bus with it"
  assume_role_policy = data.aws_iam_policy_document.trust.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "forward" {
  name   = "forward"
  role   = aws_iam_role.forward.id
  policy = data.aws_iam_policy_document.forward.json
}

output "role_arn" {
  value = aws_iam_role.forward.arn
}
