package exposure

import "strings"

// Operator is a condition operator taken apart.
type Operator struct {
	Base     string // of the positive comparison: StringEquals for StringNotEquals; numbers and dates as they stand
	Negated  bool
	IfExists bool // true where the key is absent
	ForAny   bool // ForAnyValue:
	ForAll   bool // ForAllValues: true where the key is absent
}

// ParseOperator takes a condition operator apart; ok is false for one AWS does not know. Names are exact.
func ParseOperator(name string) (op Operator, ok bool) {
	if rest, found := strings.CutPrefix(name, "ForAnyValue:"); found {
		op.ForAny, name = true, rest
	} else if rest, found := strings.CutPrefix(name, "ForAllValues:"); found {
		op.ForAll, name = true, rest
	}
	name, op.IfExists = strings.CutSuffix(name, "IfExists")
	op.Base = name
	switch name {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress":
	case "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike", "NotIpAddress":
		op.Negated, op.Base = true, strings.Replace(name, "Not", "", 1)
	case "Bool", "BinaryEquals", "Null",
		"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
		"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals":
	default:
		return Operator{}, false
	}
	return op, true
}

// compares reports whether the operator compares text, ARNs or addresses, so that a fixed value can limit who.
func (o Operator) compares() bool {
	switch o.Base {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress":
		return true
	default:
		return false
	}
}

// patterns reports whether the operator takes wildcards; the others compare them as they stand.
func (o Operator) patterns() bool {
	return o.Base == "StringLike" || o.arn()
}

// arn reports whether the operator compares ARNs, segment by segment.
func (o Operator) arn() bool { return o.Base == "ArnEquals" || o.Base == "ArnLike" }
