package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func iamIdentityProvider() *detect.Rule {
	return &detect.Rule{
		ID:         "iam-identity-provider",
		Title:      "IAM identity provider added or changed",
		Why:        "Anyone who controls the provider can sign in to every role that trusts it, under any name.",
		Do:         "Verify the provider's metadata, URL and thumbprints.",
		Severity:   alert.Medium,
		Techniques: []string{"T1484.002", "T1556"},
		Controls:   []string{"NIST IA-8"},
		Events: slices.Concat(
			events("iam", "CreateSAMLProvider", "UpdateSAMLProvider", "DeleteSAMLProvider", "CreateOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint", "AddClientIDToOpenIDConnectProvider"),
			events("rolesanywhere", "CreateTrustAnchor", "UpdateTrustAnchor", "CreateProfile", "UpdateProfile", "EnableTrustAnchor", "ImportCrl", "DeleteCrl"),
			events("sso", "CreateTrustedTokenIssuer", "AssociateDirectory", "DisassociateDirectory", "DisableExternalIdPConfigurationForDirectory", "EnableExternalIdPConfigurationForDirectory"),
		),
		NoEnd: unproven,
		Match: changeProvider,
		Examples: []detect.Example{
			match("trust anchor", "rolesanywhere/CreateTrustAnchor", `{"name":"mine"}`),
			match("metadata", "iam/UpdateSAMLProvider", `{"sAMLProviderArn":"arn:aws:iam::111122223333:saml-provider/idp"}`),
			miss("read", "iam/GetSAMLProvider", `{}`),
		},
	}
}

func changeProvider(in *detect.Input) *detect.Hit {
	kind := "identity provider"
	if in.Record.EventSource == "rolesanywhere.amazonaws.com" {
		kind = "IAM Roles Anywhere resource"
	}
	return tried("changed "+kind+" {} ("+in.Record.EventName+")", "sAMLProviderArn", "name", "url", "openIDConnectProviderArn")(in)
}
