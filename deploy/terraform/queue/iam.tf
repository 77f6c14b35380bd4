# What the daemon may do, and nothing more. A test holds this list against the calls in the daemon's source.

data "aws_iam_policy_document" "daemon" {
  statement {
    sid = "ReceiveEvents"
    actions = [
      "sqs:ChangeMessageVisibility",
      "sqs:DeleteMessage",
      "sqs:GetQueueAttributes",
      "sqs:ReceiveMessage",
    ]
    resources = [aws_sqs_queue.this.arn]
  }

  dynamic "statement" {
    for_each = local.from_s3 ? [1] : []
    content {
      sid = "ReadLogFiles"
      actions = [
        "s3:GetObject",
        "s3:GetObjectVersion",
      ]
      resources = ["${local.log_bucket_arn}/${var.log_prefix}*"]
    }
  }

  # Required: without it S3 answers 403 for a file that is gone, and the daemon keeps its message like that of a refused one.
  dynamic "statement" {
    for_each = local.from_s3 ? [1] : []
    content {
      sid       = "TellMissingFromForbidden"
      actions   = ["s3:ListBucket"]
      resources = [local.log_bucket_arn]
    }
  }

  dynamic "statement" {
    for_each = var.canary ? [1] : []
    content {
      sid       = "SendCanaries"
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.this.arn]
    }
  }

  dynamic "statement" {
    for_each = var.canary ? [1] : []
    content {
      sid       = "EncryptCanaries"
      actions   = ["kms:GenerateDataKey"]
      resources = [aws_kms_key.this.arn]
    }
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = compact([aws_kms_key.this.arn, var.log_kms_key_arn])
  }
}

resource "aws_iam_policy" "daemon" {
  name        = var.name
  description = "What the Trailwarden daemon may do"
  policy      = data.aws_iam_policy_document.daemon.json
  tags        = var.tags
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = var.trusted_principals
    }
    dynamic "condition" {
      for_each = var.external_id != null ? [var.external_id] : []
      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "daemon" {
  count                = length(var.trusted_principals) > 0 ? 1 : 0
  name                 = var.name
  description          = "Assumed by the Trailwarden daemon"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "daemon" {
  count      = length(var.trusted_principals) > 0 ? 1 : 0
  role       = aws_iam_role.daemon[0].name
  policy_arn = aws_iam_policy.daemon.arn
}
