package builtin

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/alerting/exposure"
	"github.com/trailwarden/trailwarden/enrich/history"
	"github.com/trailwarden/trailwarden/enrich/network"
)

// The examples of the rules are short: what an ordinary record has beside the call and its parameters is filled in
// here. The actor is the IAM user "mallory" of account 111122223333 unless said otherwise.

// detail changes one member of an example's record.
type detail func(record map[string]json.RawMessage)

// match is an example that the rule must match: call is "service/EventName", params the JSON of its requestParameters.
func match(name, call, params string, details ...detail) detect.Example {
	return detect.Example{Name: name, Match: true, Record: record(call, params, details)}
}

// miss is an example that the rule must not match.
func miss(name, call, params string, details ...detail) detect.Example {
	return detect.Example{Name: name, Record: record(call, params, details)}
}

// with sets a member of the record to a JSON value.
func with(member, value string) detail {
	return func(record map[string]json.RawMessage) { record[member] = json.RawMessage(value) }
}

// failed makes the call one that failed with the error code.
func failed(code string) detail { return with("errorCode", quote(code)) }

// answering gives the call its response elements.
func answering(value string) detail { return with("responseElements", value) }

// byRoot makes the account's root the actor.
func byRoot() detail {
	return with("userIdentity", `{"type":"Root","principalId":"111122223333","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}`)
}

// byRole makes a role session the actor.
func byRole(role, session string) detail {
	return with("userIdentity", fmt.Sprintf(`{"type":"AssumedRole","principalId":"AROAEXAMPLE:%[2]s","accountId":"111122223333",`+
		`"arn":"arn:aws:sts::111122223333:assumed-role/%[1]s/%[2]s","sessionContext":{"sessionIssuer":{"type":"Role",`+
		`"arn":"arn:aws:iam::111122223333:role/%[1]s","accountId":"111122223333","userName":"%[1]s"}}}`, role, session))
}

// byService makes an AWS service the actor.
func byService(host string) detail {
	return func(record map[string]json.RawMessage) {
		record["userIdentity"] = json.RawMessage(fmt.Sprintf(`{"type":"AWSService","invokedBy":%q}`, host))
		record["sourceIPAddress"] = json.RawMessage(quote(host))
	}
}

func record(call, params string, details []detail) string {
	service, name, _ := strings.Cut(call, "/")
	rec := map[string]json.RawMessage{
		"eventVersion": json.RawMessage(`"1.11"`), "eventID": json.RawMessage(`"e0000000-0000-4000-8000-000000000001"`),
		"eventTime": json.RawMessage(`"2026-03-02T10:00:00Z"`), "eventType": json.RawMessage(`"AwsApiCall"`),
		"eventSource": json.RawMessage(quote(service + ".amazonaws.com")), "eventName": json.RawMessage(quote(name)),
		"awsRegion": json.RawMessage(`"eu-west-1"`), "sourceIPAddress": json.RawMessage(`"203.0.113.7"`),
		"userAgent": json.RawMessage(`"aws-cli/2.15.0"`), "recipientAccountId": json.RawMessage(`"111122223333"`),
		"userIdentity": json.RawMessage(`{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/mallory",` +
			`"accountId":"111122223333","userName":"mallory"}`),
	}
	if params != "" {
		rec["requestParameters"] = json.RawMessage(params)
	}
	for _, d := range details {
		d(rec)
	}
	raw, err := json.Marshal(rec)
	if err != nil {
		return fmt.Sprintf("example of %s: %v", call, err) // no record: the example fails, and says why
	}
	return string(raw)
}

func quote(text string) string { return fmt.Sprintf("%q", text) }

// byTool marks the call as one a service made for the actor: a stack, a backup plan.
func byTool(host string) detail {
	return func(record map[string]json.RawMessage) {
		byRole("deploy", "stack")(record)
		identity := string(record["userIdentity"])
		record["userIdentity"] = json.RawMessage(strings.TrimSuffix(identity, "}") + fmt.Sprintf(`,"invokedBy":%q}`, host))
	}
}

// byNobody makes the call one that nobody signed.
func byNobody() detail {
	return with("userIdentity", `{"type":"AWSAccount","principalId":"","accountId":"anonymous"}`)
}

// byAccount makes the call one by another account, of which the bucket's owner sees nothing but its number.
func byAccount(id string) detail {
	return with("userIdentity", fmt.Sprintf(`{"type":"AWSAccount","principalId":"AIDAEXAMPLE","accountId":%q}`, id))
}

// ending gives an example the call that ends what its record began.
func ending(e detect.Example, call, params string, details ...detail) detect.Example {
	e.End = record(call, params, append(details, with("eventTime", `"2026-03-02T11:00:00Z"`)))
	return e
}

// later puts another call before an example's record.
func later(e detect.Example, call, params string) detect.Example {
	before := record(call, params, []detail{
		with("eventID", `"e0000000-0000-4000-8000-000000000000"`), with("eventTime", `"2026-03-02T09:00:00Z"`),
	})
	e.Before = append(e.Before, before)
	return e
}

