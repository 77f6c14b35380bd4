package builtin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func ec2SecurityGroupOpen() *detect.Rule {
	return &detect.Rule{
		ID:         "ec2-security-group-open",
		Title:      "Security group opened to the internet",
		Why:        "Ports open to 0.0.0.0/0 or ::/0 are found by scanners within minutes.",
		Do:         "Revoke the rule or limit it to the addresses that need access.",
		Severity:   alert.Medium,
		Techniques: []string{"T1562.007"},
		Controls:   []string{"CIS 5.2", "NIST SC-7"},
		Events:     events("ec2", "AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress", "DeleteSecurityGroup"),
		Ends:       events("ec2", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress", "DeleteSecurityGroup"),
		Match:      openGroup,
		Examples: []detect.Example{
			ending(match("until it is revoked", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`), "ec2/RevokeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`),
			ending(match("until it is revoked by its id", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`, answering(`{"securityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-1","ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIpv4":"0.0.0.0/0"}]}}`)), "ec2/RevokeSecurityGroupIngress", `{"groupId":"sg-1","securityGroupRuleIds":{"items":[{"securityGroupRuleId":"sgr-1"}]}}`),
			ending(match("until the rule is limited", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`, answering(`{"securityGroupRuleSet":{"items":[{"securityGroupRuleId":"sgr-1","ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIpv4":"0.0.0.0/0"}]}}`)), "ec2/ModifySecurityGroupRules", `{"ModifySecurityGroupRulesRequest":{"GroupId":"sg-1","SecurityGroupRule":{"SecurityGroupRuleId":"sgr-1","SecurityGroupRule":{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"CidrIpv4":"198.51.100.7/32"}}}}`),
			ending(match("until the group is deleted", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`), "ec2/DeleteSecurityGroup", `{"groupId":"sg-1"}`),
			match("SSH to everyone", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}`),
			match("any /0", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","cidrIp":"198.51.100.7/0","fromPort":22,"toPort":22,"ipProtocol":"tcp"}`),
			miss("one address", "ec2/AuthorizeSecurityGroupIngress", `{"groupId":"sg-1","cidrIp":"198.51.100.7/32","fromPort":22,"toPort":22,"ipProtocol":"tcp"}`),
		},
	}
}

func openGroup(in *detect.Input) *detect.Hit {
	group := "group/" + in.Record.Region + "/" + param(in, "groupId", "groupName", "ModifySecurityGroupRulesRequest.GroupId") + "/"
	switch in.Record.EventName {
	case "DeleteSecurityGroup":
		return ended(in, group)
	case "RevokeSecurityGroupIngress":
		return ended(in, revokedRules(in, group)...)
	}
	worst := 0
	var ports, states []string
	for _, rule := range groupRules(in) {
		if level := openness(rule); level > 0 {
			worst, ports = max(worst, level), append(ports, portsOf(rule))
			states = append(states, openStates(in, group, rule)...)
		}
	}
	if worst == 0 {
		return ended(in, modifiedRules(in, group)...)
	}
	slices.Sort(ports)
	about := param(in, "groupId", "groupName", "ModifySecurityGroupRulesRequest.GroupId")
	hit := lasting(say(in, "opened "+listed(slices.Compact(ports))+" to the internet in security group {}", about), states...)
	switch worst {
	case 1:
		return at(alert.Low, hit)
	case 2:
		return hit
	default:
		return at(alert.High, hit)
	}
}

// portsOf names the ports of a rule: "TCP 22", "TCP 8000-8100", "all ports".
func portsOf(rule cloudtrail.Value) string {
	protocol := strings.ToUpper(rule.Get("ipProtocol").Text())
	from, known := rule.Get("fromPort").Int()
	to, _ := rule.Get("toPort").Int()
	switch {
	case protocol == "-1" || !known || from <= 0 && (to <= 0 || to == 65535):
		return "all ports"
	case to <= from:
		return strings.TrimSpace(fmt.Sprintf("%s %d", protocol, from))
	default:
		return strings.TrimSpace(fmt.Sprintf("%s %d-%d", protocol, from, to))
	}
}

// groupRules are the rules a request adds or sets, in whichever of the three shapes it comes.
func groupRules(in *detect.Input) []cloudtrail.Value {
	p := in.Record.RequestParameters
	rules := append(p.Get("ipPermissions", "items").List(), p)
	for _, rule := range p.Get("ModifySecurityGroupRulesRequest", "SecurityGroupRule").List() {
		rules = append(rules, rule.Get("SecurityGroupRule"))
	}
	return rules
}

// openness is how bad a rule is: 0 not open to everyone, 1 web ports, 2 others, 3 ports of administration or all.
func openness(rule cloudtrail.Value) int {
	if !everyAddress(rule) {
		return 0
	}
	from, known := rule.Get("fromPort").Int()
	to, _ := rule.Get("toPort").Int()
	if rule.Get("ipProtocol").Text() == "-1" || !known || to-from > 1000 {
		return 3
	}
	if to == from && (from == 80 || from == 443) {
		return 1
	}
	for _, port := range []int64{22, 23, 445, 1433, 3306, 3389, 5432, 5985, 6379, 9200, 27017} {
		if from <= port && port <= max(to, from) {
			return 3
		}
	}
	return 2
}

// everyAddress reports whether a rule is for all addresses of IPv4 or IPv6, however it is written.
func everyAddress(rule cloudtrail.Value) bool {
	return slices.ContainsFunc(addresses(rule), func(cidr string) bool { return strings.HasSuffix(cidr, "/0") })
}

// addresses are the ranges a rule is for, in whichever of its shapes.
func addresses(rule cloudtrail.Value) []string {
	cidrs := []string{rule.Get("cidrIp").Text(), rule.Get("cidrIpv6").Text(), rule.Get("CidrIpv4").Text()}
	for _, r := range rule.Get("ipRanges", "items").List() {
		cidrs = append(cidrs, r.Get("cidrIp").Text())
	}
	for _, r := range rule.Get("ipv6Ranges", "items").List() {
		cidrs = append(cidrs, r.Get("cidrIpv6").Text())
	}
	return slices.DeleteFunc(cidrs, func(cidr string) bool { return cidr == "" })
}
