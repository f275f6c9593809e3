package events

import (
	"fmt"
	"strings"
)

// Severity grades an event; the zero value is no grade at all. Severities
// compare with < and >.
type Severity int

// The severities in rising order.
const (
	// SeverityInfo is context only.
	SeverityInfo Severity = iota + 1
	// SeverityLow means access or a credential goes away, or a step without effect of its own.
	SeverityLow
	// SeverityMedium means the effect depends on what the object carried, or an alert path is cut.
	SeverityMedium
	// SeverityHigh means a restriction, factor or detection is gone for a principal, account or Region.
	SeverityHigh
	// SeverityCritical means guardrails or the audit trail of a whole account or organization are gone.
	SeverityCritical
)

// severityNames is indexed by Severity.
var severityNames = [...]string{"", "info", "low", "medium", "high", "critical"}

// SeverityNames returns the five names in rising order.
func SeverityNames() []string {
	return append([]string(nil), severityNames[1:]...)
}

// ParseSeverity reads info, low, medium, high or critical, in lower case; any
// other text is an error that names the five.
func ParseSeverity(name string) (Severity, error) {
	for i, known := range severityNames {
		if i > 0 && known == name {
			return Severity(i), nil
		}
	}
	return 0, fmt.Errorf("parse severity %q: want one of %s", name, strings.Join(severityNames[1:], ", "))
}

// String returns the name of s, empty for the zero value and for numbers that
// are no severity.
func (s Severity) String() string {
	if s < 0 || int(s) >= len(severityNames) {
		return ""
	}
	return severityNames[s]
}

// MarshalText writes the name of s.
func (s Severity) MarshalText() ([]byte, error) {
	return []byte(s.String()), nil
}

// UnmarshalText reads a name as [ParseSeverity] does.
func (s *Severity) UnmarshalText(text []byte) error {
	parsed, err := ParseSeverity(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
