// Package notify brings alerts to people: it says who is told (Routes), remembers what each receiver has been
// told (Told), and keeps one ordered lane per receiver that tells the rest (Outbox).
//
// # Level-triggered
//
// What is queued is not a message but the news that an alert has reached a revision. The lane of a receiver
// loads the alert as it is now, compares it with what this receiver has been told, and lets its Notifier close
// the difference. Ten changes while Slack was away become one update; a resolved alert nobody was told of is
// told as resolved; a notification delivered twice finds nothing left to say.
//
// # Step by step
//
// A Notifier takes one step at a time, each with at most one effect outside, and the lane stores Told after
// every step before it asks for the next. An effect that must not happen twice, such as a new Slack message, is
// announced first: the notifier returns a Told with Attempting set, the lane stores it, and only the next step
// acts. Who finds Attempting set after a crash or a lost answer knows that the outcome is unknown, and looks
// for its own message before it speaks again.
//
// # Lanes
//
// Each receiver has its own subject, its own owner among all processes, its own position and its own back-off,
// so that one receiver's outage delays no other. A lane goes on for ever: it retries at most 30 seconds apart,
// waits as long as the service asks, and parks only what a service refuses for good. The one thing that lanes tell each
// other is where a page stands, which the card in Slack shows (Pager, Shower).
//
// # Notices
//
// A Notice is no alert: a silence or a reload, which PagerDuty takes as change events, or the weekly report of what
// silences hid, which Slack takes. It goes the same lanes, and is stored, retried and parked like the rest.
//
// The folders below hold one kind of receiver each; receiver/ is the table of them.
package notify