// bursting gives an example an actor who made many calls of one kind.
func bursting(e detect.Example, kind string, count uint64) detect.Example {
	e.Burst = []history.Burst{{Kind: kind, Count: count, Window: 10 * time.Minute, Usual: 3}}
	return e
}

// inStatic declares the buckets of an example to hold only style sheets and pictures.
func inStatic(e detect.Example) detect.Example {
	e.Settings = &detect.Settings{Static: []detect.StaticBucket{{Match: "b*", Suffixes: []string{".css"}, ContentTypes: []string{"image/*"}}}}
	return e
}

// fed makes a bucket, queue or topic one that the daemon lives on.
func fed(e detect.Example, feed string) detect.Example {
	e.Settings = &detect.Settings{Feeds: []string{feed}}
	return e
}

// from gives an example's call a kind of network it comes from.
func from(e detect.Example, kind network.Kind) detect.Example {
	e.Network = kind
	return e
}

// networkActivity makes the record one that the owner of a VPC endpoint gets of a call that passed through it.
func networkActivity() detail {
	return func(record map[string]json.RawMessage) {
		record["eventCategory"] = json.RawMessage(`"NetworkActivity"`)
		record["eventType"] = json.RawMessage(`"AwsVpceEvent"`)
		record["sourceIPAddress"] = json.RawMessage(`"10.0.3.7"`)
	}
}

// inBucketOf gives the record its bucket among the resources, with the account that owns it.
func inBucketOf(account string) detail {
	return with("resources", fmt.Sprintf(`[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b/k"},{"accountId":%q,"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}]`, account))
}

// trusting makes an account one of the known ones.
func trusting(e detect.Example, account string) detect.Example {
	e.Settings = &detect.Settings{Own: exposure.Own{Accounts: []string{account}}}
	return e
}

// inScopeOf says for what an AWS service issued the role credentials of the record.
func inScopeOf(kind, arn string) detail {
	return func(record map[string]json.RawMessage) {
		identity := strings.TrimSuffix(string(record["userIdentity"]), "}")
		record["userIdentity"] = json.RawMessage(identity + fmt.Sprintf(`,"inScopeOf":{"issuerType":%q,"credentialsIssuedTo":%q}}`, kind, arn))
	}
}

// byRootKey makes the account's root the actor, with an access key of its own.
func byRootKey() detail {
	return func(record map[string]json.RawMessage) {
		byRoot()(record)
		identity := strings.TrimSuffix(string(record["userIdentity"]), "}")
		record["userIdentity"] = json.RawMessage(identity + `,"accessKeyId":"AKIAIOSFODNN7EXAMPLE"}`)
	}
}

// recently gives an example's actor a number of successful calls of one name on a bucket, in the minutes before.
func recently(e detect.Example, name, bucket string, number int) detect.Example {
	for i := range number {
		at := time.Date(2026, 3, 2, 9, 59, 0, 0, time.UTC).Add(-time.Duration(number-i) * time.Second)
		e.Recent = append(e.Recent, history.Moment{Time: at, Name: name, Bucket: bucket, IP: "203.0.113.7"})
	}
	return e
}

// repeated gives an example calls before its own, each a step after the other; of params %d is the number of the call.
func repeated(e detect.Example, number int, step time.Duration, call, params string) detect.Example {
	for i := range number {
		e.Before = append(e.Before, before(call, fmt.Sprintf(params, i), time.Duration(number-i)*step, i))
	}
	return e
}

// each20 is repeated for the nineteen calls before the twentieth.
func each20(e detect.Example, call, params string) detect.Example {
	return repeated(e, 19, time.Second, call, params)
}

// denials gives an example a number of denied calls before its own, of the calls in turn.
func denials(e detect.Example, number int, calls ...string) detect.Example {
	for i := range number {
		e.Before = append(e.Before, before(calls[i%len(calls)], "", time.Duration(number-i)*time.Second, i, failed("AccessDenied")))
	}
	return e
}

// signIns gives an example a number of failed sign-ins to the console before its own, as the users in turn.
func signIns(e detect.Example, number int, users ...string) detect.Example {
	for i := range number {
		user := users[i%len(users)]
		e.Before = append(e.Before, before("signin/ConsoleLogin", "", time.Duration(number-i)*time.Second, i, answering(`{"ConsoleLogin":"Failure"}`),
			with("userIdentity", fmt.Sprintf(`{"type":"IAMUser","principalId":"AIDAEXAMPLE","accountId":"111122223333","userName":%q}`, user))))
	}
	return e
}

// before is the record of a call some time before an example's own.
func before(call, params string, ago time.Duration, number int, details ...detail) string {
	at := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC).Add(-ago).Format("2006-01-02T15:04:05Z")
	return record(call, params, append([]detail{
		with("eventID", fmt.Sprintf(`"e0000000-0000-4000-8000-1%011d"`, number)), with("eventTime", quote(at)),
	}, details...))
}
