package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/enrich/network"
)

func maliciousNetworkUsed() *detect.Rule {
	return &detect.Rule{
		ID:         "malicious-network-used",
		Title:      "AWS API called through Tor or from a malicious address",
		Why:        "Tor hides who calls, and attacks came from the addresses on your malicious list. The actor was not seen there before.",
		Do:         "Ask the actor. If they do not use this network, disable their credentials and check what else was called from it.",
		Severity:   alert.Medium,
		Techniques: []string{"T1090.003", "T1078.004"},
		Controls:   []string{"NIST AC-17", "NIST SI-4"},
		Events:     []string{detect.OnMoved},
		NoEnd:      anAct,
		Match:      hiddenNetwork,
		Examples: []detect.Example{
			from(match("a read through Tor", "iam/ListUsers", ``, with("readOnly", "true")), network.Tor),
			from(match("from a listed address", "s3/ListBuckets", ``), network.Malicious),
			from(match("denied", "iam/ListUsers", ``, failed("AccessDenied")), network.Tor),
			from(miss("from a hoster", "iam/ListUsers", ``), network.Hosting),
			from(miss("a visitor of a public bucket", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byNobody()), network.Tor),
			from(miss("another account's caller", "s3/GetObject", `{"bucketName":"b1","key":"k"}`, byAccount("999988887777")), network.Tor),
		},
	}
}

// hiddenNetwork tells of the first call of an actor of one's own from a network of these kinds; who visits public data
// through Tor is nobody whose credentials could be stolen.
func hiddenNetwork(in *detect.Input) *detect.Hit {
	rec, n := in.Record, in.Facts.Address.Network
	where := ""
	switch n.Kind {
	case network.Tor:
		where = "a Tor exit node"
	case network.Malicious:
		where = "an address on a list of malicious ones"
	default:
		return nil
	}
	if rec.Actor().Service || rec.UserIdentity.Type == "AWSAccount" || rec.UserIdentity.Type == "Unknown" {
		return nil
	}
	if h := in.Facts.History; h.Known && !slices.Contains(h.First, "network") {
		return nil
	}
	if n.Name != "" {
		where += " (" + n.Name + ")"
	}
	hit := &detect.Hit{Detail: who(rec) + " called " + rec.EventName + " from " + rec.SourceIPAddress + ", " + where + "."}
	if rec.Failed() {
		hit.Attempt = true
		hit.Detail = failure(rec, "") + " Source: " + rec.SourceIPAddress + ", " + where + "."
	}
	return hit
}
