package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func bedrockLoggingOff() *detect.Rule {
	return &detect.Rule{
		ID:         "bedrock-logging-off",
		Title:      "Bedrock model invocation logging disabled",
		Why:        "Model use is no longer recorded, including use of stolen credentials and its cost.",
		Do:         "Restore the model invocation logging configuration.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.008"},
		Controls:   []string{"NIST AU-12"},
		Events:     events("bedrock", "DeleteModelInvocationLoggingConfiguration", "PutModelInvocationLoggingConfiguration"),
		Ends:       events("bedrock", "PutModelInvocationLoggingConfiguration"),
		Match: undone(bedrockLogsOff,
			undo{by: []string{"DeleteModelInvocationLoggingConfiguration", "PutModelInvocationLoggingConfiguration"}, over: []string{"PutModelInvocationLoggingConfiguration"}, when: logsInvocations},
		),
		Examples: []detect.Example{
			ending(match("until it is set again", "bedrock/DeleteModelInvocationLoggingConfiguration", ``), "bedrock/PutModelInvocationLoggingConfiguration", `{"loggingConfig":{"s3Config":{"bucketName":"logs"},"textDataDeliveryEnabled":true}}`),
			match("removed", "bedrock/DeleteModelInvocationLoggingConfiguration", ``),
			match("put without any delivery", "bedrock/PutModelInvocationLoggingConfiguration",
				`{"loggingConfig":{"textDataDeliveryEnabled":false,"imageDataDeliveryEnabled":false,"embeddingDataDeliveryEnabled":false}}`),
			match("put without text", "bedrock/PutModelInvocationLoggingConfiguration", `{"loggingConfig":{"textDataDeliveryEnabled":false,"imageDataDeliveryEnabled":true}}`),
			miss("put with delivery", "bedrock/PutModelInvocationLoggingConfiguration",
				`{"loggingConfig":{"s3Config":{"bucketName":"b"},"textDataDeliveryEnabled":true,"imageDataDeliveryEnabled":false}}`),
			miss("read", "bedrock/GetModelInvocationLoggingConfiguration", ``),
		},
	}
}

// bedrockLogsOff tells of a configuration removed, or put with the delivery of texts off: AWS takes a setting that is not
// given for one that is on.
func bedrockLogsOff(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "PutModelInvocationLoggingConfiguration" {
		if on, ok := in.Record.RequestParameters.Get("loggingConfig", "textDataDeliveryEnabled").Bool(); !ok || on {
			return nil
		}
	}
	return tried("disabled Bedrock model invocation logging")(in)
}

// logsInvocations reports whether a configuration delivers texts somewhere.
func logsInvocations(in *detect.Input) bool {
	config := in.Record.RequestParameters.Get("loggingConfig")
	on, said := config.Get("textDataDeliveryEnabled").Bool()
	return (on || !said) && (config.Get("s3Config").IsObject() || config.Get("cloudWatchConfig").IsObject())
}
