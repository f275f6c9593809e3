package events_test

import (
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

func TestSeverity_order(t *testing.T) {
	t.Parallel()
	var last events.Severity
	for _, name := range []string{"info", "low", "medium", "high", "critical"} {
		severity, err := events.ParseSeverity(name)
		if err != nil || severity.String() != name || severity <= last {
			t.Errorf("%s: %v, %v after %v", name, severity, err, last)
		}
		last = severity
	}
	for _, name := range []string{"", "High", "none"} {
		if _, err := events.ParseSeverity(name); err == nil || !strings.Contains(err.Error(), "critical") {
			t.Errorf("%q: error %v", name, err)
		}
	}
	if got := events.Severity(99).String() + events.Severity(-1).String(); got != "" {
		t.Errorf("no severity reads %q", got)
	}
}
