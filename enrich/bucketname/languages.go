package bucketname

func german() []topic {
	return []topic{
		{95, "employees and their pay", "gehalt gehaelter lohn loehne lohnabrechnung gehaltsabrechnung lohnzettel"},
		{80, "employees and their pay", "mitarbeiter bewerbung bewerbungen bewerber personalakte personalakten personalabteilung zeugnis zeugnisse kuendigung kuendigungen krankmeldung krankmeldungen"},
		{95, "health records", "patienten patientenakte patientenakten krankenakte krankenakten befund befunde"},
		{65, "health records", "gesundheit krankenhaus arzt"},
		{95, "personal data", "ausweis ausweise reisepass reisepaesse"},
		{65, "customers and contacts", "kunde kunden spender"},
		{95, "secrets and keys", "passwort passwoerter kennwort kennwoerter zugangsdaten"},
		{70, "secrets and keys", "schluessel zertifikat zertifikate"},
		{90, "named as not for others", "geheim vertraulich"},
		{55, "named as not for others", "intern"},
		{80, "backups and dumps", "sicherung sicherungen datensicherung sicherungskopie"},
		{75, "money and accounts", "rechnung rechnungen buchhaltung steuer steuern bilanz bilanzen mahnung mahnungen finanzen konto konten kontoauszug zahlung zahlungen"},
		{70, "contracts and plans", "vertrag vertraege angebot angebote"},
		{50, "logs and trails", "protokoll protokolle"},
	}
}

// romance is French, Spanish, Portuguese and Italian; many of their words are shared.
func romance() []topic {
	return []topic{
		{95, "employees and their pay", "salaire paie bulletin+paie nomina salario sueldo cedolino cedolini folha+pagamento stipendio stipendi busta+paga buste+paga"},
		{80, "employees and their pay", "employe empleado funcionario dipendente dipendenti rh rrhh personale candidature"},
		{95, "health records", "paciente paziente pazienti dossier+medical dossier+medicaux historia+clinica cartella+clinica cartelle+cliniche prontuario"},
		{80, "health records", "arret+maladie"},
		{65, "health records", "sante salud saude salute hopital ospedale"},
		{95, "personal data", "passeport pasaporte passaporte passaporto donnee+personnelle dato+personal dado+pessoais dati+personali"},
		{65, "customers and contacts", "cliente clienti fichier+client"},
		{95, "secrets and keys", "mot+passe motdepasse contrasena senha credenciales credenciais credenziali identifiants"},
		{90, "secrets and keys", "secreto segredo segreto segreti"},
		{70, "secrets and keys", "clave chave chiave chiavi cle"},
		{90, "named as not for others", "confidentiel confidencial riservato riservati confidenziale"},
		{80, "backups and dumps", "sauvegarde respaldo copia+seguridad copia+seguranca salvataggio"},
		{75, "money and accounts", "facture factura fatura fattura fatture nota+fiscal nota+fiscais impot impuesto imposto imposte comptabilite contabilidad contabilidade contabilita"},
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

// nordic is Danish, Norwegian, Swedish and Finnish.
func nordic() []topic {
	return []topic{
		{95, "employees and their pay", "lonspecifikation lonspecifikationer loenseddel loensedler lonesedler lonneslipp palkka palkat"},
		{80, "employees and their pay", "medarbejder medarbejdere ansatt ansatte anstalld anstallda"},
		{95, "personal data", "personuppgifter personopplysninger personoplysninger henkilotieto henkilotiedot"},
		{65, "customers and contacts", "asiakas asiakkaat kunder"},
		{95, "secrets and keys", "losenord passord adgangskode salasana"},
		{80, "backups and dumps", "sakerhetskopia sikkerhetskopi varmuuskopio"},
	}
}

// farther is Polish, Turkish, and Japanese and Russian in Latin letters.
func farther() []topic {
	return []topic{
		{95, "employees and their pay", "wyplata wyplaty pracownik pracownicy pracownikow pracownicze maas kyuyo zarplata"},
		{95, "health records", "pacjent pacjenci hasta kanja"},
		{95, "personal data", "dane+osobowe paszport kojin+joho kojinjoho pasport"},
		{65, "customers and contacts", "klient klienci musteri kokyaku"},
		{95, "secrets and keys", "haslo hasla sifre"},
		{80, "backups and dumps", "kopia+zapasowa yedek"},
		{75, "money and accounts", "faktura faktury seikyu"},
		{70, "contracts and plans", "umowa umowy keiyaku"},
	}
}
