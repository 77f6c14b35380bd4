package bucketname_test

import (
	"strings"
	"testing"

	"github.com/trailwarden/trailwarden/enrich/bucketname"
)

// TestNamesAsPeopleGiveThem holds the vocabulary to names of many kinds of bucket, in several languages.
func TestNamesAsPeopleGiveThem(t *testing.T) {
	v := bucketname.New(nil)
	for name := range strings.FieldsSeq(`
		acme-prod-tfstate terraform-remote-state-eu-west-1 company-terraform-backend kops-state-store
		eks-kubeconfig-backup acme-hr companyX-hr-dokumente hr-documents-2024 kunden-rechnungen rechnungen-archiv
		lohnabrechnungen-2025 personalakten gehaltslisten bewerbungsunterlagen kundendaten-export backup-db-prod
		prod-db-dumps mysql-backups rds-snapshots-export nominas-2024 sueldos facturas-clientes historias-clinicas
		contratos-firmados copias-de-seguridad paie-rh bulletins-de-paie dossiers-medicaux factures-clients-2023
		folha-de-pagamento dados-pessoais documenti-riservati buste-paga klantgegevens loonstroken-2024
		wyplaty-pracownikow faktury-2024 lonspecifikationer passport-scans customer-passports-kyc patient-records-prod
		medical-imaging-dicom payroll-exports w2-forms tax-returns-2023 invoices-archive credit-card-data pci-vault
		bank-statements secrets-manager-export acme-ssh-keys private-keys api-keys-backup
		aws-cloudtrail-logs-111122223333-abcdef org-audit-logs vpc-flow-logs elasticsearch-snapshots cassandra-backup-prod
		mongodb-dump postgres-wal-archive gitlab-backups jenkins-artifacts vault-storage-prod pii-data-lake gdpr-exports
		legal-contracts nda-signed board-minutes merger-docs crm-export salesforce-backup userdata-prod customers-db
		student-records voter-data mailbox-archive exchange-pst-backup passwords keepass-db acme-finance-reports
		q3-financials insurance-claims dev-credentials confidential-docs internal-wiki-backup velero-backups emr-logs
		macie-findings config-bucket-111122223333 connect-call-recordings chat-transcripts voice-recordings cctv-footage
		ach-files swift-messages sepa-xml iban-list trading-positions lab-results genomics-raw xray-scans
		immigration-visas drivers-license-images selfie-verification id-scans e-sign-docs whistleblower-reports
		disciplinary-cases exam-grades mobile-signing-certs android-keystore license-keys s3-access-logs sap-hana-backup
		sharepoint-backup hcm-workday-feed benefits-enrollment background-checks visa-applications steuerunterlagen
		arbeitsvertraege krankmeldungen patientendaten mitarbeiterdaten zeugnisse datos-personales expedientes-empleados
		declaracion-impuestos contrasenas fichiers-clients donnees-personnelles arrets-maladie mots-de-passe
		cartelle-cliniche dati-personali cedolini prontuarios senhas notas-fiscais personeelsdossiers belastingaangifte
		lonesedler kundedata henkilotiedot umowy-pracownicze hasla-backup dane-osobowe kyuyo-meisai kokyaku acmeprodbackup
		AcmePayroll2024 acme_customer_db prod.db.backup backup2024 dbdump20240131 usersdump sqlbackups`) {
		if got := v.Look(name); got.Sensitivity < 60 {
			t.Errorf("%s is sensitive, got %d: %q", name, got.Sensitivity, got.Reasons)
		}
	}
	for name := range strings.FieldsSeq(`
		argo-artifacts lambda-code-deploy docker-registry-prod vm-images disk-images golden-images vmware-ova ami-export sftp-uploads
		alb-logs athena-query-results databricks-root-prod ses-inbound-mails cdk-hnb659fds-assets-111122223333-eu-west-1
		codepipeline-eu-west-1-123456789 password-reset-emails order-of-the-phoenix`) {
		if got := v.Look(name); got.Sensitivity < 40 || got.Sensitivity > 60 || got.Public {
			t.Errorf("%s is of some worth, got %d, public %v: %q", name, got.Sensitivity, got.Public, got.Reasons)
		}
	}
	for name := range strings.FieldsSeq(`
		prodigy-games statement-art keynote-slides monkey-photos turkey-recipes hockey-league state-fair-photos
		real-estate-listings estate-agents healthy-recipes chris-photos threads-app shrimp-farm three-d-models logo-files
		blogosphere catalog-images dialogue-tool analog-synths logistics-tracker theology-books bankside-theatre
		dumpling-house archery-club datatables-demo secretary-birds cartography postcard-designs discard-pile
		tokenomics-talk certified-pre-owned-cars keyboards-shop walkers-club passenger-stats compass-app salty-snacks
		taxi-rides pensive-poems cars-inventory elasticbeanstalk-eu-west-1-111122223333
		cf-templates-1abcdefghijkl-eu-west-1 aws-glue-assets-111122223333-eu-west-1 sagemaker-eu-west-1-111122223333
		amplify-myapp-dev-12345-deployment serverless-deployment-bucket-abc cassandra-talks-2019 game-of-thrones-fans
		test-bucket-123 my-bucket temp-files video-transcode-output iot-telemetry-demo team-files photos-2019
		rhino-conservation christmas-cards hrvatska-turizam lawn-care gitaar-lessen saludos-amigos clavecin-music
		chavez-fans client-side-rendering member-magazine lead-guitar-tabs model-trains training-videos source-sans-font
		live-music contact-lenses`) {
		if got := v.Look(name); got.Sensitivity > 30 {
			t.Errorf("%s is harmless, got %d: %q", name, got.Sensitivity, got.Reasons)
		}
	}
	for name := range strings.FieldsSeq(`
		www.example.com static-assets acme-static-site cdn-images website-media blog.example.org docs.example.com
		public-downloads assets.acme.io marketing-site fonts-cdn images-resized press-kit charity-website`) {
		if got := v.Look(name); got.Sensitivity > 0 || !got.Public {
			t.Errorf("%s is meant to be public, got %d: %q", name, got.Sensitivity, got.Reasons)
		}
	}
}
