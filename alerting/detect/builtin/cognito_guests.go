package builtin

import (
	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func cognitoGuests() *detect.Rule {
	return &detect.Rule{
		ID:         "cognito-guests",
		Title:      "Cognito identity pool allows unauthenticated identities",
		Why:        "Anyone who knows the identity pool ID can get AWS credentials of its guest role without signing in.",
		Do:         "Turn off unauthenticated identities for the identity pool, or limit the guest role's policies to what everyone on the internet may do.",
		Severity:   alert.Medium,
		Techniques: []string{"T1078.004"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("cognito-identity", "CreateIdentityPool", "UpdateIdentityPool", "DeleteIdentityPool"),
		Ends:       events("cognito-identity", "UpdateIdentityPool", "DeleteIdentityPool"),
		Match:      allowGuests,
		Examples: []detect.Example{
			ending(match("until it is undone", "cognito-identity/UpdateIdentityPool", `{"identityPoolId":"eu-west-1:1","allowUnauthenticatedIdentities":true}`), "cognito-identity/UpdateIdentityPool", `{"identityPoolId":"eu-west-1:1","allowUnauthenticatedIdentities":false}`),
			match("guests", "cognito-identity/UpdateIdentityPool", `{"identityPoolId":"eu-west-1:1","identityPoolName":"app","allowUnauthenticatedIdentities":true}`),
			match("a new pool", "cognito-identity/CreateIdentityPool", `{"identityPoolName":"app","allowUnauthenticatedIdentities":true}`),
			miss("no guests", "cognito-identity/UpdateIdentityPool", `{"identityPoolId":"eu-west-1:1","identityPoolName":"app","allowUnauthenticatedIdentities":false}`),
		},
	}
}

func allowGuests(in *detect.Input) *detect.Hit {
	pool := param(in, "identityPoolId")
	if pool == "" {
		pool = in.Record.ResponseElements.Get("identityPoolId").Text()
	}
	if in.Record.EventName == "DeleteIdentityPool" {
		return over(in, "guests/"+pool, "deleted Cognito identity pool "+pool)
	}
	guests, _ := in.Record.RequestParameters.Get("allowUnauthenticatedIdentities").Bool()
	switch {
	case guests && pool == "":
		return say(in, "allowed unauthenticated identities in Cognito identity pool {}", param(in, "identityPoolName"))
	case guests:
		return episode("guests/"+pool, say(in, "allowed unauthenticated identities in Cognito identity pool {}", pool))
	default:
		return over(in, "guests/"+pool, "turned off unauthenticated identities in Cognito identity pool "+pool)
	}
}
