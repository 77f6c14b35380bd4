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
		Events:     events("ssm", "ModifyDocumentPermission", "UpdateServiceSetting", "DeleteDocument"),
		Ends:       events("ssm", "ModifyDocumentPermission", "UpdateServiceSetting", "DeleteDocument"),
		Match:      shareDocument,
		Examples: []detect.Example{
			ending(match("until it is private", "ssm/ModifyDocumentPermission", `{"name":"d","accountIdsToAdd":["all"]}`), "ssm/ModifyDocumentPermission", `{"name":"d","accountIdsToRemove":["all"]}`),
			ending(match("until it is deleted", "ssm/ModifyDocumentPermission", `{"name":"d","accountIdsToAdd":["all"]}`), "ssm/DeleteDocument", `{"name":"d"}`),
			ending(match("until sharing is blocked", "ssm/UpdateServiceSetting", `{"settingId":"/ssm/documents/console/public-sharing-permission","settingValue":"Enable"}`), "ssm/UpdateServiceSetting", `{"settingId":"/ssm/documents/console/public-sharing-permission","settingValue":"Disable"}`),
			match("everyone", "ssm/ModifyDocumentPermission", `{"name":"d","accountIdsToAdd":["all"]}`),
			miss("own account", "ssm/ModifyDocumentPermission", `{"name":"d","accountIdsToAdd":["111122223333"]}`),
		},
	}
}

func shareDocument(in *detect.Input) *detect.Hit {
	p := in.Record.RequestParameters
	setting, document := "setting/"+in.Record.Region, "document/"+in.Record.Region+"/"+lastPart(param(in, "name"))+"/"
	switch in.Record.EventName {
	case "DeleteDocument":
		return ended(in, document)
	case "UpdateServiceSetting":
		switch {
		case !strings.Contains(param(in, "settingId"), "public-sharing-permission"):
			return nil
		case param(in, "settingValue") == "Enable":
			return lasting(say(in, "allowed public sharing of Systems Manager documents", ""), setting)
		case param(in, "settingValue") == "Disable":
			return ended(in, setting)
		}
		return nil
	}
	accounts := p.Get("accountIdsToAdd").Texts()
	everyone := func(account string) bool { return strings.EqualFold(account, "all") }
	public := slices.ContainsFunc(accounts, everyone)
	added := slices.DeleteFunc(slices.Clone(accounts), func(account string) bool { return !everyone(account) && ownAccount(in, account) })
	who := externals(in, slices.DeleteFunc(accounts, everyone))
	over := prefixed(document, lowered(p.Get("accountIdsToRemove").Texts()))
	var hit *detect.Hit
	switch {
	case public:
		if who != "" {
			who = " and shared it with " + who
		}
		hit = at(alert.High, say(in, "made Systems Manager document {} public"+who, param(in, "name")))
	case who != "":
		hit = say(in, "shared Systems Manager document {} with "+who, param(in, "name"))
	}
	if hit == nil {
		return ended(in, over...)
	}
	return lasting(hit, prefixed(document, lowered(added))...)
}

func lowered(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = strings.ToLower(text)
	}
	return out
}
