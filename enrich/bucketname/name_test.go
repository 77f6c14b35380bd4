package bucketname_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/enrich/bucketname"
)

func TestSensitiveNames(t *testing.T) {
	v := bucketname.New(nil)
	for _, tc := range []struct {
		name   string
		least  int
		reason string // part of the first reason
	}{
		{"kops-state", 95, `"kops" and "state": infrastructure state, may contain keys`},
		{"kopsstate", 95, `"kops" and "state"`},
		{"acme.kops.state.store", 95, `"kops"`},
		{"acme-tfstate-prod", 95, `"tfstate"`},
		{"acme-terraform-state-eu1", 95, `"terraform" and "state"`},
		{"acme-tf-state", 95, `"tf" and "state"`},
		{"clusterkubeconfig", 95, `"kubeconfig"`},
		{"k8s-artifacts", 60, `"k8s"`},
		{"velero-eks", 85, `"velero"`},
		{"acme-dbdump", 95, `"db" and "dump"`},
		{"mysql_backups_2024", 80, `"backup"`},
		{"hrpayroll", 95, `"payroll": HR and payroll`},
		{"payroll-exports", 95, `"payroll"`},
		{"company.hr", 80, `"hr"`},
		{"hr2024data", 80, `"hr"`},
		{"salaries", 95, `"salary"`},
		{"passport-scans", 95, `"passport"`},
		{"app-pii-prod", 95, `"pii"`},
		{"patientrecords", 95, `"patient"`},
		{"customer-uploads", 65, `"customer"`},
		{"acme-cloudtrail-logs", 85, `"cloudtrail"`},
		{"org-access-logs", 75, `"access" and "log"`},
		{"prod-assets-internal", 10, "internal"},
		{"invoices2023", 75, `"invoice"`},
		{"creditcards", 90, `"credit" and "card"`},
		{"api-keys", 90, `"api" and "key"`},
		{"mycompanybackup", 80, `"backup"`},
		{"www-backup-secrets", 90, `"secret"`},
		{"LegalContracts", 70, `legal`},
		// other languages
		{"gehaltsabrechnung-2024", 95, "pay"},
		{"kundendaten-sicherung", 80, `"sicherung"`},
		{"rechnungen", 75, "money"},
		{"passwoerter", 95, "keys"},
		{"bulletins-de-paie", 95, "pay"},
		{"factures-clients", 75, "money"},
		{"sauvegardes", 80, "backups"},
		{"nominas-2023", 95, "pay"},
		{"contrasenas", 95, "keys"},
		{"folha-de-pagamento", 95, "pay"},
		{"senhas", 95, "keys"},
		{"buste-paga", 95, "pay"},
		{"fatture-2024", 75, "money"},
		{"loonstroken", 95, "pay"},
		{"wachtwoorden", 95, "keys"},
	} {
		got := v.Look(tc.name)
		if got.Sensitivity < tc.least || got.Sensitivity > 100 {
			t.Errorf("%s: sensitivity %d, want %d or more (%q)", tc.name, got.Sensitivity, tc.least, got.Reasons)
		}
		if len(got.Reasons) == 0 || !strings.Contains(got.Reasons[0], tc.reason) {
			t.Errorf("%s: reasons %q, want %q first", tc.name, got.Reasons, tc.reason)
		}
	}
}

