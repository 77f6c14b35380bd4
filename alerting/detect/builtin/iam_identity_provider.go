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
			events("rolesanywhere", "CreateTrustAnchor", "UpdateTrustAnchor", "CreateProfile", "UpdateProfile", "EnableTrustAnchor", "ImportCrl", "DeleteCrl", "DisableTrustAnchor", "DeleteTrustAnchor", "DisableProfile", "DeleteProfile"),
			events("sso", "CreateTrustedTokenIssuer", "AssociateDirectory", "DisassociateDirectory", "DisableExternalIdPConfigurationForDirectory", "EnableExternalIdPConfigurationForDirectory", "DeleteTrustedTokenIssuer"),
		),
		Ends: slices.Concat(
			events("iam", "DeleteSAMLProvider", "DeleteOpenIDConnectProvider"),
			events("rolesanywhere", "DisableTrustAnchor", "DeleteTrustAnchor", "DisableProfile", "DeleteProfile"),
			events("sso", "DeleteTrustedTokenIssuer", "EnableExternalIdPConfigurationForDirectory", "DisableExternalIdPConfigurationForDirectory"),
		),
		Match: undone(changeProvider,
			undo{by: []string{"CreateSAMLProvider"}, over: []string{"DeleteSAMLProvider"}, of: []string{"sAMLProviderArn|name"}, told: true},
			undo{by: []string{"CreateOpenIDConnectProvider"}, over: []string{"DeleteOpenIDConnectProvider"}, of: []string{"openIDConnectProviderArn"}, told: true},
			undo{by: []string{"CreateTrustAnchor", "EnableTrustAnchor"}, over: []string{"DisableTrustAnchor", "DeleteTrustAnchor"}, of: []string{"trustAnchorId|trustAnchor.trustAnchorId"}},
			undo{by: []string{"CreateProfile"}, over: []string{"DisableProfile", "DeleteProfile"}, of: []string{"profileId|profile.profileId"}},
			undo{by: []string{"CreateTrustedTokenIssuer"}, over: []string{"DeleteTrustedTokenIssuer"}, of: []string{"trustedTokenIssuerArn"}},
			undo{by: []string{"DisableExternalIdPConfigurationForDirectory"}, over: []string{"EnableExternalIdPConfigurationForDirectory"}, of: []string{"directoryId"}, told: true},
			undo{by: []string{"EnableExternalIdPConfigurationForDirectory"}, over: []string{"DisableExternalIdPConfigurationForDirectory"}, of: []string{"directoryId"}, told: true},
		),
		Examples: []detect.Example{
			ending(match("until it is deleted", "iam/CreateSAMLProvider", `{"name":"idp"}`), "iam/DeleteSAMLProvider", `{"sAMLProviderArn":"arn:aws:iam::111122223333:saml-provider/idp"}`),
			ending(match("until the anchor is disabled", "rolesanywhere/CreateTrustAnchor", `{"name":"mine"}`, answering(`{"trustAnchor":{"trustAnchorId":"t1"}}`)), "rolesanywhere/DisableTrustAnchor", `{"trustAnchorId":"t1"}`),
			ending(match("until the OIDC provider is deleted", "iam/CreateOpenIDConnectProvider", `{"url":"https://idp.example"}`, answering(`{"openIDConnectProviderArn":"arn:aws:iam::111122223333:oidc-provider/idp.example"}`)), "iam/DeleteOpenIDConnectProvider", `{"openIDConnectProviderArn":"arn:aws:iam::111122223333:oidc-provider/idp.example"}`),
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
