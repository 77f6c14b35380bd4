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
			events("route53domains", "DisableDomainTransferLock", "TransferDomainToAnotherAwsAccount", "TransferDomain", "DisableDomainAutoRenew", "DeleteDomain", "RetrieveDomainAuthCode", "EnableDomainTransferLock", "EnableDomainAutoRenew", "CancelDomainTransferToAnotherAwsAccount"),
			events("route53", "AssociateVPCWithHostedZone", "CreateVPCAssociationAuthorization", "DisassociateVPCFromHostedZone", "DeleteVPCAssociationAuthorization"),
		),
		Ends: slices.Concat(
			events("route53domains", "EnableDomainTransferLock", "EnableDomainAutoRenew", "CancelDomainTransferToAnotherAwsAccount"),
			events("route53", "DisassociateVPCFromHostedZone", "DeleteVPCAssociationAuthorization"),
		),
		Match: undone(notByStack(moveDomain),
			undo{by: []string{"DisableDomainTransferLock"}, over: []string{"EnableDomainTransferLock"}, of: []string{"domainName"}},
			undo{by: []string{"DisableDomainAutoRenew"}, over: []string{"EnableDomainAutoRenew"}, of: []string{"domainName"}},
			undo{by: []string{"TransferDomainToAnotherAwsAccount"}, over: []string{"CancelDomainTransferToAnotherAwsAccount"}, of: []string{"domainName"}},
			undo{by: []string{"AssociateVPCWithHostedZone"}, over: []string{"DisassociateVPCFromHostedZone"}, of: []string{"hostedZoneId", "vPC.vPCId"}},
			undo{by: []string{"CreateVPCAssociationAuthorization"}, over: []string{"DeleteVPCAssociationAuthorization"}, of: []string{"hostedZoneId", "vPC.vPCId"}},
		),
		Examples: []detect.Example{
			ending(match("until it is locked", "route53domains/DisableDomainTransferLock", `{"domainName":"example.com"}`), "route53domains/EnableDomainTransferLock", `{"domainName":"example.com"}`),
			ending(match("until the zone is alone again", "route53/AssociateVPCWithHostedZone", `{"hostedZoneId":"Z1","vPC":{"vPCId":"vpc-1","vPCRegion":"eu-west-1"}}`), "route53/DisassociateVPCFromHostedZone", `{"hostedZoneId":"Z1","vPC":{"vPCId":"vpc-1","vPCRegion":"eu-west-1"}}`),
			match("unlocked", "route53domains/DisableDomainTransferLock", `{"domainName":"example.com"}`),
			miss("locked", "route53domains/EnableDomainTransferLock", `{"domainName":"example.com"}`),
		},
	}
}

func moveDomain(in *detect.Input) *detect.Hit {
	return tried("unlocked, transferred or shared Route 53 domain or zone {} ("+in.Record.EventName+")", "domainName", "hostedZoneId")(in)
}
