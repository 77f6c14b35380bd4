package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamCredentialAdded() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-credential-added",
		Title:      "IAM credential added or reactivated",
		Why:        "Signing certificates, SSH keys, service-specific credentials and reactivated keys give access that is rarely monitored.",
		Do:         "Ask the user. Delete the credential if they did not request it.",
		Severity:   alert.Low,
		Techniques: []string{"T1098.001"},
		Controls:   []string{"NIST IA-5"},
		Events:     events("iam", "UploadSigningCertificate", "UploadSSHPublicKey", "CreateServiceSpecificCredential", "ResetServiceSpecificCredential", "UpdateAccessKey", "ChangePassword", "UploadServerCertificate", "UploadCloudFrontPublicKey"),
		NoEnd:      misused,
		Match:      addCredential,
		Examples: []detect.Example{
			match("key switched on", "iam/UpdateAccessKey", `{"userName":"bob","status":"Active"}`),
			miss("key switched off", "iam/UpdateAccessKey", `{"userName":"bob","accessKeyId":"AKIAIOSFODNN7EXAMPLE","status":"Inactive"}`),
			miss("read", "iam/ListAccessKeys", `{"userName":"bob"}`),
		},
	}
}

func addCredential(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "UpdateAccessKey" && param(in, "status") == "Inactive" {
		return nil
	}
	switch name := in.Record.EventName; name {
	case "UploadServerCertificate":
		return done("uploaded server certificate {}", "serverCertificateName")(in)
	case "UploadCloudFrontPublicKey":
		return done("uploaded a CloudFront public key")(in)
	case "ChangePassword":
		return done("changed its own console password")(in)
	default:
		return done("added or changed a credential of IAM user {} ("+name+")", "userName")(in)
	}
}
