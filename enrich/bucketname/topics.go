package bucketname

// topic is words of one meaning and one weight. "kops+state" needs both words. Plurals in -s, -es and -ies need
// no entry of their own.
type topic struct {
	weight int
	reason string
	terms  string
}

// topics is the whole vocabulary.
func topics() []topic {
	var all []topic
	for _, part := range [][]topic{machinery(), data(), people(), affairs(), german(), romance(), dutch()} {
		all = append(all, part...)
	}
	return all
}

// machinery is what runs the systems, and what opens them.
func machinery() []topic {
	const (
		state  = "state of infrastructure, with keys in it"
		deploy = "what infrastructure is built from"
		keys   = "secrets and keys"
		source = "source code and its builds"
	)
	return []topic{
		{95, state, "kops+state kops+store tfstate terraform+state tf+state tofu+state pulumi+state cluster+state remote+state kubeconfig kube+config"},
		{90, state, "kops etcd"},
		{85, state, "terraform pulumi opentofu tofu infra+state state+store velero"},
		{60, deploy, "ansible consul cloudformation kubernetes kube k8s eks cdk bootstrap"},
		{40, deploy, "helm infra infrastructure ami userdata"},
		{95, keys, "credential cred password passwd htpasswd private+key ssh+key access+key signing+key keytab"},
		{90, keys, "secret vault keystore api+key dotenv"},
		{75, keys, "ssh pki pem wallet token kms gpg pgp encryption p12"},
		{55, keys, "key cert certificate"},
		{65, source, "jenkins git gitlab github bitbucket repo repository firmware"},
		{45, source, "artifact artefact code src cicd registry docker build pipeline"},
	}
}

// data is copies and stores of data, and what watches over them.
func data() []topic {
	const (
		copies    = "backups and dumps"
		databases = "databases"
		logs      = "logs and trails"
		closed    = "named as not for others"
		live      = "live systems"
		exports   = "exports and analyses"
	)
	return []topic{
		{95, copies, "db+dump db+backup database+dump database+backup sql+dump sql+backup"},
		{80, copies, "backup bkp bkup bak dump snapshot disaster+recovery mysqldump pgdump"},
		{50, copies, "archive recovery restore"},
		{65, databases, "database db sql mysql mariadb postgres postgresql pgsql mssql mongo mongodb oracle redshift snowflake dynamodb rds warehouse"},
		{55, databases, "data+lake datalake etl elasticsearch opensearch"},
		{85, logs, "cloudtrail forensic evidence"},
		{75, logs, "siem guardduty flow+log access+log audit securityhub audit+log"},
		{50, logs, "log logging trail waf incident"},
		{90, closed, "confidential classified sensitive"},
		{75, closed, "restricted proprietary nda"},
		{55, closed, "private internal intranet admin"},
		{30, live, "prod production prd live"},
		{45, exports, "export extract analytics report research"},
		{30, exports, "dataset model training"},
	}
}

// people is who could be harmed.
func people() []topic {
	const (
		staff   = "employees and their pay"
		health  = "health records"
		persons = "personal data"
		clients = "customers and contacts"
	)
	return []topic{
		{95, staff, "payroll salary payslip compensation"},
		{80, staff, "hr employee personnel human+resource workday"},
		{65, staff, "staff resume cv applicant recruiting recruitment hiring"},
		{95, health, "patient hipaa phi medical+record health+record"},
		{85, health, "medical ehr emr diagnosis clinical prescription"},
		{65, health, "health healthcare hospital clinic pharma"},
		{95, persons, "pii passport ssn social+security driver+license driving+license identity+document id+card"},
		{90, persons, "kyc biometric gdpr fingerprint"},
		{70, persons, "personal identity voter mailbox"},
		{65, clients, "customer crm subscriber student donor"},
		{45, clients, "client user member contact email mail lead tenant"},
	}
}

// affairs is a company's money and its law.
func affairs() []topic {
	const (
		money = "money and accounts"
		law   = "contracts and plans"
	)
	return []topic{
		{90, money, "credit+card card+data bank+statement account+statement pci cardholder"},
		{80, money, "payment finance financial accounting accountant banking"},
		{75, money, "bank invoice billing tax pension treasury ledger transaction"},
		{60, money, "revenue budget loan insurance sales order"},
		{80, law, "merger acquisition due+diligence"},
		{70, law, "legal contract agreement patent litigation board+minutes"},
		{55, law, "strategy roadmap compliance procurement policy"},
	}
}

