package history_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// gradedCall is a record of a session of a role, this long after a fixed start.
type gradedCall struct {
	id, role, name string
	after          time.Duration
	parameters     string
	rest           string
}

const terraformAgent = `,"userAgent":"APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io)"`

func (c gradedCall) raw() []byte {
	parameters := c.parameters
	if parameters == "" {
		parameters = `{"groupName":"g","userName":"u"}`
	}
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).Add(c.after)
	return fmt.Appendf(nil, `{"eventID":%q,"eventTime":%q,"eventName":%q,"eventSource":"iam.amazonaws.com","awsRegion":"us-east-1",`+
		`"recipientAccountId":"111122223333","userIdentity":{"type":"AssumedRole","accountId":"111122223333",`+
		`"arn":"arn:aws:sts::111122223333:assumed-role/%s/s%d","sessionContext":{"sessionIssuer":{"type":"Role","userName":%q,`+
		`"arn":"arn:aws:iam::111122223333:role/%s"}}},"requestParameters":%s%s}`,
		c.id, at.Format(time.RFC3339), c.name, c.role, c.after, c.role, c.role, parameters, c.rest)
}

// sift grades records together.
func sift(t *testing.T, deployer string, calls ...gradedCall) (map[string]events.Severity, map[string][]string) {
	t.Helper()
	var raws [][]byte
	for _, call := range calls {
		raws = append(raws, call.raw())
	}
	severities, reasons, err := history.Sift(raws, deployer)
	if err != nil || len(severities) != len(calls) {
		t.Fatalf("%d of %d events, %v", len(severities), len(calls), err)
	}
	return severities, reasons
}

func TestSift_deployer(t *testing.T) {
	t.Parallel()
	const detach = `{"roleName":"r","policyArn":"arn:aws:iam::111122223333:policy/p"}`
	const denied = `{"roleName":"r","policyArn":"arn:aws:iam::aws:policy/AWSDenyAll"}`
	const refused = terraformAgent + `,"errorCode":"AccessDenied"`
	const hidden = `{"roleName":"r","policyName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`
	const untag = `{"policyArn":"p","tagKeys":["k"]}`
	const remove, detachRole = "RemoveUserFromGroup", "DetachRolePolicy"
	call := func(role, name, parameters, rest string) gradedCall {
		return gradedCall{role: role, name: name, parameters: parameters, rest: rest}
	}
	for name, test := range map[string]struct {
		call gradedCall
		want events.Severity
	}{
		"a deployer with a tool":   {call("deploy", remove, "", terraformAgent), events.SeverityLow},
		"a deployer by hand":       {call("deploy", remove, "", ""), events.SeverityMedium},
		"another with a tool":      {call("dev", remove, "", terraformAgent), events.SeverityMedium},
		"the rule on the agent":    {call("deploy", detachRole, detach, terraformAgent), events.SeverityLow},
		"the same, another":        {call("dev", detachRole, detach, terraformAgent), events.SeverityMedium},
		"high is never lowered":    {call("deploy", detachRole, denied, terraformAgent), events.SeverityHigh},
		"nor is what is not there": {call("deploy", detachRole, "null", terraformAgent), events.SeverityMedium},
		"nor what was cut":         {call("deploy", detachRole, `{"omitted":true}`, terraformAgent), events.SeverityMedium},
		"nor what is hidden":       {call("deploy", "DeleteRolePolicy", hidden, terraformAgent), events.SeverityMedium},
		"an attempt of a deployer": {call("deploy", remove, "", refused), events.SeverityInfo},
		"an attempt of somebody":   {call("dev", remove, "", refused), events.SeverityLow},
		"nothing is below info":    {call("deploy", "UntagPolicy", untag, terraformAgent), events.SeverityInfo},
		"what nobody has judged":   {call("deploy", "ListUsers", "", terraformAgent), events.SeverityInfo},
	} {
		test.call.id = "e"
		severities, reasons := sift(t, "arn:aws:iam::*:role/deploy", test.call)
		if severities["e"] != test.want {
			t.Errorf("%s: %v, want %v: %q", name, severities["e"], test.want, reasons["e"])
		}
		if lowered := strings.Contains(strings.Join(reasons["e"], "\n"), "One grade lower: a listed deployer"); lowered !=
			(name == "a deployer with a tool" || name == "the rule on the agent" || name == "an attempt of a deployer") {
			t.Errorf("%s: %q", name, reasons["e"])
		}
	}
}

