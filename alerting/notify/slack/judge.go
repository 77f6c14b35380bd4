package slack

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/slack-go/slack"

	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/httpcall"
)

// judgement is what a failed call means.
type judgement struct {
	err    error  // of the class the lane acts on
	unsure bool   // the call may have had its effect
	blocks bool   // the blocks were refused; the text alone may be taken
	update bool   // the message cannot be updated any more
	place  string // the word that says that this message or its thread cannot be written any more
}

// judge sorts an error of a call.
func judge(err error) judgement {
	var limit *slack.RateLimitedError
	var status slack.StatusCodeError
	switch reason := refusal(err); {
	case errors.As(err, &limit):
		return judgement{err: &notify.RetryAfterError{After: min(limit.RetryAfter, 15*time.Minute), Err: errors.New("too many requests")}}
	case reason != "":
		return judgeRefusal(reason)
	case errors.As(err, &status):
		err := fmt.Errorf("answered %d %s", status.Code, http.StatusText(status.Code))
		if status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden {
			return judgement{err: &notify.CredentialError{Err: err}}
		}
		return judgement{err: err, unsure: status.Code >= http.StatusInternalServerError}
	default:
		err = httpcall.Anonymous(err)
		return judgement{err: err, unsure: !httpcall.NeverSent(err)}
	}
}

// word is what Slack's words for what went wrong look like. Anything else did not come from Slack, and may repeat what it
// was sent, the token included.
var word = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

// refusal is Slack's own word for what went wrong; "" for anything but an answer of the API.
func refusal(err error) string {
	var answer slack.SlackErrorResponse
	switch {
	case !errors.As(err, &answer):
		return ""
	case !word.MatchString(answer.Err):
		return "unknown_error"
	default:
		return answer.Err
	}
}

// judgeRefusal knows the words of chat.postMessage and chat.update, as Slack's reference lists them. A word it
// does not know is tried again: better late than lost.
func judgeRefusal(reason string) judgement {
	err := errors.New(reason)
	switch reason {
	case "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "blocks_too_long", "slack_connect_blocks_blocked":
		return judgement{err: &notify.PermanentError{Err: err}, blocks: true}
	case "invalid_arguments", "invalid_arg_name", "msg_too_long", "no_text",
		"metadata_too_large", "invalid_metadata_format", "invalid_metadata_schema", "metadata_must_be_sent_from_app":
		return judgement{err: &notify.PermanentError{Err: err}, blocks: true}
	case "message_not_found", "thread_not_found", "invalid_thread_ts", "cannot_reply_to_message", "restricted_action_thread_locked",
		"restricted_action_non_threadable_channel":
		return judgement{err: err, place: reason}
	case "cant_update_message", "edit_window_closed", "as_user_not_supported", "is_inactive", "update_failed",
		"block_mismatch", "streaming_state_conflict":
		return judgement{err: err, update: true}
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission", "missing_scope",
		"not_allowed_token_type", "access_denied", "org_login_required", "ekm_access_denied", "team_access_not_granted",
		"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "restricted_action_read_only_channel",
		"restricted_action_thread_only_channel":
		return judgement{err: &notify.CredentialError{Err: err}}
	case "internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org":
		return judgement{err: err, unsure: true}
	default:
		return judgement{err: err}
	}
}
