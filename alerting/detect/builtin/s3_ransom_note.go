package builtin

import (
	"bytes"
	"path"
	"slices"
	"strings"

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
	for _, core := range [...]string{"ransom", "crypt", "recover", "restore", "unlock", "get_back", "get-back", "get back", "get+back", "your", "read", "bitcoin", "hacked", "pwned", "locked"} {
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
	}
	// Guides in Markdown say these as well.
	guidePhrases := []string{
		"how_to_decrypt", "how_to_recover", "how_to_restore", "how_to_unlock", "how_to_get_back", "decrypt_", "_decrypt", "decrypt.", "decryption",
	}
	says := func(phrase string) bool { return strings.Contains(name, phrase) }
	guide := path.Ext(name) == ".md" && !says("your") && !says("files")
	if !slices.ContainsFunc(notePhrases, says) && (guide || !slices.ContainsFunc(guidePhrases, says)) {
		return nil
	}
	return done("uploaded a possible ransom note to S3 bucket "+in.Record.Bucket()+": {}", "key")(in)
}
