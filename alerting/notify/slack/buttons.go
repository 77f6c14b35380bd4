package slack

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

// actionPrefix begins the action_id of every button and the callback_id of every dialog.
const actionPrefix = "trailwarden-"

// The inputs of a dialog: block_id and action_id are the same.
const (
	inputReason = actionPrefix + "reason"
	inputFor    = actionPrefix + "for"
)

// idSeparator stands between the ids in the value of a button for several alerts.
const idSeparator = ","

// choose is the action of the menu of a digest, whose dialog asks what to do about one alert.
const choose notify.Action = "choose"

// inputAction is the input of that dialog.
const inputAction = actionPrefix + "action"

// digestButtons is what can be done about the live alerts of a digest: about all of them, or about one; nil as for buttons.
func (n *Notifier) digestButtons(alerts []*alert.Alert) slack.Block {
	if !n.cfg.Interactive() {
		return nil
	}
	var open, live []string
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainObject("One alert…", 75), actionPrefix+string(choose))
	for _, a := range alerts {
		if a.Status == alert.Resolved {
			continue
		}
		live = append(live, a.ID)
		if a.Status != alert.Acknowledged {
			open = append(open, a.ID)
		}
		menu.Options = append(menu.Options, slack.NewOptionBlockObject(a.ID, plainObject(safetext.Middle(wording.Object(a), 60), 75), nil))
	}
	if len(live) == 0 {
		return nil
	}
	var all []slack.BlockElement
	if len(open) > 0 {
		all = append(all, slack.NewButtonBlockElement(actionPrefix+string(notify.Acknowledge), strings.Join(open, idSeparator), plainObject("Acknowledge all", 75)).WithStyle(slack.StylePrimary))
	}
	all = append(all, slack.NewButtonBlockElement(actionPrefix+string(notify.Resolve), strings.Join(live, idSeparator), plainObject("Resolve all", 75)), menu)
	return slack.NewActionBlock("", all...)
}

// spans are the durations to choose from.
func spans() []time.Duration {
	return []time.Duration{time.Hour, 4 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}
}

// buttons is what can be done about a live alert; nil when nothing listens to buttons or nothing is left to do.
func (n *Notifier) buttons(a *alert.Alert) slack.Block {
	if !n.cfg.Interactive() || a.Status == alert.Resolved {
		return nil
	}
	var all []slack.BlockElement
	button := func(action notify.Action, label string) *slack.ButtonBlockElement {
		return slack.NewButtonBlockElement(actionPrefix+string(action), a.ID, plainObject(label, 75))
	}
	if a.Status != alert.Acknowledged {
		all = append(all, button(notify.Acknowledge, "Acknowledge").WithStyle(slack.StylePrimary))
	}
	all = append(all, button(notify.Resolve, "Resolve"))
	if a.Status != alert.Suppressed {
		choose := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainObject("Silence similar alerts…", 75), actionPrefix+string(notify.Silence))
		for _, d := range spans() {
			choose.Options = append(choose.Options, slack.NewOptionBlockObject(a.ID+"|"+d.String(), plainObject("For "+alert.Duration(d), 75), nil))
		}
		all = append(all, choose, button(notify.Expected, "Expected change…"))
	}
	all = append(all, button(notify.FalsePositive, "False positive…"))
	return slack.NewActionBlock("", all...)
}

// dialogData is what a dialog carries through Slack.
type dialogData struct {
	AlertID string        `json:"alert_id"`
	Action  notify.Action `json:"action"`
	Channel string        `json:"channel"`
}

