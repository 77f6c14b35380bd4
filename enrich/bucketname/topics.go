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
	for _, part := range [][]topic{machinery(), data(), people(), affairs(), german(), romance(), dutch(), nordic(), farther()} {
		all = append(all, part...)
	}
	return all
}

// machinery is what runs the systems, and what opens them.
func machinery() []topic {
	const (
		state  = "infrastructure state, may contain keys"
		deploy = "infrastructure code and images"
		keys   = "secrets and keys"
		source = "source code and build artifacts"
	)
	return []topic{
		{95, state, "kops+state kops+store tfstate terraform+state tf+state tofu+state pulumi+state cluster+state remote+state kubeconfig kube+config"},
		{90, state, "kops etcd k8s+cluster kubernetes+cluster"},
		{85, state, "terraform pulumi opentofu tofu infra+state state+store velero"},
		{60, deploy, "ansible consul cloudformation kubernetes kube k8s eks cdk bootstrap"},
		{50, deploy, "disk+image vm+image machine+image golden+image docker+image vmdk ova"},
		{40, deploy, "helm infra infrastructure ami config configuration"},
		{95, keys, "credential cred password passwd htpasswd private+key ssh+key access+key signing+key signing+cert keytab"},
		{90, keys, "secret vault keystore api+key dotenv"},
		{75, keys, "ssh pki pem wallet token kms gpg pgp encryption p12"},
		{70, keys, "license+key"},
		{55, keys, "key cert certificate"},
		{65, source, "jenkins git gitlab github bitbucket repo repository firmware"},
		{45, source, "artifact artefact code src cicd registry docker build pipeline"},
	}
}

// data is copies and stores of data, and what watches over them.
func data() []topic {
	const (
		copies    = "backups and database dumps"
		databases = "databases"
		logs      = "audit and security logs"
		closed    = "marked confidential or internal"
		live      = "production"
		exports   = "exports and analytics"
		exchange  = "file exchange"
	)
	return []topic{
		{95, copies, "db+dump db+backup database+dump database+backup sql+dump sql+backup"},
		{80, copies, "backup bkp bkup bak dump snapshot disaster+recovery mysqldump pgdump"},
		{50, copies, "archive recovery restore"},
		{65, databases, "database db sql mysql mariadb postgres postgresql pgsql mssql mongo mongodb oracle redshift snowflake dynamodb rds warehouse"},
		{55, databases, "data+lake datalake etl elasticsearch opensearch databricks query+result athena+result"},
		{85, logs, "cloudtrail forensic evidence"},
		{75, logs, "siem guardduty flow+log access+log audit securityhub audit+log finding config+bucket"},
		{50, logs, "log logging trail waf incident"},
		{90, closed, "confidential classified sensitive"},
		{75, closed, "restricted proprietary nda"},
		{55, closed, "private internal intranet admin"},
		{30, live, "prod production prd live"},
		{50, exchange, "sftp ftp edi"},
		{45, exports, "export extract analytics report research"},
		{30, exports, "dataset model training"},
	}
}

// people is who could be harmed.
func people() []topic {
	const (
		staff   = "HR and payroll"
		health  = "health records"
		persons = "personal data"
		clients = "customer data"
		seen    = "audio and video recordings"
	)
	return []topic{
		{95, staff, "payroll salary payslip compensation"},
		{80, staff, "hr employee personnel human+resource workday"},
		{80, staff, "disciplinary whistleblower background+check benefit+enrollment performance+review grievance"},
		{65, staff, "staff resume cv applicant recruiting recruitment hiring"},
		{95, health, "patient hipaa phi medical+record health+record"},
		{85, health, "medical ehr emr diagnosis clinical prescription"},
		{80, health, "dicom radiology xray lab+result genomic genome vaccination"},
		{65, health, "health healthcare hospital clinic pharma"},
		{95, persons, "pii passport ssn social+security driver+license driving+license identity+document id+card"},
		{90, persons, "kyc biometric gdpr fingerprint"},
		{75, persons, "immigration visa selfie id+scan birth+certificate residence+permit"},
		{70, persons, "personal identity voter mailbox"},
		{65, seen, "recording transcript cctv footage surveillance"},
		{65, clients, "user+data userdata grade+book exam+grade"},
		{65, clients, "customer crm subscriber student donor"},
		{45, clients, "client user member contact email mail lead tenant"},
	}
}

// affairs is a company's money and its law.
func affairs() []topic {
	const (
		money = "financial data"
		law   = "legal and business documents"
	)
	return []topic{
		{90, money, "credit+card card+data bank+statement account+statement pci cardholder"},
		{80, money, "payment finance financial accounting accountant banking"},
		{80, money, "sepa iban nacha ach+file swift+message trading+position"},
		{75, money, "w2 w9 bank invoice billing tax pension treasury ledger transaction"},
		{60, money, "revenue budget loan insurance sales"},
		{45, money, "order"},
		{80, law, "merger acquisition due+diligence"},
		{60, law, "esign docusign sign+docs signature"},
		{70, law, "legal contract agreement patent litigation board+minutes"},
		{55, law, "strategy roadmap compliance procurement policy"},
	}
}

// publicWords speak of what is meant for everybody.
const publicWords = "www static asset public cdn website site web webapp frontend media image img css font " +
	"download blog landing landingpage marketing press podcast gallery brochure homepage favicon thumbnail " +
	"oeffentlich publico publica publique pubblico pubblica openbaar sitio sito spa opendata"

// harmless phrases take the weight from words that weigh by themselves.
const harmless = "secret+santa password+reset client+side contact+lens contact+lenses lead+guitar member+magazine"

// plainWords say nothing by themselves; they help to take joined names apart ("hrdata", "mycompanybackup"), and
// keep words whole that could be taken apart wrongly.
const plainWords = "data file bucket storage store my our the company corp app apps test dev stage staging qa uat " +
	"new old main master central shared team service system server cluster state remote card minutes board " +
	"eu us de uk global region upload content document doc docs info list record keyboard keynote dashboard " +
	"statement catalog catalogue dialog postcode passage santa " +
	"daten akte akten unterlagen liste listen abrechnung abrechnungen dokument dokumente archiv arbeit gegevens aangifte"
