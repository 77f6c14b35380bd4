package cloudtrail_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailwarden/trailwarden/consumer/cloudtrail"
)

func parse(t *testing.T, raw string) cloudtrail.Value {
	t.Helper()
	v, err := cloudtrail.ParseValue([]byte(raw))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

func TestValueGet(t *testing.T) {
	v := parse(t, ` {"Grant":{"Grantee":{"URI":"u"}},"list":[{"a":"one"}],"many":[{"a":1},{"a":2}],"Host":"H","host":"h","twice":1,"twice":2,"e\u0073c":"\u0041","nil":null} `)
	for path, want := range map[string]string{
		"Grant.Grantee.URI": "u", "grant.grantee.uri": "u", "list.a": "one", "many.a": "", "Host": "H", "host": "h", "HOST": "h", "twice": "2", "esc": "A",
		"nil": "", "nil.x": "", "none.x.y": "", "Grant.Grantee.URI.more": "",
	} {
		if got := v.Get(strings.Split(path, ".")...).Text(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if v.Get("none").Exists() || !v.Get("nil").Exists() || !v.Get("nil").IsNull() || v.Get().Text() != "" || !v.Get().IsObject() {
		t.Error("absent and null are confused")
	}
}

func TestValueScalars(t *testing.T) {
	for raw, want := range map[string]struct {
		text    string
		boolean string
		number  int64
		isInt   bool
		texts   []string
	}{
		`"text"`:            {"text", "", 0, false, []string{"text"}},
		`"True"`:            {"True", "true", 0, false, []string{"True"}},
		`true`:              {"true", "true", 0, false, []string{"true"}},
		`["false"]`:         {"false", "false", 0, false, []string{"false"}},
		`-12`:               {"-12", "", -12, true, []string{"-12"}},
		`["90"]`:            {"90", "", 90, true, []string{"90"}},
		`1.5`:               {"1.5", "", 0, false, []string{"1.5"}},
		`null`:              {"", "", 0, false, nil},
		`{}`:                {"", "", 0, false, nil},
		`[]`:                {"", "", 0, false, nil},
		`["a","b",{},3]`:    {"", "", 0, false, []string{"a", "b", "3"}},
		`"\"\u00e9\ud83d!"`: {"\"é\ufffd!", "", 0, false, []string{"\"é\ufffd!"}},
	} {
		v := parse(t, raw)
		boolean := ""
		if b, ok := v.Bool(); ok {
			boolean = map[bool]string{true: "true", false: "false"}[b]
		}
		n, isInt := v.Int()
		if v.Text() != want.text || boolean != want.boolean || isInt != want.isInt || isInt && n != want.number {
			t.Errorf("%s: %q %q %d %t", raw, v.Text(), boolean, n, isInt)
		}
		if diff := cmp.Diff(want.texts, v.Texts()); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
	}
}

func TestValueList(t *testing.T) {
	for raw, want := range map[string]int{`[1, 2 ,3]`: 3, `[]`: 0, `[[1,2]]`: 1, `{"a":1}`: 1, `"x"`: 1, `null`: 0} {
		v := parse(t, raw)
		if got := len(v.List()); got != want {
			t.Errorf("%s: %d elements, want %d", raw, got, want)
		}
		if v.Index(want).Exists() || v.Index(-1).Exists() || want > 0 && !v.Index(want-1).Exists() {
			t.Errorf("%s: wrong index", raw)
		}
	}
	if got := string(parse(t, ` [ {"a" : 1} ] `).Index(0).Raw()); got != `{"a" : 1}` {
		t.Errorf("raw %q", got)
	}
}

func TestValueZero(t *testing.T) {
	var v cloudtrail.Value
	if v.Exists() || v.IsNull() || v.Text() != "" || v.List() != nil || v.Texts() != nil || v.Raw() != nil || v.Get("a", "b").Exists() || v.DuplicateKeys() {
		t.Error("the zero Value is not absent")
	}
	for range v.Members() {
		t.Error("the zero Value has members")
	}
}

func TestValueMembers(t *testing.T) {
	var got []string
	for name, v := range parse(t, `[{"b":1,"a":[2],"b":{"c":3}}]`).Members() {
		got = append(got, name+"="+string(v.Raw()))
		if len(got) == 3 {
			break
		}
	}
	if diff := cmp.Diff([]string{"b=1", "a=[2]", `b={"c":3}`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestValueDuplicateKeys(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"a":1,"A":2}`: false, `{"a":1,"a":1}`: true, `{"a":1,"\u0061":2}`: true, `[{"x":{"a":1}},{"x":[{"a":1,"b":2,"a":3}]}]`: true, `[{"a":1},{"a":2}]`: false, `"a"`: false,
	} {
		if got := parse(t, raw).DuplicateKeys(); got != want {
			t.Errorf("%s: %t", raw, got)
		}
	}
}

func TestParseValueErrors(t *testing.T) {
	var syntax *cloudtrail.SyntaxError
	for _, raw := range []string{`{} x`, `}`, `1 2`, `nul1`, `{"a":1}}`} {
		if _, err := cloudtrail.ParseValue([]byte(raw)); !errors.As(err, &syntax) {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for _, raw := range []string{``, ` `, `[`, `"a`, `-`, `tr`, `1.`} {
		if _, err := cloudtrail.ParseValue([]byte(raw)); !errors.Is(err, cloudtrail.ErrShort) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// FuzzValue checks that ParseValue takes what encoding/json takes, and reads the same from it.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{usual, `[1,2.5e-3,"\ud83d\ude00\\",null,true,{"a":[{}]}]`, `{"a":1,"a":2}`, `-0`, `"`, `[1,]`, `{"":""}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := cloudtrail.ParseValue(in)
		if (err == nil) != json.Valid(in) {
			t.Fatalf("%q: %v", in, err)
		}
		if err != nil {
			return
		}
		compare(t, in, v)
		_ = v.DuplicateKeys()
	})
}

// compare checks a value against encoding/json's reading of the same text.
func compare(t *testing.T, in []byte, v cloudtrail.Value) {
	var text string
	var list []json.RawMessage
	var members map[string]json.RawMessage
	switch {
	case v.IsText() && json.Unmarshal(in, &text) == nil:
		if got := strings.ToValidUTF8(v.Text(), ""); got != strings.ToValidUTF8(text, "") && !strings.ContainsRune(text, '\ufffd') {
			t.Errorf("%q: %q, want %q", in, got, text)
		}
	case v.IsList() && json.Unmarshal(in, &list) == nil:
		if got := v.List(); len(got) != len(list) {
			t.Errorf("%q: %d elements, want %d", in, len(got), len(list))
		}
	case v.IsObject() && json.Unmarshal(in, &members) == nil:
		for name, want := range members {
			if got := v.Get(name).Raw(); string(got) != string(want) && !strings.ContainsRune(name, '\ufffd') {
				t.Errorf("%q: %s is %q, want %q", in, name, got, want)
			}
		}
	}
}
