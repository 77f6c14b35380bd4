package webhook

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/notify/safetext"
	"github.com/trailwarden/trailwarden/alerting/notify/wording"
)

// Numbers of OCSF 1.3, "Detection Finding".
const (
	ocsfVersion    = "1.3.0"
	categoryUID    = 2
	classUID       = 2004
	activityCreate = 1
	activityUpdate = 2
	activityClose  = 3
	analyticRule   = 1  // analytic.type_id
	accountAWS     = 10 // account.type_id
)

type finding struct {
	ActivityID   int            `json:"activity_id"`
	CategoryUID  int            `json:"category_uid"`
	ClassUID     int            `json:"class_uid"`
	TypeUID      int            `json:"type_uid"`
	Time         int64          `json:"time"` // of the last change, milliseconds of Unix time, as all times here
	SeverityID   int            `json:"severity_id"`
	Severity     string         `json:"severity"`
	StatusID     int            `json:"status_id"`
	Status       string         `json:"status"`
	StatusDetail string         `json:"status_detail,omitempty"`
	ConfidenceID int            `json:"confidence_id,omitempty"` // 2 medium, 3 high
	RiskScore    int            `json:"risk_score"`
	Message      string         `json:"message"`
	Metadata     metadata       `json:"metadata"`
	FindingInfo  findingInfo    `json:"finding_info"`
	Cloud        cloud          `json:"cloud"`
	Resources    []resource     `json:"resources"`
	Evidences    []evidence     `json:"evidences"`
	Remediation  *remediation   `json:"remediation,omitempty"`
	Unmapped     map[string]any `json:"unmapped"`
}

type metadata struct {
	UID      string   `json:"uid"`
	Version  string   `json:"version"`
	Product  product  `json:"product"`
	Profiles []string `json:"profiles"`
}

type product struct {
	Name       string `json:"name"`
	VendorName string `json:"vendor_name"`
}

type findingInfo struct {
	UID           string   `json:"uid"`
	Title         string   `json:"title"`
	Desc          string   `json:"desc"`
	CreatedTime   int64    `json:"created_time"`
	ModifiedTime  int64    `json:"modified_time"`
	FirstSeenTime int64    `json:"first_seen_time"`
	LastSeenTime  int64    `json:"last_seen_time"`
	SrcURL        string   `json:"src_url,omitempty"`
	Analytic      analytic `json:"analytic"`
	Attacks       []attack `json:"attacks,omitempty"`
	RelatedEvents []uid    `json:"related_events,omitempty"`
}

type analytic struct {
	UID    string `json:"uid"`
	Name   string `json:"name,omitempty"`
	Type   string `json:"type"`
	TypeID int    `json:"type_id"`
}

type attack struct {
	Technique    uid  `json:"technique"`
	SubTechnique *uid `json:"sub_technique,omitempty"`
}

type uid struct {
	UID string `json:"uid"`
}

type cloud struct {
	Provider string  `json:"provider"`
	Region   string  `json:"region,omitempty"`
	Account  account `json:"account"`
}

type account struct {
	UID    string `json:"uid"`
	Name   string `json:"name,omitempty"`
	Type   string `json:"type"`
	TypeID int    `json:"type_id"`
}

type resource struct {
	UID  string `json:"uid"`
	Name string `json:"name,omitempty"`
	Type string `json:"type"`
}

type evidence struct {
	Actor       actor    `json:"actor"`
	SrcEndpoint endpoint `json:"src_endpoint"`
	API         api      `json:"api"`
}

type actor struct {
	User    user     `json:"user"`
	Session *session `json:"session,omitempty"`
}

type user struct {
	UID    string `json:"uid"`
	Name   string `json:"name"`
	Type   string `json:"type"`
	TypeID int    `json:"type_id"`
}

type session struct {
	UID    string `json:"uid,omitempty"`
	Issuer string `json:"issuer,omitempty"`
}

// endpoint has an address, or the name of the service that made the call.
type endpoint struct {
	IP       string    `json:"ip,omitempty"`
	SvcName  string    `json:"svc_name,omitempty"`
	Location *location `json:"location,omitempty"`
	AS       *as       `json:"autonomous_system,omitempty"`
}

type location struct {
	Country string `json:"country,omitempty"`
	City    string `json:"city,omitempty"`
}

type as struct {
	Number uint32 `json:"number,omitempty"`
	Name   string `json:"name,omitempty"`
}

type api struct {
	Operation string    `json:"operation"`
	Response  *response `json:"response,omitempty"`
}

type response struct {
	Error string `json:"error"`
}

type remediation struct {
	Desc string `json:"desc"`
}

