package webhook

import (
	"fmt"
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
	UID     string  `json:"uid"`
	Version string  `json:"version"`
	Product product `json:"product"`
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
	FirstSeenTime int64    `json:"first_seen_time"`
	LastSeenTime  int64    `json:"last_seen_time"`
	SrcURL        string   `json:"src_url,omitempty"`
	Analytic      analytic `json:"analytic"`
	Attacks       []attack `json:"attacks,omitempty"`
	RelatedEvents []uid    `json:"related_events,omitempty"`
}

type analytic struct {
	UID    string `json:"uid"`
	TypeID int    `json:"type_id"` // 1: rule
}

type attack struct {
	Technique uid `json:"technique"`
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
	UID  string `json:"uid"`
	Name string `json:"name,omitempty"`
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
	User    user    `json:"user"`
	Session session `json:"session"`
}

type user struct {
	UID  string `json:"uid"`
	Name string `json:"name"`
	Type string `json:"type"`
}

type session struct {
	UID    string `json:"uid,omitempty"`
	Issuer string `json:"issuer,omitempty"`
}

type endpoint struct {
	IP       string   `json:"ip"`
	Location location `json:"location"`
	AS       as       `json:"autonomous_system"`
	Type     string   `json:"type,omitempty"` // kind of network
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
	Operation string   `json:"operation"`
	Response  response `json:"response"`
}

type response struct {
	Error string `json:"error,omitempty"`
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
		RiskScore: a.Score, Message: wording.Sentence(a, 1000),
		Metadata:    metadata{UID: fmt.Sprintf("%s:%d", a.ID, a.Revision), Version: ocsfVersion, Product: product{Name: "Trailwarden", VendorName: "Trailwarden"}},
		FindingInfo: n.findingInfo(a),
		Cloud:       cloud{Provider: "AWS", Region: known(a.Region), Account: account{UID: safetext.Line(a.AccountID), Name: safetext.Line(a.AccountName)}},
		Resources:   resources(a),
		Evidences:   []evidence{evidenceOf(a)},
		Unmapped: map[string]any{
			"factors": a.Factors, "exposure": a.Exposure, "sensitivity": a.Sensitivity, "attempt": a.Attempt, "timeline": a.Timeline,
			"controls": a.Controls, "resolving_event_ids": a.ResolvingEventIDs,
		},
	}
	f.StatusID, f.Status = status(a.Status)
	if a.Status == alert.Resolved {
		f.StatusDetail = wording.Closing(a)
	}
	if text := strings.TrimSpace(safetext.Line(a.Do) + "\n" + strings.Join(a.Remediation, "\n")); text != "" {
		f.Remediation = &remediation{Desc: text}
	}
	return f
}

func (n *Notifier) findingInfo(a *alert.Alert) findingInfo {
	info := findingInfo{
		UID: a.ID, Title: wording.Title(a), Desc: safetext.Line(a.Summary),
		CreatedTime: a.EventTime.UnixMilli(), FirstSeenTime: a.FirstSeen.UnixMilli(), LastSeenTime: a.LastSeen.UnixMilli(),
		Analytic: analytic{UID: safetext.Line(a.RuleID), TypeID: 1},
	}
	if n.opts.Page != nil {
		info.SrcURL = n.opts.Page(a.ID)
	}
	for _, t := range a.Techniques {
		info.Attacks = append(info.Attacks, attack{uid{safetext.Line(t)}})
	}
	for _, id := range a.EventIDs {
		info.RelatedEvents = append(info.RelatedEvents, uid{safetext.Line(id)})
	}
	return info
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
	return evidence{
		Actor: actor{
			User:    user{UID: safetext.Line(a.Actor.ARN), Name: safetext.Line(a.Actor.Name), Type: safetext.Line(a.Actor.Type)},
			Session: session{UID: known(a.Actor.Session), Issuer: known(a.Actor.Issuer)},
		},
		SrcEndpoint: endpoint{
			IP: safetext.Line(a.Source.IP), Type: known(a.Source.Network),
			Location: location{Country: known(a.Source.Country), City: known(a.Source.City)},
			AS:       as{Number: a.Source.ASN, Name: known(a.Source.Org)},
		},
		API: api{Operation: safetext.Line(a.EventName), Response: response{Error: safetext.Line(a.ErrorCode)}},
	}
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
