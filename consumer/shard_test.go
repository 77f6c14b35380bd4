package consumer_test

import (
	"fmt"
	"testing"

	"github.com/trailwarden/trailwarden/consumer"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func header(t *testing.T, identity string) *cloudtrail.Header {
	t.Helper()
	var h cloudtrail.Header
	if _, err := h.Scan([]byte(`{"eventID":"e","eventName":"n","userIdentity":` + identity + `}`)); err != nil {
		t.Fatal(err)
	}
	return &h
}

// session is an SSO session, with or without the issuer that carries the role's path.
func session(person string, issuer bool) string {
	text := fmt.Sprintf(`{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_1a2b3c4d5e6f7a8b/%s","accountId":"111122223333"`, person)
	if issuer {
		text += `,"sessionContext":{"sessionIssuer":{"type":"Role","userName":"AWSReservedSSO_Admin_1a2b3c4d5e6f7a8b",
			"arn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1a2b3c4d5e6f7a8b"}}`
	}
	return text + "}"
}

func TestAllSessionsOfARoleAreOfOneShard(t *testing.T) {
	const shards = 1024
	want := consumer.ShardOf(header(t, session("alice@example.org", true)), shards)
	for _, other := range []string{session("bob@example.org", true), session("carol", false), session("alice@example.org", false)} {
		if got := consumer.ShardOf(header(t, other), shards); got != want {
			t.Errorf("shard %d, want %d for %s", got, want, other)
		}
	}
}

func TestActorsSpreadOverTheShards(t *testing.T) {
	const shards, actors = 16, 8000
	var n [shards]int
	for i := range actors {
		n[consumer.ShardOf(header(t, fmt.Sprintf(`{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/u%d","accountId":"111122223333","userName":"u%d"}`, i, i)), shards)]++
	}
	for shard, got := range n {
		if got < actors/shards*3/4 || got > actors/shards*5/4 {
			t.Errorf("shard %d has %d of %d actors", shard, got, actors)
		}
	}
}
