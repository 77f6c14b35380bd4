package s3log_test

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
	"github.com/trailwarden/trailwarden/consumer/s3log"
)

// rec is a small sound record.
func rec(id string) string {
	return `{"eventVersion":"1.08","eventTime":"2024-05-01T10:00:00Z","eventName":"GetObject","userIdentity":{"type":"Root"},"eventID":"` + id + `"}`
}

// result is what a reader was told of one stream.
type result struct {
	IDs    []string
	Parked []string // reasons
	Stats  s3log.Stats
}

func (r *result) visit(_ []byte, h *cloudtrail.Header) error {
	r.IDs = append(r.IDs, string(h.EventID))
	return nil
}

func (r *result) park(_ []byte, reason string) error {
	r.Parked = append(r.Parked, reason)
	return nil
}

func TestSplitForms(t *testing.T) {
	a, b, c := rec("a"), rec("b"), rec("c")
	broken := `{"eventID":"x","eventName":tru}`
	big := `{"eventID":"big","eventName":"N","x":"` + strings.Repeat("y", 300_000) + `"}`
	for name, test := range map[string]struct {
		in     string
		ids    string
		parked int
		fails  any // a pointer to the expected error type
	}{
		"cloudtrail":                  {in: `{"Records":[` + a + `,` + b + `,` + c + `]}`, ids: "a b c"},
		"empty list":                  {in: `{"Records":[]}`},
		"null list":                   {in: `{"Records":null}`},
		"one record for a list":       {in: `{"Records":` + a + `}`, ids: "a"},
		"nothing":                     {in: ``},
		"white space":                 {in: " \n\t\r\n"},
		"byte order mark":             {in: "\xef\xbb\xbf{\"Records\":[" + a + "]}", ids: "a"},
		"white space all over":        {in: " {\n \"Records\" :\t[ \n" + a + " ,\r\n " + b + "\n]\n}\n", ids: "a b"},
		"members around":              {in: `{"version":{"a":[1,"]"]},"Records":[` + a + `],"next":[{"x":"}"}],"Records":[` + b + `]}`, ids: "a b"},
		"bare list":                   {in: `[` + a + `,` + b + `]`, ids: "a b"},
		"one record":                  {in: a, ids: "a"},
		"lines":                       {in: a + "\n" + b + "\n" + c + "\n", ids: "a b c"},
		"no line ends":                {in: a + b + c, ids: "a b c"},
		"wrappers after each other":   {in: `{"Records":[` + a + `]}` + "\n" + `{"Records":[` + b + `]}`, ids: "a b"},
		"scalars in the list":         {in: `{"Records":[null,` + a + `,12,"text",[1,[2]],` + b + `,true]}`, ids: "a b", parked: 5},
		"object of another kind":      {in: `{"Records":[{"foo":1},` + a + `]}`, ids: "a", parked: 1},
		"broken in the list":          {in: `{"Records":[` + a + `,` + broken + `,` + b + `]}`, ids: "a b", parked: 1},
		"broken first":                {in: `{"Records":[` + broken + `,` + b + `]}`, ids: "b", parked: 1},
		"broken last":                 {in: `{"Records":[` + a + `,` + broken + `]}`, ids: "a", parked: 1},
		"two broken":                  {in: `{"Records":[` + broken + `,` + broken + `,` + b + `]}`, ids: "b", parked: 2},
		"broken before null":          {in: `{"Records":[` + broken + `, null,` + b + `]}`, ids: "b", parked: 2},
		"no closing bracket":          {in: `{"Records":[` + a[:len(a)-1] + `,` + b + `,` + c + `]}`, ids: "b c", parked: 1},
		"no closing bracket, last":    {in: `{"Records":[` + a + `,` + b[:len(b)-1] + `]}`, ids: "a", parked: 1},
		"nested bracket lost":         {in: `{"Records":[` + strings.Replace(a, `"Root"}`, `"Root"`, 1) + `,` + b + `]}`, ids: "b", parked: 1},
		"opening bracket lost":        {in: `{"Records":[` + strings.Replace(a, `{"type"`, `"type"`, 1) + `,` + b + `]}`, ids: "b", parked: 1},
		"quote lost":                  {in: `{"Records":[` + strings.Replace(a, `GetObject"`, `GetObject`, 1) + `,` + b + `]}`, ids: "b", parked: 1},
		"bracket too many":            {in: `{"Records":[` + a + `},` + b + `]}`, ids: "a b"},
		"record cut in the middle":    {in: `{"Records":[` + a[:60] + `,` + b + `,` + c + `]}`, ids: "b c", parked: 1},
		"commas":                      {in: `{"Records":[` + a + `,,` + b + ` ` + c + `,]}`, ids: "a b c"},
		"broken line":                 {in: a + "\n" + broken + "\n" + b + "\n", ids: "a b", parked: 1},
		"line of text":                {in: a + "\nhello {world}\n" + b + "\n", ids: "a b", parked: 1},
		"line cut short":              {in: a + "\n" + b[:40] + "\n" + c + "\n", ids: "a c", parked: 1},
		"too large":                   {in: `{"Records":[` + a + `,` + big + `,` + b + `]}`, ids: "a b", parked: 1},
		"too large line":              {in: a + "\n" + big + "\n" + b, ids: "a b", parked: 1},
		"ends in the list":            {in: `{"Records":[` + a + `,` + b, ids: "a b", fails: new(*s3log.TruncatedError)},
		"ends in a record":            {in: `{"Records":[` + a + `,` + b[:50], ids: "a", fails: new(*s3log.TruncatedError)},
		"ends in a line":              {in: a + "\n" + b[:50], ids: "a", fails: new(*s3log.TruncatedError)},
		"ends in a name":              {in: `{"Reco`, fails: new(*s3log.TruncatedError)},
		"ends after the list":         {in: `{"Records":[` + a + `]`, ids: "a", fails: new(*s3log.TruncatedError)},
		"ends in a too large record":  {in: `{"Records":[` + a + `,` + big[:200_000], ids: "a", parked: 1, fails: new(*s3log.TruncatedError)},
		"ends after a broken record":  {in: `{"Records":[` + a + `,` + broken, ids: "a", parked: 1, fails: new(*s3log.TruncatedError)},
		"digest":                      {in: `{"awsAccountId":"1","digestS3Bucket":"b","logFiles":[]}`, fails: new(*s3log.IgnoredError)},
		"large digest":                {in: digest(2_000), fails: new(*s3log.IgnoredError)},
		"large digest cut short":      {in: digest(2_000)[:150_000], fails: new(*s3log.TruncatedError)},
		"a digest among records":      {in: digest(1) + a + "\n" + b, ids: "a b"},
		"a digest after records":      {in: `{"Records":[` + a + `]}` + digest(2_000), ids: "a"},
		"insights":                    {in: `{"Records":[{"eventID":"i","eventCategory":"Insight"},{"eventID":"j","eventCategory":"Insight"}]}`, fails: new(*s3log.IgnoredError)},
		"an insight among records":    {in: `{"Records":[{"eventID":"i","eventCategory":"Insight"},` + a + `]}`, ids: "i a"},
		"list ended early":            {in: `{"Records":[` + a + `],` + b + `]}`, ids: "a b"},
		"no members":                  {in: `{1:2,"Records":[` + a + `]}`, ids: "a", parked: 1},
		"not an object":               {in: `{"Records":[` + a + `] 7}`, ids: "a", parked: 1, fails: new(*s3log.TruncatedError)},
		"a record without an eventID": {in: `{"Records":[{"eventName":"N"}]}`, ids: "sha256-8ff1f8d9d6cd2a4f1ee4d8d44e5b5d4b"},
	} {
		t.Run(name, func(t *testing.T) {
			whole := split(t, test.in, test.fails, false)
			if got := strings.Join(whole.IDs, " "); got != test.ids && !strings.HasPrefix(test.ids, "sha256-") {
				t.Errorf("visited %q, want %q", got, test.ids)
			}
			if len(whole.Parked) != test.parked {
				t.Errorf("parked %q, want %d", whole.Parked, test.parked)
			}
			if whole.Stats.Records != len(whole.IDs) || whole.Stats.Quarantined != len(whole.Parked) {
				t.Errorf("stats %+v", whole.Stats)
			}
			if len(test.in) > 10_000 {
				return
			}
			bytewise := split(t, test.in, test.fails, true)
			if diff := cmp.Diff(whole, bytewise); diff != "" {
				t.Errorf("a byte at a time it differs: %s", diff)
			}
		})
	}
}

// digest is a digest file that names so many log files.
func digest(files int) string {
	file := `{"s3Bucket":"b","s3Object":"AWSLogs/111122223333/CloudTrail/eu-west-1/x.json.gz","hashValue":"0123456789abcdef","hashAlgorithm":"SHA-256"}`
	return `{"awsAccountId":"111122223333","digestS3Bucket":"b","digestS3Object":"k","logFiles":[` + strings.Repeat(file+",", files-1) + file + `]}`
}

func split(t *testing.T, in string, fails any, bytewise bool) result {
	t.Helper()
	var r result
	src := strings.NewReader(in)
	var err error
	limits := s3log.Limits{MaxRecordBytes: 100_000}
	if bytewise {
		r.Stats, err = s3log.Split(iotest.OneByteReader(src), limits, r.visit, r.park)
	} else {
		r.Stats, err = s3log.Split(src, limits, r.visit, r.park)
	}
	switch {
	case fails == nil && err != nil:
		t.Errorf("error %v", err)
	case fails != nil && !errors.As(err, fails):
		t.Errorf("error %v, want a %T", err, fails)
	}
	return r
}