func TestHarmlessNames(t *testing.T) {
	v := bucketname.New(nil)
	for _, name := range []string{
		"", "charity-run-2024", "mission-statement", "shrimp", "chris-three", "bankrupt", "keyboard", "prodigy",
		"taxonomy", "logistics", "dialog", "secretary", "secret-santa", "secretsanta", "upstate", "estate", "kopsidas",
		"my-bucket", "team-files", "dbl", "catalog", "monkey-island", "states", "dumpling-recipes", "hydro", "xhrx",
		"www.example.com", "static.example.org", "assets", "acme-cdn", "website-images", "a1b2c3d4e5",
	} {
		if got := v.Look(name); got.Sensitivity != 0 || len(got.Reasons) != 0 {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestPublicNames(t *testing.T) {
	v := bucketname.New(nil)
	for name, want := range map[string]bool{
		"www.example.com": true, "example.org": true, "charity.example.co.uk": true, "acme-static": true,
		"staticassets": true, "public-downloads": true, "images2024": true, "charity-website": true, "blog": true,
		"acme.data": false, "kops-state": false, "cdk-hnb659fds-assets-111122223333": false, "republic": false, "": false,
	} {
		if got := v.Look(name).Public; got != want {
			t.Errorf("%s: public %v", name, got)
		}
	}
	if got := v.Look("www.health-charity.org").Sensitivity; got > 40 {
		t.Errorf("a public site about health: %d", got)
	}
	if got := v.Look("cdk-hnb659fds-assets-111122223333").Sensitivity; got < 50 {
		t.Errorf("assets of the CDK: %d", got)
	}
}

func TestFurtherReasonsAdd(t *testing.T) {
	v := bucketname.New(nil)
	one, two := v.Look("invoices"), v.Look("invoices-prod")
	if two.Sensitivity <= one.Sensitivity || len(two.Reasons) != 2 {
		t.Errorf("got %+v, then %+v", one, two)
	}
	if again := v.Look("invoices-invoice-billing"); len(again.Reasons) != 1 {
		t.Errorf("a reason counts once: %+v", again)
	}
}

func TestPatternsDecideAlone(t *testing.T) {
	v := bucketname.New(bucketname.Config{
		{Match: "*-payroll-demo", Sensitivity: 0, Reason: "invented figures"},
		{Match: "*payroll*", Sensitivity: 90, Reason: "salaries"},
		{Match: "team-?", Sensitivity: 20},
	})
	for name, want := range map[string]bucketname.Name{
		"acme-payroll-demo":  {Public: true},
		"ACME-Payroll":       {Sensitivity: 90, Reasons: []string{`configured pattern "*payroll*": salaries`}},
		"www.payroll.com":    {Sensitivity: 90, Reasons: []string{`configured pattern "*payroll*": salaries`}},
		"team-a":             {Sensitivity: 20, Reasons: []string{`configured pattern "team-?"`}},
		"team-ab":            {},
		"acme-payroll-demo2": {Sensitivity: 90, Reasons: []string{`configured pattern "*payroll*": salaries`}},
	} {
		got := v.Look(name)
		if got.Sensitivity != want.Sensitivity || got.Public != want.Public || !slices.Equal(got.Reasons, want.Reasons) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestSeparatorsDoNotMatter(t *testing.T) {
	v := bucketname.New(nil)
	rapid.Check(t, func(t *rapid.T) {
		words := []string{"kops", "state", "payroll", "backup", "prod", "run"}
		picked := rapid.SliceOfN(rapid.SampledFrom(words), 1, 4).Draw(t, "words")
		want := v.Look(strings.Join(picked, "-"))
		for _, sep := range []string{".", "_", "2", "--"} {
			if got := v.Look(strings.Join(picked, sep)); got.Sensitivity != want.Sensitivity {
				t.Fatalf("%v joined by %q: %d, by -: %d", picked, sep, got.Sensitivity, want.Sensitivity)
			}
		}
	})
}

func TestValidate(t *testing.T) {
	var got []string
	bucketname.Config{{Match: "a", Sensitivity: 101}, {Sensitivity: -1}, {Match: "b"}}.
		Validate(func(path, problem string) { got = append(got, path) })
	if want := []string{"[0].sensitivity", "[1].match", "[1].sensitivity"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzLook(f *testing.F) {
	v := bucketname.New(bucketname.Config{{Match: "*x?y*", Sensitivity: 50}})
	f.Add("kops-state")
	f.Add("a.b..c-é-2024")
	f.Fuzz(func(t *testing.T, name string) {
		got := v.Look(name)
		if got.Sensitivity < 0 || got.Sensitivity > 100 || (got.Sensitivity > 0) != (len(got.Reasons) > 0) {
			t.Errorf("%q: %+v", name, got)
		}
	})
}

func BenchmarkLook(b *testing.B) {
	v := bucketname.New(nil)
	b.ReportAllocs()
	for b.Loop() {
		v.Look("acme-terraformstate-prod-eu-west-1")
	}
}
