package builtin

import (
	"slices"
	"strings"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
)

func ssmDocumentShared() *detect.Rule {
	return &detect.Rule{
		ID:         "ssm-document-shared",
		Title:      "Systems Manager document shared externally or publicly",
		Why:        "External accounts can read the document, including secrets in it.",
		Do:         "Remove the permission and rotate secrets in the document.",
		Severity:   alert.Medium,
		Techniques: []string{"T1537"},
		Controls:   []string{"NIST AC-3"},
		Events:     events("ssm", "ModifyDocumentPermission", "UpdateServiceSetting"),
		NoEnd:      unproven,
		Match:      shareDocument,
		Examples: []detect.Example{
			match("everyone", "ssm/ModifyDocumentPermission", `{"name":"d","accountIdsToAdd":["all"]}`),
			miss("own account", "ssm/ModifyDocumentPermission", `{"name":"d","accountIdsToAdd":["111122223333"]}`),
		},
	}
}

func shareDocument(in *detect.Input) *detect.Hit {
	if in.Record.EventName == "UpdateServiceSetting" {
		if !strings.Contains(param(in, "settingId"), "public-sharing-permission") || param(in, "settingValue") != "Enable" {
			return nil
		}
		return say(in, "allowed public sharing of Systems Manager documents", "")
	}
	accounts := in.Record.RequestParameters.Get("accountIdsToAdd").Texts()
	public := slices.ContainsFunc(accounts, func(account string) bool { return strings.EqualFold(account, "all") })
	who := externals(in, slices.DeleteFunc(accounts, func(account string) bool { return strings.EqualFold(account, "all") }))
	switch {
	case public:
		if who != "" {
			who = " and shared it with " + who
		}
		return at(alert.High, say(in, "made Systems Manager document {} public"+who, param(in, "name")))
	case who != "":
		return say(in, "shared Systems Manager document {} with "+who, param(in, "name"))
	}
	return nil
}
