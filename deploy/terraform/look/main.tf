# In each account whose buckets the daemon may look at (enrich.live): a role that reads how buckets are configured, and
# no object. enrich.live.assume_role is then arn:aws:iam::{account}:role/trailwarden-look, and the daemon's own identity
# must be allowed to assume it.

variable "name" {
  description = "Name of the role, the same in every account."
  type        = string
  default     = "trailwarden-look"
}

variable "trusted_principals" {
  description = "ARNs that may assume the role: the daemon's own identity."
  type        = list(string)
}

variable "external_id" {
  description = "External id that trusted_principals must show; enrich.live.external_id in the settings."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything made."
  type        = map(string)
  default     = {}
}

data "aws_partition" "this" {}

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

data "aws_iam_policy_document" "look" {
  statement {
    sid = "ReadBucketConfiguration"
    actions = [
      "s3:GetBucketAcl",
      "s3:GetBucketOwnershipControls",
      "s3:GetBucketPolicyStatus",
      "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketTagging",
    ]
    resources = ["arn:${data.aws_partition.this.partition}:s3:::*"]
  }
  statement {
    sid       = "ReadAccountBlock"
    actions   = ["s3:GetAccountPublicAccessBlock"]
    resources = ["*"] # it knows no resource
  }
}

resource "aws_iam_role" "look" {
  name                 = var.name
  description          = "Trailwarden reads with it how buckets are configured"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
  tags                 = var.tags
}

resource "aws_iam_role_policy" "look" {
  name   = "look"
  role   = aws_iam_role.look.id
  policy = data.aws_iam_policy_document.look.json
}

output "role_arn" {
  value = aws_iam_role.look.arn
}
