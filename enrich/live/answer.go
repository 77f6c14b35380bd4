package live

// Answer is yes, no, or unknown, the zero value.
type Answer int8

// The answers, ordered so that the lesser of two is "and" and the greater is "or".
const (
	No Answer = iota - 1
	Unknown
	Yes
)

// String is "yes", "no" or "unknown".
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	default:
		return "unknown"
	}
}

// answer is unknown where S3 says nothing: it always says false.
func answer(yes *bool) Answer {
	switch {
	case yes == nil:
		return Unknown
	case *yes:
		return Yes
	default:
		return No
	}
}