func german() []topic {
	return []topic{
		{95, "employees and their pay", "gehalt gehaelter lohn loehne lohnabrechnung gehaltsabrechnung"},
		{80, "employees and their pay", "mitarbeiter bewerbung bewerbungen bewerber personalakte personalakten personalabteilung"},
		{95, "health records", "patienten krankenakte krankenakten befund befunde"},
		{65, "health records", "gesundheit krankenhaus arzt"},
		{95, "personal data", "ausweis ausweise reisepass reisepaesse"},
		{65, "customers and contacts", "kunde kunden spender"},
		{95, "secrets and keys", "passwort passwoerter kennwort kennwoerter zugangsdaten"},
		{70, "secrets and keys", "schluessel zertifikat zertifikate"},
		{90, "named as not for others", "geheim vertraulich"},
		{55, "named as not for others", "intern"},
		{80, "backups and dumps", "sicherung sicherungen datensicherung sicherungskopie"},
		{75, "money and accounts", "rechnung rechnungen buchhaltung steuer steuern finanzen konto konten kontoauszug zahlung zahlungen"},
		{70, "contracts and plans", "vertrag vertraege angebot angebote"},
		{50, "logs and trails", "protokoll protokolle"},
	}
}

// romance is French, Spanish, Portuguese and Italian; many of their words are shared.
func romance() []topic {
	return []topic{
		{95, "employees and their pay", "salaire paie bulletin+paie nomina salario folha+pagamento stipendio stipendi busta+paga buste+paga"},
		{80, "employees and their pay", "employe empleado funcionario dipendente dipendenti rh rrhh personale candidature"},
		{95, "health records", "paciente paziente pazienti dossier+medical"},
		{65, "health records", "sante salud saude salute hopital ospedale"},
		{95, "personal data", "passeport pasaporte passaporte passaporto"},
		{65, "customers and contacts", "cliente clienti"},
		{95, "secrets and keys", "mot+passe motdepasse contrasena senha credenciales credenciais credenziali identifiants"},
		{90, "secrets and keys", "secreto segredo segreto segreti"},
		{70, "secrets and keys", "clave chave chiave chiavi cle"},
		{90, "named as not for others", "confidentiel confidencial riservato riservati confidenziale"},
		{80, "backups and dumps", "sauvegarde respaldo copia+seguridad copia+seguranca salvataggio"},
		{75, "money and accounts", "facture factura fatura fattura fatture impot impuesto imposto imposte comptabilite contabilidad contabilidade contabilita"},
		{75, "money and accounts", "finanzas financas finanza financeiro banque banco banca pagamento pago paiement"},
		{70, "contracts and plans", "contrat contrato contratto contratti"},
	}
}

func dutch() []topic {
	return []topic{
		{95, "employees and their pay", "salaris salarissen loon loonstrook loonstroken"},
		{80, "employees and their pay", "medewerker personeel sollicitatie sollicitaties"},
		{65, "health records", "gezondheid ziekenhuis"},
		{95, "personal data", "paspoort paspoorten persoonsgegevens"},
		{65, "customers and contacts", "klant klanten"},
		{95, "secrets and keys", "wachtwoord wachtwoorden"},
		{70, "secrets and keys", "sleutel"},
		{90, "named as not for others", "vertrouwelijk"},
		{75, "money and accounts", "factuur facturen boekhouding belasting financien rekening rekeningen"},
		{70, "contracts and plans", "contracten"},
	}
}

// publicWords speak of what is meant for everybody.
const publicWords = "www static asset public cdn website site web webapp frontend media image img css font " +
	"download blog landing landingpage marketing press podcast gallery brochure homepage favicon thumbnail " +
	"oeffentlich publico publica publique pubblico pubblica openbaar sitio sito spa opendata"

// plainWords say nothing by themselves; they help to take joined names apart ("hrdata", "mycompanybackup"), and
// keep words whole that could be taken apart wrongly.
const plainWords = "data file bucket storage store my our the company corp app apps test dev stage staging qa uat " +
	"new old main master central shared team service system server cluster state remote card minutes board " +
	"eu us de uk global region upload content document doc docs info list record keyboard keynote dashboard " +
	"statement catalog catalogue dialog postcode passage santa"
