package exposure

import "strings"

// operator is a condition operator taken apart.
type operator struct {
	base     string // of the positive comparison: StringEquals for StringNotEquals
	negated  bool
	ifExists bool // true where the key is absent
	forAny   bool // ForAnyValue:
	forAll   bool // ForAllValues: true where the key is absent
}

// parseOperator takes a condition operator apart; ok is false for one AWS does not know. Names are exact.
func parseOperator(name string) (op operator, ok bool) {
	if rest, found := strings.CutPrefix(name, "ForAnyValue:"); found {
		op.forAny, name = true, rest
	} else if rest, found := strings.CutPrefix(name, "ForAllValues:"); found {
		op.forAll, name = true, rest
	}
	name, op.ifExists = strings.CutSuffix(name, "IfExists")
	op.base = name
	switch name {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress":
	case "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike", "NotIpAddress":
		op.negated, op.base = true, strings.Replace(name, "Not", "", 1)
	case "Bool", "BinaryEquals", "Null",
		"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
		"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals":
	default:
		return operator{}, false
	}
	return op, true
}

// compares reports whether the operator compares text, ARNs or addresses, so that a fixed value can limit who.
func (o operator) compares() bool {
	switch o.base {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress":
		return true
	default:
		return false
	}
}

// patterns reports whether the operator takes wildcards; the others compare them as they stand.
func (o operator) patterns() bool {
	return o.base == "StringLike" || o.arn()
}

// arn reports whether the operator compares ARNs, segment by segment.
func (o operator) arn() bool { return o.base == "ArnEquals" || o.base == "ArnLike" }
