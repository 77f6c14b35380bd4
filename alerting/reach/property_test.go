package reach_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailwarden/trailwarden/alerting/reach"
)

// world is what a property is drawn over: the statements of each document, and a question.
type world struct {
	statements                  map[string][]m // by place
	principal, action, resource string
}

// places are the documents that a world has statements in.
func places() []string { return []string{"own", "boundary", "bucket", "scp", "rcp"} }

func worldGen() *rapid.Generator[world] {
	return rapid.Custom(func(t *rapid.T) world {
		w := world{statements: map[string][]m{}}
		for _, place := range places() {
			most := 3
			if place == "scp" || place == "boundary" {
				w.statements[place] = []m{allow("*", "*", sid("All"))}
			}
			for i := range rapid.IntRange(0, most).Draw(t, place) {
				w.statements[place] = append(w.statements[place], statementGen(place, i).Draw(t, place))
			}
		}
		w.principal = rapid.SampledFrom([]string{anna, billing, batch, "anonymous", "any-aws", "logging.s3.amazonaws.com", "arn:aws:iam::" + outsider + ":role/etl", "arn:aws:iam::" + owner + ":root"}).Draw(t, "principal")
		w.action = rapid.SampledFrom([]string{"s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:PutBucketPolicy"}).Draw(t, "action")
		w.resource = "bucket"
		if strings.HasSuffix(w.action, "Object") {
			w.resource = key
		}
		return w
	})
}

// statementGen draws one statement of a place.
func statementGen(place string, i int) *rapid.Generator[m] {
	return rapid.Custom(func(t *rapid.T) m {
		s := m{"Sid": place + string(rune('a'+i)), "Effect": rapid.SampledFrom([]string{"Allow", "Deny"}).Draw(t, "effect")}
		s[rapid.SampledFrom([]string{"Action", "Action", "NotAction"}).Draw(t, "action element")] = rapid.SampledFrom([]any{"s3:*", "s3:Get*", "s3:PutObject", l{"s3:ListBucket", "s3:GetObject"}, "ec2:*"}).Draw(t, "action")
		s[rapid.SampledFrom([]string{"Resource", "Resource", "NotResource"}).Draw(t, "resource element")] = rapid.SampledFrom([]any{"*", bucketARN, objects, l{bucketARN, objects}, bucketARN + "/${aws:username}/*"}).Draw(t, "resource")
		if place == "bucket" {
			p := rapid.SampledFrom([]any{"*", m{"AWS": owner}, m{"AWS": l{anna, outsider}}, m{"AWS": billing}, m{"AWS": batch}, m{"Service": "logging.s3.amazonaws.com"}}).Draw(t, "principal")
			name := "Principal"
			if s["Effect"] == "Deny" && rapid.Bool().Draw(t, "NotPrincipal") {
				name = "NotPrincipal"
			}
			s[name] = p
		}
		if place == "rcp" {
			s["Effect"], s["Principal"] = "Deny", "*"
		}
		if rapid.Bool().Draw(t, "has a condition") {
			op := rapid.SampledFrom([]string{"StringEquals", "StringNotEquals", "StringLikeIfExists", "Null", "ForAllValues:StringEquals", "ForAnyValue:StringNotLike", "Bool"}).Draw(t, "operator")
			k := rapid.SampledFrom([]string{"aws:username", "aws:PrincipalOrgID", "aws:SourceVpce", "aws:Referer", "aws:userid", "aws:PrincipalTag/x", "aws:PrincipalArn", "aws:PrincipalIsAWSService"}).Draw(t, "key")
			s["Condition"] = m{op: m{k: rapid.SampledFrom([]any{"anna", "o-1", l{"true"}, "false", "*", anna, "AROAbilling:*"}).Draw(t, "value")}}
		}
		return s
	})
}

// documents writes the world down. spell may write a policy in another way.
func (w world) documents(spell func(place string, statements []m) any) m {
	const limit = "arn:aws:iam::" + owner + ":policy/cap"
	u, r := userOf(anna, "anna"), roleOf(billing, "billing")
	for _, who := range []m{u, r} {
		who["UserPolicyList"] = l{m{"PolicyName": "own", "PolicyDocument": spell("own", w.statements["own"])}}
		who["RolePolicyList"] = who["UserPolicyList"]
		who["PermissionsBoundary"] = m{"PermissionsBoundaryArn": limit}
	}
	return documents(people(l{u}, l{r}, managed(limit, spell("boundary", w.statements["boundary"]))),
		m{"bucket_policy": spell("bucket", w.statements["bucket"])},
		m{"scps": m{owner: l{l{spell("scp", w.statements["scp"])}}}, "rcps": l{l{spell("rcp", w.statements["rcp"])}}})
}

