package builtin

import (
	"slices"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func domainMoved() *detect.Rule {
	return &detect.Rule{
		ID:         "domain-moved",
		Title:      "Route 53 domain unlocked, transferred or zone shared",
		Why:        "Anyone who controls the domain or hosted zone controls its email and websites.",
		Do:         "Lock the domain again, undo the hosted zone association and contact the domain owner now.",
		Severity:   alert.Medium,
		Techniques: []string{"T1584.001", "T1078"},
		Controls:   []string{"NIST SC-20"},
		Events: slices.Concat(
			events("route53domains", "DisableDomainTransferLock", "TransferDomainToAnotherAwsAccount", "TransferDomain", "DisableDomainAutoRenew", "DeleteDomain", "RetrieveDomainAuthCode"),
			events("route53", "AssociateVPCWithHostedZone", "CreateVPCAssociationAuthorization"),
		),
		NoEnd: unproven,
		Match: notByStack(moveDomain),
		Examples: []detect.Example{
			match("unlocked", "route53domains/DisableDomainTransferLock", `{"domainName":"example.com"}`),
			miss("locked", "route53domains/EnableDomainTransferLock", `{"domainName":"example.com"}`),
		},
	}
}

func moveDomain(in *detect.Input) *detect.Hit {
	return tried("unlocked, transferred or shared Route 53 domain or zone {} ("+in.Record.EventName+")", "domainName", "hostedZoneId")(in)
}