// finding is the alert in the words of OCSF; what OCSF has no word for stands under unmapped.
func (n *Notifier) finding(a *alert.Alert, first bool) finding {
	activity := activityUpdate
	switch {
	case a.Status == alert.Resolved:
		activity = activityClose
	case first:
		activity = activityCreate
	}
	f := finding{
		ActivityID: activity, CategoryUID: categoryUID, ClassUID: classUID, TypeUID: classUID*100 + activity,
		Time: a.LastSeen.UnixMilli(), SeverityID: int(a.Severity) + 1, Severity: title(a.Severity.String()),
		ConfidenceID: confidence(a), RiskScore: a.Score, Message: wording.Sentence(a, 1000),
		Metadata:    metadata{UID: fmt.Sprintf("%s:%d", a.ID, a.Revision), Version: ocsfVersion, Product: product{Name: "Trailwarden", VendorName: "Trailwarden"}, Profiles: []string{"cloud"}},
		FindingInfo: n.findingInfo(a),
		Cloud: cloud{Provider: "AWS", Region: known(a.Region), Account: account{
			UID: safetext.Line(a.AccountID), Name: safetext.Line(a.AccountName), Type: "AWS Account", TypeID: accountAWS,
		}},
		Resources: resources(a),
		Evidences: []evidence{evidenceOf(a)},
		Unmapped: map[string]any{
			"factors": a.Factors, "exposure": a.Exposure, "sensitivity": a.Sensitivity, "attempt": a.Attempt, "timeline": a.Timeline,
			"source": a.Source, "controls": a.Controls, "resolving_event_ids": a.ResolvingEventIDs,
		},
	}
	f.StatusID, f.Status = status(a.Status)
	if a.Status == alert.Resolved {
		f.StatusDetail = wording.Closing(a)
	}
	if text := strings.TrimSpace(strings.Join(slices.Concat([]string{safetext.Line(a.Do)}, a.RemediationNotes, a.Remediation), "\n")); text != "" {
		f.Remediation = &remediation{Desc: text}
	}
	return f
}

func (n *Notifier) findingInfo(a *alert.Alert) findingInfo {
	info := findingInfo{
		UID: a.ID, Title: wording.Title(a), Desc: safetext.Line(a.Summary),
		CreatedTime: a.EventTime.UnixMilli(), ModifiedTime: a.LastSeen.UnixMilli(), FirstSeenTime: a.FirstSeen.UnixMilli(), LastSeenTime: a.LastSeen.UnixMilli(),
		Analytic: analytic{UID: safetext.Line(a.RuleID), Name: safetext.Line(a.Title), Type: "Rule", TypeID: analyticRule},
	}
	if n.opts.Page != nil {
		info.SrcURL = n.opts.Page(a.ID)
	}
	for _, t := range a.Techniques {
		info.Attacks = append(info.Attacks, attackOf(safetext.Line(t)))
	}
	for _, id := range a.EventIDs {
		info.RelatedEvents = append(info.RelatedEvents, uid{safetext.Line(id)})
	}
	return info
}

// attackOf names a technique, and the sub-technique where the id is one's: T1562.007.
func attackOf(id string) attack {
	technique, _, isSub := strings.Cut(id, ".")
	if !isSub {
		return attack{Technique: uid{id}}
	}
	return attack{Technique: uid{technique}, SubTechnique: &uid{id}}
}

// confidence is how sure it is that the exposure works; 0 of an alert about none.
func confidence(a *alert.Alert) int {
	switch {
	case a.Exposure == nil:
		return 0
	case a.Exposure.Confidence == "confirmed":
		return 3
	default:
		return 2
	}
}

func resources(a *alert.Alert) []resource {
	if len(a.Buckets) < 2 {
		kind := "AWS::S3::Bucket"
		if a.Bucket == "" {
			kind = "AWS resource"
		}
		return []resource{{UID: safetext.Line(a.Resource), Name: safetext.Line(a.Bucket), Type: kind}}
	}
	all := make([]resource, 0, len(a.Buckets))
	for _, b := range a.Buckets {
		name := safetext.Line(b.Bucket)
		all = append(all, resource{UID: "arn:aws:s3:::" + name, Name: name, Type: "AWS::S3::Bucket"})
	}
	return all
}

func evidenceOf(a *alert.Alert) evidence {
	e := evidence{
		Actor:       actor{User: user{UID: safetext.Line(a.Actor.ARN), Name: safetext.Line(a.Actor.Name), Type: safetext.Line(a.Actor.Type), TypeID: userType(a.Actor.Type)}},
		SrcEndpoint: source(&a.Source),
		API:         api{Operation: cmp.Or(safetext.Line(a.EventName), alert.Unknown)},
	}
	if s := (session{UID: known(a.Actor.Session), Issuer: known(a.Actor.Issuer)}); s != (session{}) {
		e.Actor.Session = &s
	}
	if text := safetext.Line(a.ErrorCode); text != "" {
		e.API.Response = &response{text}
	}
	return e
}

// userType is user.type_id: 1 user, 2 admin, 3 system, 0 unknown, 99 other.
func userType(kind string) int {
	switch kind {
	case "IAMUser", "AssumedRole", "FederatedUser", "IdentityCenterUser", "SAMLUser", "WebIdentityUser", "Role":
		return 1
	case "Root":
		return 2
	case "AWSService":
		return 3
	case "", alert.Unknown:
		return 0
	default:
		return 99
	}
}

func source(s *alert.Source) endpoint {
	var e endpoint
	if addr, err := netip.ParseAddr(s.IP); err == nil {
		e.IP = addr.String()
	} else {
		e.SvcName = cmp.Or(safetext.Line(s.IP), alert.Unknown)
	}
	if l := (location{Country: known(s.Country), City: known(s.City)}); l != (location{}) {
		e.Location = &l
	}
	if n := (as{Number: s.ASN, Name: known(s.Org)}); n != (as{}) {
		e.AS = &n
	}
	return e
}

func status(s alert.Status) (id int, name string) {
	switch s {
	case alert.Acknowledged:
		return 2, "In Progress"
	case alert.Suppressed:
		return 3, "Suppressed"
	case alert.Resolved:
		return 4, "Resolved"
	default:
		return 1, "New"
	}
}

// known leaves out what is unknown, as OCSF does.
func known(s string) string {
	if s == alert.Unknown {
		return ""
	}
	return safetext.Line(s)
}

func title(s string) string {
	if s == "info" {
		return "Informational"
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
