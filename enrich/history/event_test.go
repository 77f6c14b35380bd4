package history_test

import (
	"cmp"
	"encoding/json"
	"testing"
	"time"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/enrich/history"
)

// event is what a test says of a record; empty fields are those of an ordinary one.
type event struct {
	user, role, session                   string // an IAM user's name, or a role's and its session's
	name, source, bucket, ip, agent, code string
	region, account                       string
	at                                    time.Time
}

// morning is when the tests' installation begins: a Monday.
func morning() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC) }

func (e event) raw() []byte {
	account := cmp.Or(e.account, "111122223333")
	identity := map[string]any{
		"type": "IAMUser", "accountId": account, "userName": cmp.Or(e.user, "alice"),
		"arn": "arn:aws:iam::" + account + ":user/" + cmp.Or(e.user, "alice"), "principalId": "AIDAEXAMPLE",
	}
	if e.role != "" {
		identity = map[string]any{
			"type": "AssumedRole", "accountId": account, "principalId": "AROAEXAMPLE:" + e.session,
			"arn": "arn:aws:sts::" + account + ":assumed-role/" + e.role + "/" + e.session,
			"sessionContext": map[string]any{"sessionIssuer": map[string]any{
				"type": "Role", "userName": e.role, "accountId": account, "arn": "arn:aws:iam::" + account + ":role/" + e.role,
			}},
		}
	}
	if e.at.IsZero() {
		e.at = morning()
	}
	record := map[string]any{
		"eventID": "e", "eventName": cmp.Or(e.name, "GetObject"), "eventSource": cmp.Or(e.source, "s3.amazonaws.com"),
		"eventTime": e.at.UTC().Format(time.RFC3339), "awsRegion": cmp.Or(e.region, "eu-west-1"),
		"sourceIPAddress": cmp.Or(e.ip, "198.51.100.7"), "userAgent": cmp.Or(e.agent, "aws-cli/2"),
		"recipientAccountId": account, "userIdentity": identity,
		"requestParameters": map[string]any{"bucketName": cmp.Or(e.bucket, "reports")},
	}
	if e.code != "" {
		record["errorCode"] = e.code
	}
	raw, err := json.Marshal(record)
	if err != nil {
		panic(err)
	}
	return raw
}

func scan(tb testing.TB, e event) *cloudtrail.Header {
	tb.Helper()
	var h cloudtrail.Header
	if _, err := h.Scan(e.raw()); err != nil {
		tb.Fatal(err)
	}
	return &h
}

// diary shows events to a book and remembers the position.
type diary struct {
	tb       testing.TB
	book     *history.Book
	sequence uint64
	origin   history.Origin // of the events that follow
}

func newDiary(tb testing.TB, principals ...history.Principal) *diary {
	return &diary{
		tb: tb, book: history.NewBook(history.DefaultConfig(), principals, 1),
		origin: history.Origin{Country: [2]byte{'D', 'E'}, ASN: 3320, Kind: "isp", Located: true, Latitude: 50.1, Longitude: 8.7},
	}
}

// see shows one event and tells what was known before it.
func (d *diary) see(e event) (history.Snapshot, history.Sight) {
	d.tb.Helper()
	d.sequence++
	sight := d.book.Look(scan(d.tb, e), d.origin, history.Position{Sequence: d.sequence})
	rec, err := cloudtrail.Decode(e.raw())
	if err != nil {
		d.tb.Fatal(err)
	}
	snap := d.book.Snapshot(rec)
	d.book.Learn()
	return snap, sight
}

// routine lets an actor do the same every hour of the working day, for so many days from a time on; it gives
// the end.
func (d *diary) routine(e event, days int) time.Time {
	d.tb.Helper()
	for day := range days {
		for hour := range 8 {
			each := e
			each.at = e.at.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)
			d.see(each)
		}
	}
	return e.at.AddDate(0, 0, days)
}
