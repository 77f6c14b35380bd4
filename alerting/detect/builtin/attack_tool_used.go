package builtin

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func attackToolUsed() *detect.Rule {
	agents := newAgentCache()
	return &detect.Rule{
		ID:         "attack-tool-used",
		Title:      "AWS API called with a scanner or attack tool",
		Why:        "The user agent belongs to a secret scanner, an attack tool or an operating system for attacks: the credentials may be stolen.",
		Do:         "Ask the actor whether a security test is under way. Otherwise deactivate the credentials and find out where they leaked.",
		Severity:   alert.Medium,
		Techniques: []string{"T1078.004", "T1526"},
		Controls:   []string{"NIST SI-4"},
		Events:     []string{"*/*"},
		Wants:      func(h *cloudtrail.Header, _ []byte) bool { return agents.ofTool(h.UserAgent) },
		NoEnd:      anAct,
		Match:      attackTool,
		Examples: []detect.Example{
			match("TruffleHog", "iam/ListUsers", ``, with("userAgent", `"TruffleHog"`)),
			match("attack system", "s3/ListBuckets", ``, with("userAgent", `"aws-cli/2.15.0 Python/3.11.6 Linux/6.5.0-kali3-amd64"`)),
			match("Pacu, denied", "iam/ListRoles", ``, with("userAgent", `"Boto3/1.26 Pacu/1.5"`), failed("AccessDenied")),
			miss("command line", "iam/ListUsers", ``),
			miss("the key tested", "sts/GetCallerIdentity", ``, with("userAgent", `"TruffleHog"`)),
			miss("a service", "s3/ListBuckets", ``, byService("nuclei.amazonaws.com"), with("userAgent", `"nuclei.amazonaws.com"`)),
		},
	}
}

func attackTool(in *detect.Input) *detect.Hit {
	rec := in.Record
	tool := scanner([]byte(rec.UserAgent))
	if tool == "" || rec.EventName == "GetCallerIdentity" { // that is judged by sts-scanner-identity
		return nil
	}
	return say(in, "called "+rec.EventName+" with {} (secret scanner or attack tool)", tool)
}

// agentCache remembers of the latest user agents whether they belong to an attack tool: every record is asked about, and
// most come from few agents.
type agentCache struct {
	seed  maphash.Seed
	slots []atomic.Uint64 // hash of an agent, with the verdict as its last bit; 0 for none
}

func newAgentCache() *agentCache {
	const slots = 1024
	return &agentCache{seed: maphash.MakeSeed(), slots: make([]atomic.Uint64, slots)}
}

func (c *agentCache) ofTool(agent []byte) bool {
	if len(agent) == 0 {
		return false
	}
	hash := maphash.Bytes(c.seed, agent) | 1
	slot := &c.slots[hash>>1%uint64(len(c.slots))]
	if known := slot.Load(); known|1 == hash {
		return known == hash
	}
	if scanner(agent) != "" {
		slot.Store(hash)
		return true
	}
	slot.Store(hash &^ 1)
	return false
}
