package builtin

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/trailwarden/trailwarden/alerting/alert"
	"github.com/trailwarden/trailwarden/alerting/detect"
	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func s3RansomNote() *detect.Rule {
	return &detect.Rule{
		ID:         "s3-ransom-note",
		Title:      "Possible ransom note uploaded to an S3 bucket",
		Why:        "The object name matches a ransom note. Objects in the bucket may have been encrypted, copied or deleted.",
		Do:         "Disable the actor's credentials and protect versions and backups from deletion. Check the bucket for deleted or re-encrypted objects.",
		Severity:   alert.High,
		Techniques: []string{"T1486", "T1491"},
		Controls:   []string{"NIST IR-4"},
		Events:     events("s3", "PutObject", "CopyObject", "CompleteMultipartUpload"),
		Wants:      soundsLikeRansom,
		NoEnd:      anAct,
		Match:      ransomNote,
		Examples: []detect.Example{
			match("note", "s3/PutObject", `{"bucketName":"b1","key":"finance/HOW_TO_DECRYPT_FILES.txt"}`),
			match("note in Markdown", "s3/PutObject", `{"bucketName":"b1","key":"HOW_TO_RESTORE_YOUR_FILES.md"}`),
			match("note of few words", "s3/PutObject", `{"bucketName":"b1","key":"HOW_TO_RECOVER.txt"}`),
			match("note of what was deleted", "s3/PutObject", `{"bucketName":"b1","key":"FILES-WERE-DELETED.txt"}`),
			recently(match("warning after a deletion", "s3/PutObject", `{"bucketName":"b1","key":"WARNING.txt"}`), "DeleteObjects", "b1", 1),
			recently(match("contact after reads", "s3/PutObject", `{"bucketName":"b1","key":"CONTACT-US.html"}`), "GetObject", "b1", 12),
			recently(miss("warning after a deletion elsewhere", "s3/PutObject", `{"bucketName":"b1","key":"WARNING.txt"}`), "DeleteObjects", "b2", 1),
			miss("warning", "s3/PutObject", `{"bucketName":"b1","key":"WARNING.txt"}`),
			miss("documentation", "s3/PutObject", `{"bucketName":"b1","key":"docs/how-to-restore.md"}`),
			miss("documentation of a tool", "s3/PutObject", `{"bucketName":"b1","key":"docs/how-to-decrypt-backups.md"}`),
			miss("report", "s3/PutObject", `{"bucketName":"b1","key":"reports/how-to-guide.pdf"}`),
			miss("readme", "s3/PutObject", `{"bucketName":"b1","key":"README.txt"}`),
		},
	}
}

// soundsLikeRansom looks for what every phrase below has at its core, in the key alone: uploads are many.
func soundsLikeRansom(_ *cloudtrail.Header, raw []byte) bool {
	_, rest, _ := bytes.Cut(raw, []byte(`"key"`))
	_, rest, _ = bytes.Cut(rest, []byte(`"`))
	key, _, _ := bytes.Cut(rest, []byte(`"`))
	for _, core := range [...]string{"ransom", "crypt", "recover", "restore", "unlock", "get_back", "get-back", "get back", "get+back", "your", "read", "bitcoin", "hacked", "pwned", "locked", "delete", "warning", "contact", "instruction", "note", "important", "help"} {
		if detect.ContainsFold(key, core) {
			return true
		}
	}
	return false
}

func ransomNote(in *detect.Input) *detect.Hit {
	name := strings.ToLower(path.Base(in.Record.Key()))
	name = strings.NewReplacer("-", "_", " ", "_", "+", "_").Replace(name)
	switch path.Ext(name) {
	case ".txt", ".html", ".htm", ".hta", ".md", ".rtf", ".url", "":
	default:
		return nil
	}
	notePhrases := []string{
		"ransom", "files_encrypted", "encrypted_files", "been_encrypted", "are_encrypted", "recover_your", "recover_files", "recovery_instruction", "restore_your", "restore_files",
		"unlock_files", "unlock_your", "your_files", "your_data", "read_me_now", "!!!read", "_readme_", "readme_for", "pay_bitcoin", "hacked", "pwned", "_locked",
		"were_deleted", "been_deleted", "are_deleted", "files_deleted", "data_deleted", "were_locked", "been_locked", "are_locked", "files_locked", "data_locked",
		"recover_data", "recover_deleted", "contact_us_to", "contact_to_recover", "restore_instructions", "decrypt_instructions", "your_bucket", "your_backup",
	}
	// Guides in Markdown say these as well.
	guidePhrases := []string{
		"how_to_decrypt", "how_to_recover", "how_to_restore", "how_to_unlock", "how_to_get_back", "decrypt_", "_decrypt", "decrypt.", "decryption",
	}
	says := func(phrase string) bool { return strings.Contains(name, phrase) }
	guide := path.Ext(name) == ".md" && !says("your") && !says("files")
	if !slices.ContainsFunc(notePhrases, says) && (guide || !slices.ContainsFunc(guidePhrases, says)) && !(noteLike(name) && emptied(in)) {
		return nil
	}
	return done("uploaded a possible ransom note to S3 bucket "+in.Record.Bucket()+": {}", "key")(in)
}

// noteLike reports whether a name, in lower case and with underscores, could be that of a ransom note as well as of a harmless
// file: what the actor did before decides.
func noteLike(name string) bool {
	name = strings.TrimSuffix(name, path.Ext(name))
	return slices.ContainsFunc([]string{"deleted", "locked", "recover", "warning", "contact", "instruction", "read_me", "readme", "important", "note", "help"},
		func(word string) bool { return strings.Contains(name, word) })
}

// emptied reports whether the actor deleted objects of the record's bucket shortly before, or read many: the latest calls
// that the history keeps are asked.
func emptied(in *detect.Input) bool {
	const manyReads = 8
	reads := 0
	for _, m := range in.Facts.History.Recent {
		if m.Bucket != in.Record.Bucket() || m.Error != "" || in.Record.EventTime.Sub(m.Time).Abs() > time.Hour {
			continue
		}
		switch m.Name {
		case "DeleteObject", "DeleteObjects", "DeleteObjectVersion":
			return true
		case "GetObject", "GetObjectVersion":
			reads++
		}
	}
	return reads >= manyReads
}
