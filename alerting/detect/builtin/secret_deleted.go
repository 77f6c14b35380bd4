package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func secretDeleted() *detect.Rule {
	return &detect.Rule{
		ID:         "secret-deleted",
		Title:      "Secret deleted without recovery window",
		Why:        "The secret cannot be restored; applications that use it fail.",
		Do:         "Recreate the secret from another source and ask the actor.",
		Severity:   alert.Low,
		Techniques: []string{"T1485"},
		Controls:   []string{"NIST CP-9"},
		Events:     events("secretsmanager", "DeleteSecret"),
		NoEnd:      goneForAll,
		Match:      deleteSecret,
		Examples: []detect.Example{
			match("at once", "secretsmanager/DeleteSecret", `{"secretId":"s","forceDeleteWithoutRecovery":true}`),
			miss("with its waiting period", "secretsmanager/DeleteSecret", `{"secretId":"s","recoveryWindowInDays":30}`),
		},
	}
}

func deleteSecret(in *detect.Input) *detect.Hit {
	if forced, _ := in.Record.RequestParameters.Get("forceDeleteWithoutRecovery").Bool(); !forced {
		return nil
	}
	return unlessUsual(notByStack(done("deleted secret {} without a recovery window", "secretId")))(in)
}
