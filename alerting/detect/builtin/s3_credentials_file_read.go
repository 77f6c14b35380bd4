package builtin

import (
	"bytes"
	"cmp"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3CredentialsFileRead() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-credentials-file-read",
		Title:      "Credentials file read from an S3 bucket",
		Why:        "Files of this name hold passwords, keys or tokens. The actor is not known to read from this service.",
		Do:         "Ask the actor. Rotate the credentials in the file if nobody can explain the read, and move the file to Secrets Manager.",
		Severity:   alert.Low,
		Techniques: []string{"T1552.001", "T1530"},
		Controls:   []string{"NIST IA-5"},
		Events:     events("s3", "GetObject"),
		Wants:      namesCredentials,
		NoEnd:      keptCopy,
		Match:      unlessUsual(readCredentials),
		Examples: []detect.Example{
			match("environment file", "s3/GetObject", `{"bucketName":"b1","key":"app/.env"}`),
			match("access keys", "s3/GetObject", `{"bucketName":"b1","key":"home/ann/.aws/credentials"}`),
			match("SSH key", "s3/GetObject", `{"bucketName":"b1","key":"id_rsa"}`),
			miss("a picture", "s3/GetObject", `{"bucketName":"b1","key":"env.png"}`),
			miss("denied", "s3/GetObject", `{"bucketName":"b1","key":".env"}`, failed("AccessDenied")),
			miss("by a service", "s3/GetObject", `{"bucketName":"b1","key":"app/.env"}`, byService("ecs.amazonaws.com")),
		},
	}
}

// namesCredentials is a first look at the key: reads are the most of all records.
func namesCredentials(_ *cloudtrail.Header, raw []byte) bool {
	_, rest, _ := bytes.Cut(raw, []byte(`"key"`))
	_, rest, _ = bytes.Cut(rest, []byte(`"`))
	key, _, _ := bytes.Cut(rest, []byte(`"`))
	return credentialsFile(key)
}

// credentialsFile reports whether an object of that key holds credentials, by its name.
func credentialsFile(key []byte) bool {
	for _, path := range [...]string{".aws/credentials", ".docker/config.json", ".kube/config", ".config/gcloud/credentials.db"} {
		if bytes.HasSuffix(key, []byte(path)) {
			return true
		}
	}
	name := key[bytes.LastIndexByte(key, '/')+1:]
	switch string(name) {
	case ".env", ".env.production", ".env.prod", ".env.local", ".env.staging", ".git-credentials", ".npmrc", ".netrc", ".pgpass", "id_rsa", "id_ed25519", "id_ecdsa",
		"credentials.csv", "accessKeys.csv", "rootkey.csv", "wp-config.php", ".htpasswd", "terraform.tfvars":
		return true
	}
	return bytes.HasSuffix(name, []byte("_accessKeys.csv")) || bytes.HasSuffix(name, []byte(".kdbx"))
}

func readCredentials(in *detect.Input) *detect.Hit {
	if in.Record.Failed() || !credentialsFile([]byte(in.Record.Key())) {
		return nil
	}
	return say(in, "read {} from S3 bucket "+cmp.Or(in.Record.Bucket(), "(name unknown)"), in.Record.Key())
}
