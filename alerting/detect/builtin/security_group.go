package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

// groupStates names a rule of a security group once for each of its ranges, by protocol, ports and range.
func groupStates(group string, rule cloudtrail.Value) []string {
	var out []string
	for _, cidr := range addresses(rule) {
		out = append(out, strings.Join([]string{group + rule.Get("ipProtocol").Text(), rule.Get("fromPort").Text(), rule.Get("toPort").Text(), cidr}, " "))
	}
	return out
}

// authorizedRules names the rules that a call added to a group.
func authorizedRules(in *detect.Input, group string) []string {
	var out []string
	for _, rule := range groupRules(in) {
		out = append(out, identified(in, group, groupStates(group, rule))...)
	}
	return out
}

// openStates names what of a rule is open to all addresses.
func openStates(in *detect.Input, group string, rule cloudtrail.Value) []string {
	return identified(in, group, slices.DeleteFunc(groupStates(group, rule), func(state string) bool { return !strings.HasSuffix(state, "/0") }))
}

// identified names rules by their ids as well where the record has them.
func identified(in *detect.Input, group string, states []string) []string {
	ids := map[string]string{}
	for _, made := range in.Record.ResponseElements.Get("securityGroupRuleSet", "items").List() {
		for _, state := range groupStates(group, made) {
			ids[state] = made.Get("securityGroupRuleId").Text()
		}
	}
	for _, set := range in.Record.RequestParameters.Get("ModifySecurityGroupRulesRequest", "SecurityGroupRule").List() {
		for _, state := range groupStates(group, set.Get("SecurityGroupRule")) {
			ids[state] = set.Get("SecurityGroupRuleId").Text()
		}
	}
	for n, state := range states {
		if id := ids[state]; id != "" {
			states[n] += detect.Alias + group + id
		}
	}
	return states
}

// revokedRules names the rules that a call took out of a group, by their ids or by what they are.
func revokedRules(in *detect.Input, group string) []string {
	var out []string
	for _, rule := range groupRules(in) {
		out = append(out, groupStates(group, rule)...)
	}
	for _, rule := range in.Record.ResponseElements.Get("revokedSecurityGroupRuleSet", "items").List() {
		out = append(out, groupStates(group, rule)...)
	}
	for _, path := range []string{"securityGroupRuleIds.items[].securityGroupRuleId", "securityGroupRuleIds"} {
		for _, id := range textsAt(in.Record.RequestParameters, path) {
			out = append(out, group+id)
		}
	}
	return out
}

// modifiedRules names, by their ids, the rules that a call set to something else.
func modifiedRules(in *detect.Input, group string) []string {
	var out []string
	for _, set := range in.Record.RequestParameters.Get("ModifySecurityGroupRulesRequest", "SecurityGroupRule").List() {
		if id := set.Get("SecurityGroupRuleId").Text(); id != "" {
			out = append(out, group+id)
		}
	}
	return out
}
