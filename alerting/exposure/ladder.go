package exposure

import "github.com/trailwarden/trailwarden/alerting/alert"

// ladder is how urgent a grant is by who can really use it and for what, before anything is known of the
// bucket or the caller:
//
//	critical  strangers may write or take over
//	high      strangers may read or list
//	medium    a foreign account or organization; strangers see settings or one object; narrowed by a Deny only
//	low       an address range, an organization or account that may be one's own, services without a source
//	info      private addresses, one's own organization, the same or a known account, a fixed VPC or endpoint, nobody
func ladder(w who, access Access, oneObject bool) alert.Severity {
	severity := alert.Info
	switch w.reach {
	case Internet, AnyAWS, AnyVPC:
		severity = open(access, oneObject)
	case Organization, CrossAccount:
		severity = ofTrust(w.trust)
	case AddressRange, Service:
		severity = min(ofTrust(w.trust), alert.Low)
	}
	if w.most > 0 {
		severity = min(severity, w.most)
	}
	return max(severity, w.floor)
}

func open(access Access, oneObject bool) alert.Severity {
	switch {
	case access >= Write:
		return alert.Critical
	case access >= List && !oneObject:
		return alert.High
	default:
		return alert.Medium
	}
}

func ofTrust(t trust) alert.Severity {
	switch t {
	case stranger:
		return alert.Medium
	case uncertain:
		return alert.Low
	default:
		return alert.Info
	}
}
