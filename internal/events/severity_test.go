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

func TestGrade(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, record string
		want         events.Severity
		reason       string
	}{
		{
			"succeeded",
			iamCall + `"eventName":"RemoveUserFromGroup","requestParameters":{"groupName":"g","userName":"u"}}`,
			events.SeverityMedium,
			"Group membership carries both Allow and Deny",
		},
		{
			"failed",
			iamCall + `"eventName":"RemoveUserFromGroup","errorCode":"NoSuchEntity"}`,
			events.SeverityLow,
			"failed (NoSuchEntity)",
		},
		{
			"denied",
			iamCall + `"eventName":"RemoveUserFromGroup","errorCode":"AccessDenied"}`,
			events.SeverityLow,
			"denied (AccessDenied)",
		},
		{
			"not catalogued",
			iamCall + `"eventName":"ListUsers"}`,
			events.SeverityInfo,
			"not judged",
		},
		{
			"unreadable",
			iamCall + `"eventName":"DeleteGroup","requestParameters":[]}`,
			events.SeverityMedium,
			"Not readable in the record",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			record, err := events.Parse([]byte(test.record))
			if err != nil {
				t.Fatal(err)
			}
			if event, ok := record.Event(); ok != (event.Name == record.Name) {
				t.Errorf("event %q of %q", event.Name, record.Name)
			}
			got, reasons := events.Grade(record)
			if got != test.want || !strings.Contains(strings.Join(reasons, "\n"), test.reason) {
				t.Errorf("got %v %q, want %v and %q", got, reasons, test.want, test.reason)
			}
		})
	}
}
