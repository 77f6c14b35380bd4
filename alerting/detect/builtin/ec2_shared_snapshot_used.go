package builtin

import (
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ec2SharedSnapshotUsed() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-shared-snapshot-used",
		Title:      "Shared EBS snapshot copied by an external account",
		Why:        "An external account created a volume or copy from a shared snapshot: the data has left your accounts.",
		Do:         "Find out who shared the snapshot and treat its contents as disclosed.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ec2", "SharedSnapshotVolumeCreated", "SharedSnapshotCopyInitiated"),
		NoEnd:      keptCopy,
		Match:      useSharedSnapshot,
		Examples: []detect.Example{
			match("volume made", "ec2/SharedSnapshotVolumeCreated", ``, byAccount("444455556666"), with("eventType", `"AwsServiceEvent"`)),
			miss("a public image started by the account itself", "ec2/SharedSnapshotVolumeCreated", ``, byAccount("111122223333"), with("eventType", `"AwsServiceEvent"`)),
			knowing(miss("a known account", "ec2/SharedSnapshotCopyInitiated", ``, byAccount("444455556666"), with("eventType", `"AwsServiceEvent"`)), "444455556666"),
			miss("own volume", "ec2/CreateVolume", `{"snapshotId":"snap-1"}`),
		},
	}
}

// useSharedSnapshot passes over the records that an account gets of its own use of others' snapshots, such as starting a public
// image.
func useSharedSnapshot(in *detect.Input) *detect.Hit {
	if user := in.Record.UserIdentity.AccountID; user != "" && ownAccount(in, user) {
		return nil
	}
	snapshot := in.Record.ServiceEventDetails.Get("snapshotId").Text()
	return &detect.Hit{Resource: snapshot, Detail: strings.TrimSpace("An external account copied or created a volume from shared EBS snapshot "+snapshot) + "."}
}