// burst is n removals of a role, this far apart.
func burst(role string, n int, apart time.Duration) []gradedCall {
	var calls []gradedCall
	for i := range n {
		calls = append(calls, gradedCall{
			id: fmt.Sprintf("%s%d", role, i), role: role, name: "RemoveUserFromGroup", after: time.Duration(i) * apart,
		})
	}
	return calls
}

func TestSift_burst(t *testing.T) {
	t.Parallel()
	fifth := func(name, rest string) []gradedCall {
		return append(burst("a", 4, time.Minute), gradedCall{id: "x", role: "a", name: name, rest: rest})
	}
	for name, test := range map[string]struct {
		calls []gradedCall
		want  events.Severity // of a0
		count int
	}{
		"five":                        {burst("a", 5, time.Minute), events.SeverityHigh, 5},
		"five in just ten minutes":    {burst("a", 5, 150*time.Second), events.SeverityHigh, 5},
		"five in more":                {burst("a", 5, 151*time.Second), events.SeverityMedium, 0},
		"four":                        {burst("a", 4, time.Second), events.SeverityMedium, 0},
		"a hundred, slowly":           {burst("a", 100, time.Minute), events.SeverityHigh, 11},
		"at the same second":          {burst("a", 7, 0), events.SeverityHigh, 7},
		"of two actors":               {append(burst("a", 3, time.Second), burst("b", 4, time.Second)...), events.SeverityMedium, 0},
		"the fifth failed":            {fifth("DeleteGroup", `,"errorCode":"DeleteConflict"`), events.SeverityMedium, 0},
		"the fifth gives":             {fifth("AddUserToGroup", ""), events.SeverityMedium, 0},
		"the fifth is not catalogued": {fifth("DeleteSomething", ""), events.SeverityMedium, 0},
		"the fifth is another kind":   {fifth("DeleteGroup", ""), events.SeverityHigh, 5},
	} {
		severities, reasons := sift(t, "nobody", test.calls...)
		if severities["a0"] != test.want {
			t.Errorf("%s: %v, want %v", name, severities["a0"], test.want)
		}
		want := fmt.Sprintf("one of %d removals by this actor within 10 minutes", test.count)
		if got := strings.Join(reasons["a0"], "\n"); strings.Contains(got, "removals by this actor") != (test.count > 0) ||
			test.count > 0 && !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// What is outside of the window of a burst stays as it is; what is critical is
// told the same.
func TestSift_burstEdges(t *testing.T) {
	t.Parallel()
	calls := append(burst("a", 5, time.Second),
		gradedCall{id: "later", role: "a", name: "RemoveUserFromGroup", after: time.Hour},
		gradedCall{id: "high", role: "a", name: "DeleteRolePermissionsBoundary", parameters: `{"roleName":"a"}`})
	severities, reasons := sift(t, "nobody", calls...)
	if severities["later"] != events.SeverityMedium || severities["high"] != events.SeverityCritical {
		t.Errorf("got %v", severities)
	}
	if got := strings.Join(reasons["high"], "\n"); !strings.Contains(got, "It is one of 6 removals") {
		t.Errorf("got %q", got)
	}
}

func TestSift_deniedAttempts(t *testing.T) {
	t.Parallel()
	var calls []gradedCall
	for i := range 3 {
		calls = append(calls, gradedCall{
			id: fmt.Sprint(i), role: "a", name: "RemoveUserFromGroup", rest: `,"errorCode":"AccessDenied"`,
		})
	}
	calls = append(calls, gradedCall{id: "b", role: "b", name: "RemoveUserFromGroup", rest: `,"errorCode":"AccessDenied"`})
	severities, reasons := sift(t, "nobody", calls...)
	for id, want := range map[string]bool{"0": true, "1": true, "2": true, "b": false} {
		got := strings.Join(reasons[id], "\n")
		if strings.Contains(got, "It is one of 3 denied attempts by this actor") != want || severities[id] != events.SeverityLow {
			t.Errorf("%s: %v %q", id, severities[id], got)
		}
	}
}
