variable "name" {
  description = "Name of the queue, and beginning of every other name."
  type        = string
  default     = "trailwarden"
}

variable "log_bucket" {
  description = "Bucket that CloudTrail writes its log files to, in this region. Null takes events from EventBridge only."
  type        = string
  default     = null
}

variable "log_bucket_account_id" {
  description = "Account that owns log_bucket; null is this one. In another account its owner sets the bucket's notification to topic_arn, and allows this account's role to read."
  type        = string
  default     = null
}

variable "log_prefix" {
  description = "Beginning of the log files' keys."
  type        = string
  default     = "AWSLogs/"
}

variable "log_kms_key_arn" {
  description = "Key that the log files are encrypted with; null if they are not, or with S3's own."
  type        = string
  default     = null
}

variable "manage_bucket_notification" {
  description = "Whether to set log_bucket's notification here. A bucket has one configuration for all of them: false where another is kept elsewhere."
  type        = bool
  default     = true
}

variable "eventbridge" {
  description = "Whether to take events from EventBridge: seconds instead of minutes after the call. With log_bucket both arrive, and each event counts once."
  type        = bool
  default     = false
}

variable "organization_id" {
  description = "Organization (o-…) whose accounts, this one included, forward events to this module's event bus with the forward module; null takes this account's own events from the default bus."
  type        = string
  default     = null
}

variable "trusted_principals" {
  description = "ARNs that may assume the daemon's role, such as an instance's or another account's role; empty makes no role, and policy_arn is to be attached to an existing one."
  type        = list(string)
  default     = []
}

variable "external_id" {
  description = "External id that trusted_principals must show; consumer.queues[].external_id in the settings."
  type        = string
  default     = null
}

variable "retention" {
  description = "How long an event waits for the daemon, in seconds; the longest outage that loses nothing."
  type        = number
  default     = 1209600

  validation {
    condition     = var.retention >= 86400
    error_message = "retention must be 86400 seconds (a day) or more."
  }
}

variable "max_receive_count" {
  description = "Deliveries after which a message goes to the dead-letter queue; 20 are four hours of failing."
  type        = number
  default     = 20

  validation {
    condition     = var.max_receive_count >= 20
    error_message = "max_receive_count must be 20 or more: an outage that lasts longer empties the queue into the dead-letter queue."
  }
}

variable "tags" {
  description = "Tags of everything made."
  type        = map(string)
  default     = {}
}

variable "alarm_actions" {
  description = "ARNs that CloudWatch tells when the queue is not emptied, falls silent, or gives up messages: an SNS topic that reaches people without the daemon. Empty makes no alarms."
  type        = list(string)
  default     = []
}

variable "canary" {
  description = "Whether the daemon may send its own test events to the queue (consumer.canary in the settings)."
  type        = bool
  default     = false
}
