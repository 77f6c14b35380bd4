package alert

import "fmt"

// Severity is how urgent an alert is. The zero value is Info, the lowest.
type Severity uint8

// The severities, lowest first, so that they compare with < and >.
const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

// Severities lists every severity, lowest first.
func Severities() []Severity { return []Severity{Info, Low, Medium, High, Critical} }

// String gives the name used in settings, JSON and on cards.
func (s Severity) String() string {
	switch s {
	case Info:
		return "info"
	case Low:
		return "low"
	case Medium:
		return "medium"
	case High:
		return "high"
	case Critical:
		return "critical"
	default:
		return fmt.Sprintf("severity(%d)", uint8(s))
	}
}

// ParseSeverity reads a name as String writes it.
func ParseSeverity(name string) (Severity, error) {
	for _, s := range Severities() {
		if s.String() == name {
			return s, nil
		}
	}
	return Info, fmt.Errorf("unknown severity %q: use info, low, medium, high or critical", name)
}

// Lower is the severity one step below s; below Info there is none.
func (s Severity) Lower() Severity {
	if s == Info {
		return Info
	}
	return s - 1
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(text []byte) error {
	v, err := ParseSeverity(string(text))
	if err != nil {
		return err
	}
	*s = v
	return nil
}
