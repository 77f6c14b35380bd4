package exposure

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Answer is the answer to one line of `exposure --batch`.
type Answer struct {
	ID        jsontext.Value `json:"id"` // as asked
	Public    *bool          `json:"public"`
	Reach     Reach          `json:"reach"`
	Severity  string         `json:"severity"` // as of alerts, or "none" where nothing is granted
	Effective State          `json:"effective"`
	Reasons   []string       `json:"reasons"`
	Error     string         `json:"error"`
}

// AnswerLine judges one line of `exposure --batch`. An unreadable line is answered with its number as id.
func AnswerLine(line []byte, number int) Answer {
	id, in, err := question(line)
	if id == nil {
		id = jsontext.Value(fmt.Sprint(number))
	}
	return answer(id, in, err)
}

// AnswerParts judges one bucket given in parts, each the JSON text of the member of that name of a batch line,
// such as "policy" or "bucket_public_access_block".
func AnswerParts(parts map[string][]byte) Answer {
	var in Input
	var faults []string
	for _, name := range members() {
		if doc, ok := parts[name]; ok {
			if err := in.set(name, doc); err != nil {
				faults = append(faults, err.Error())
			}
		}
	}
	return answer(jsontext.Value(`""`), in, faults)
}

func answer(id jsontext.Value, in Input, faults []string) Answer {
	v := Evaluate(in)
	if len(faults) > 0 {
		if v.Error != "" {
			faults = append(faults, v.Error)
		}
		v = verdictOf(v.Grants, faults)
	}
	a := Answer{ID: id, Public: v.Public.Bool(), Reach: v.Reach, Severity: v.Severity.String(), Effective: v.Effective, Reasons: v.Reasons, Error: v.Error}
	if len(v.Grants) == 0 && v.Error == "" {
		a.Severity = "none"
		a.Reasons = []string{"only the bucket owner has access"}
	}
	if a.Reasons == nil {
		a.Reasons = []string{}
	}
	return a
}

// members are the names a batch line may have, id aside.
func members() []string {
	return []string{
		"policy", "acl", "object_acl", "bucket_public_access_block", "account_public_access_block",
		"organization_public_access_block", "ownership", "account_id", "access_point",
	}
}

// question reads a line. Its own member names may come twice only at the price of an error; each part is judged
// on its own, so one bad part does not hide what the others grant.
func question(line []byte) (id jsontext.Value, in Input, faults []string) {
	d := jsontext.NewDecoder(bytes.NewReader(line), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if d.PeekKind() != '{' {
		return nil, in, []string{"the line is not a JSON object"}
	}
	_, _ = d.ReadToken() // the brace just seen
	seen := map[string]bool{}
	for d.PeekKind() != '}' {
		tok, err := d.ReadToken()
		if err != nil {
			return id, in, append(faults, "the line is no JSON object: "+plain(err).Error())
		}
		name := tok.String()
		doc, err := d.ReadValue()
		if err != nil {
			return id, in, append(faults, "the line is no JSON object: "+plain(err).Error())
		}
		if seen[name] {
			faults = append(faults, fmt.Sprintf("duplicate key %q", clip(name)))
		}
		seen[name] = true
		if name == "id" {
			id = doc.Clone()
			continue
		}
		if err := in.set(name, doc); err != nil {
			faults = append(faults, err.Error())
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return id, in, append(faults, "the line is no JSON object: "+plain(err).Error())
	}
	if rest := bytes.TrimSpace(line[d.InputOffset():]); len(rest) > 0 {
		faults = append(faults, "unexpected text after the JSON object")
	}
	return id, in, faults
}

// set reads one member of a line into the input.
func (in *Input) set(name string, doc []byte) (err error) {
	if string(bytes.TrimSpace(doc)) == "null" {
		return nil
	}
	switch name {
	case "policy":
		in.Policy, err = parsePart(doc, policyOf)
	case "acl":
		in.ACL, err = parsePart(doc, aclOf)
	case "object_acl":
		in.ObjectACL, err = parsePart(doc, aclOf)
	case "bucket_public_access_block":
		err = in.Gates.Bucket.read(name, doc)
	case "account_public_access_block":
		err = in.Gates.Account.read(name, doc)
	case "organization_public_access_block":
		err = in.Gates.Organization.read(name, doc)
	case "ownership":
		in.Gates.Ownership, err = parseOwnership(doc)
	case "account_id":
		in.Account = strings.Trim(string(doc), `" `)
	case "access_point":
		in.Point, err = parsePart(doc, pointOf)
	default:
		err = fmt.Errorf("unknown key %q", clip(name))
	}
	return err
}

func parsePart[T any](doc []byte, read func(node) (*T, error)) (*T, error) {
	n, err := parseJSON(doc)
	if err != nil {
		return nil, err
	}
	return read(n)
}

func pointOf(n node) (*Point, error) {
	if n.kind != '{' {
		return nil, fmt.Errorf("access_point: %s where an object is expected", n.what())
	}
	p := &Point{}
	for _, m := range n.members {
		var err error
		switch m.name {
		case "policy":
			if m.kind != 'n' {
				p.Policy, err = policyOf(m.node)
			}
		case "network_origin":
			p.VPCOnly = strings.EqualFold(m.text, "VPC")
			if !p.VPCOnly && !strings.EqualFold(m.text, "Internet") {
				err = fmt.Errorf("network_origin must be VPC or Internet")
			}
		case "public_access_block":
			err = p.Block.from(m.node)
		}
		if err != nil {
			return p, fmt.Errorf("access_point: %w", err)
		}
	}
	return p, nil
}