// plain is a policy as it is mostly written. One without statements is none.
func plain(place string, statements []m) any {
	if len(statements) > 0 {
		return policy(statements...)
	}
	nothing := deny("iam:*", "*")
	if place == "bucket" || place == "rcp" {
		nothing["Principal"] = "*"
	}
	return policy(nothing)
}

func (w world) ask(t *rapid.T, docs m) reach.Line {
	line, err := json.Marshal(m{"id": "q", "bucket": bucket, "account_id": owner, "documents": docs, "ask": m{"principal": w.principal, "action": w.action, "resource": w.resource}})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := reach.NewBatch().Answer(line)
	return a
}

// with is the world with other statements in one place.
func (w world) with(place string, statements []m) world {
	w.statements = maps.Clone(w.statements)
	w.statements[place] = statements
	return w
}

// width orders answers by what they let through.
func width(t *rapid.T, a reach.Line) int {
	i := slices.Index([]string{reach.No, reach.Conditional, reach.Yes}, a.Answer.Answer)
	if i < 0 {
		t.Fatalf("everything was read: %+v", a)
	}
	return i
}

func TestADenyNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := worldGen().Draw(t, "world")
		before := w.ask(t, w.documents(plain))
		place := rapid.SampledFrom(places()).Draw(t, "place")
		s := statementGen(place, 9).Draw(t, "deny")
		s["Effect"] = "Deny"
		after := w.with(place, append(slices.Clone(w.statements[place]), s))
		if a := after.ask(t, after.documents(plain)); width(t, a) > width(t, before) {
			t.Fatalf("a Deny in %s makes %+v of %+v", place, a, before)
		}
	})
}

// Only RestrictPublicBuckets, which is off here, can be lifted by taking an Allow away: the policy is public no more then.
func TestRemovingAnAllowNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := worldGen().Draw(t, "world")
		before := w.ask(t, w.documents(plain))
		place := rapid.SampledFrom(places()).Draw(t, "place")
		left := slices.Clone(w.statements[place])
		i := slices.IndexFunc(left, func(s m) bool { return s["Effect"] == "Allow" })
		if i < 0 {
			t.Skip("nothing is allowed there")
		}
		after := w.with(place, slices.Delete(left, i, i+1))
		if a := after.ask(t, after.documents(plain)); width(t, a) > width(t, before) {
			t.Fatalf("without an Allow in %s %+v becomes %+v", place, before, a)
		}
	})
}

func TestOrderAndSpellingNeverMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := worldGen().Draw(t, "world")
		before := w.ask(t, w.documents(plain))
		after := w.ask(t, w.documents(func(place string, statements []m) any {
			shuffled := rapid.Permutation(statements).Draw(t, "order of "+place)
			for i, s := range shuffled {
				s = maps.Clone(s)
				for _, name := range []string{"Action", "NotAction"} {
					if text, ok := s[name].(string); ok {
						s[name] = l{strings.ToUpper(text)}
					}
				}
				shuffled[i] = s
			}
			doc := plain(place, shuffled)
			if rapid.Bool().Draw(t, place+" as text") {
				text, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
			return doc
		}))
		if before.Answer.Answer != after.Answer.Answer || before.Because != after.Because || !slices.Equal(before.Conditions, after.Conditions) {
			t.Fatalf("%+v became %+v", before, after)
		}
	})
}

// What is known though a document cannot be read is so whatever stands in it.
func TestWhatIsBrokenDecidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := worldGen().Draw(t, "world")
		whole := w.ask(t, w.documents(plain))
		torn := rapid.SampledFrom(places()).Draw(t, "torn")
		how := rapid.SampledFrom([]any{nil, "", "{", m{}, 7, m{"Statement": l{m{"Effect": "Perhaps", "Action": "*", "Resource": "*", "Principal": "*"}}}}).Draw(t, "how")
		a := w.ask(t, w.documents(func(place string, statements []m) any {
			if place == torn {
				return how
			}
			return plain(place, statements)
		}))
		switch a.Answer.Answer {
		case reach.Unknown:
			if a.Error == "" || a.Because.Kind == "" {
				t.Fatalf("unknown, and why is not said: %+v", a)
			}
		case whole.Answer.Answer:
		default:
			t.Fatalf("with %s torn %+v becomes %+v", torn, whole, a)
		}
	})
}