// dialog asks for the reason of an action, and how long an expected change is expected to last.
func dialog(data dialogData) (slack.ModalViewRequest, error) {
	private, err := json.Marshal(data)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	text := func(s string) *slack.TextBlockObject { return plainObject(s, 150) }
	reason := slack.NewPlainTextInputBlockElement(text("CHG-1234: launch of the spring campaign website"), inputReason)
	reason.MaxLength = 160 // of at most three bytes each, so that it keeps to what a comment may have
	until := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, text("Expected until"), inputFor)
	for _, d := range spans() {
		until.Options = append(until.Options, slack.NewOptionBlockObject(d.String(), text(alert.Duration(d)), nil))
	}
	until.InitialOption = until.Options[2]
	reasonBlock := slack.NewInputBlock(inputReason, text("Reason"), nil, reason)
	blocks, title := []slack.Block{reasonBlock}, "False positive"
	switch data.Action {
	case notify.Expected:
		title = "Expected change"
		blocks = append(blocks, slack.NewInputBlock(inputFor, text("If still open after this time, the alert is sent and pages"), nil, until))
	case choose:
		title = "One alert"
		reasonBlock.Label, reasonBlock.Optional = text("Reason, for an expected change or a false positive"), true
		what := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, text("Action"), inputAction)
		for _, a := range []struct {
			action notify.Action
			label  string
		}{
			{notify.Acknowledge, "Acknowledge"},
			{notify.Resolve, "Resolve"},
			{notify.Silence, "Silence similar alerts"},
			{notify.Expected, "Expected change"},
			{notify.FalsePositive, "False positive"},
		} {
			what.Options = append(what.Options, slack.NewOptionBlockObject(string(a.action), text(a.label), nil))
		}
		blocks = []slack.Block{
			slack.NewInputBlock(inputAction, text("Action"), nil, what), reasonBlock,
			slack.NewInputBlock(inputFor, text("Time of a silence or an expected change"), nil, until),
		}
	}
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plainObject(title, 24), Submit: plainObject("Save", 24), Close: plainObject("Cancel", 24),
		Blocks: slack.Blocks{BlockSet: blocks}, CallbackID: actionPrefix + string(data.Action), PrivateMetadata: string(private),
	}, nil
}

// click is what Slack tells of a button or a dialog; the parts of it that matter.
type click struct {
	Type      string `json:"type"` // block_actions or view_submission
	TriggerID string `json:"trigger_id"`
	User      struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Username string `json:"username"`
	} `json:"user"`
	Channel struct {
		ID string `json:"id"`
	} `json:"channel"`
	Actions []struct {
		ActionID string `json:"action_id"`
		Value    string `json:"value"`
		Selected struct {
			Value string `json:"value"`
		} `json:"selected_option"`
	} `json:"actions"`
	View struct {
		PrivateMetadata string `json:"private_metadata"`
		State           struct {
			Values map[string]map[string]struct {
				Value    string `json:"value"`
				Selected struct {
					Value string `json:"value"`
				} `json:"selected_option"`
			} `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

// errForeign says that a click is on something of another app.
var errForeign = errors.New("not of this app")

// wish reads what is asked for, and in which channel; ask is true if a dialog has to ask for the reason first. The error
// is errForeign, or says what cannot be read of a click on something of ours.
func (c *click) wish() (d notify.Deed, channel string, ask bool, err error) {
	if c.Type == "view_submission" {
		return c.submitted()
	}
	if c.Type != "block_actions" || len(c.Actions) != 1 {
		return d, "", false, errForeign
	}
	name, ours := strings.CutPrefix(c.Actions[0].ActionID, actionPrefix)
	if !ours {
		return d, "", false, errForeign
	}
	d = notify.Deed{AlertID: c.Actions[0].Value, Action: notify.Action(name)}
	switch d.Action {
	case notify.Acknowledge, notify.Resolve:
	case notify.Expected, notify.FalsePositive:
		ask = true
	case choose:
		d.AlertID, ask = c.Actions[0].Selected.Value, true
	case notify.Silence:
		id, span, _ := strings.Cut(c.Actions[0].Selected.Value, "|")
		d.AlertID = id
		if d.For, err = time.ParseDuration(span); err != nil {
			err = errors.New("the time of the silence cannot be read")
		}
	default:
		err = errors.New("this button belongs to another version")
	}
	return d, c.Channel.ID, ask, err
}

// submitted is wish for a dialog.
func (c *click) submitted() (d notify.Deed, channel string, ask bool, err error) {
	var data dialogData
	if json.Unmarshal([]byte(c.View.PrivateMetadata), &data) != nil || data.AlertID == "" {
		return d, "", false, errForeign
	}
	d = notify.Deed{AlertID: data.AlertID, Action: data.Action, Reason: c.View.State.Values[inputReason][inputReason].Value}
	chosen := data.Action == choose
	if chosen {
		d.Action = notify.Action(c.View.State.Values[inputAction][inputAction].Selected.Value)
	}
	switch d.Action {
	case notify.Acknowledge, notify.Resolve:
		d.Reason = ""
		if !chosen {
			err = errors.New("this dialog belongs to another version")
		}
	case notify.FalsePositive:
	case notify.Expected, notify.Silence:
		if d.For, err = time.ParseDuration(c.View.State.Values[inputFor][inputFor].Selected.Value); err != nil {
			err = errors.New("the time cannot be read")
		}
	default:
		err = errors.New("this dialog belongs to another version")
	}
	return d, data.Channel, false, err
}
