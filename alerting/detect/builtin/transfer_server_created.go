package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func transferServerCreated() *detect.Rule {
	return &detect.Rule{
		ID:         "transfer-server-created",
		Title:      "Transfer Family server or user created",
		Why:        "A Transfer Family server lets its users read and write S3 or EFS data by SFTP or FTP, from the internet unless it is in a VPC.",
		Do:         "Ask the actor. If nobody planned it, stop the server and check what its users transferred.",
		Severity:   alert.Low,
		Techniques: []string{"T1537", "T1098"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("transfer", "CreateServer", "CreateUser", "ImportSshPublicKey"),
		NoEnd:      misused,
		Match:      unlessUsual(notByStack(transferServer)),
		Examples: []detect.Example{
			match("server on the internet", "transfer/CreateServer", `{"endpointType":"PUBLIC"}`),
			match("user", "transfer/CreateUser", `{"serverId":"s-1","userName":"u","role":"arn:aws:iam::111122223333:role/r"}`),
			miss("a stack", "transfer/CreateServer", `{}`, byTool("cloudformation.amazonaws.com")),
			miss("read", "transfer/ListServers", `{}`),
		},
	}
}

func transferServer(in *detect.Input) *detect.Hit {
	switch in.Record.EventName {
	case "CreateServer":
		if kind := param(in, "endpointType"); kind == "" || kind == "PUBLIC" {
			return at(alert.Medium, tried("created a Transfer Family server on the internet")(in))
		}
		return tried("created a Transfer Family server in a VPC")(in)
	case "CreateUser":
		return tried("created Transfer Family user {}", "userName")(in)
	}
	return tried("added an SSH key to Transfer Family user {}", "userName")(in)
}
