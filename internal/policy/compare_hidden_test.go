package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// leaves compares what alice may do in a group and after she left it.
func leaves(t *testing.T, group string, own ...string) policy.Loss {
	t.Helper()
	remaining := source(t, "user", own...)
	return policy.Compare(
		policy.Grants{Policies: []policy.Source{remaining, source(t, "group", group)}},
		policy.Grants{Policies: []policy.Source{remaining}},
		alice,
	)
}

// regained returns the sessions in which an escalation is regained, and those in which
// it may be.
func regained(loss policy.Loss, name string) (settled, open []policy.Session) {
	for _, x := range loss.Escalations {
		if x.Name() == name {
			settled = x.Sessions
		}
	}
	for _, x := range loss.Unsettled {
		if x.Name() == name {
			open = x.Sessions
		}
	}
	return settled, open
}

// denyAge denies everything where the age of MFA is as the operator says.
func denyAge(operator string, seconds int) string {
	const format = `"Effect":"Deny","Action":"*","Resource":"*","Condition":{%q:{"aws:MultiFactorAuthAge":"%d"}}`
	return fmt.Sprintf(format, operator, seconds)
}

// A Deny of sessions whose MFA is old matters, also where one without MFA or with even
// older MFA remains, and wherever the limit lies.
func TestCompare_ageOfMFA(t *testing.T) {
	t.Parallel()
	const missing = `"Effect":"Deny","Action":"*","Resource":"*",` + withoutMFA
	old, all := []policy.Session{policy.OldMFASession}, []policy.Session{policy.OldMFASession, policy.MFASession}
	for name, test := range map[string]struct {
		group     string
		own       []string
		effective policy.Answer
		sessions  []policy.Session
		sentences []string
	}{
		"an hour": {
			denyAge("NumericGreaterThan", 3600), nil, policy.Yes, old,
			[]string{"alice is no longer denied iam:* with MFA older than 1h0m0s", "privileges with old MFA by iam:*"},
		},
		"an hour, beside a Deny without MFA": {
			denyAge("NumericGreaterThanIfExists", 3600),
			[]string{missing},
			policy.Yes, old,
			[]string{"alice is no longer denied iam:* with MFA older than 1h0m0s", "privileges with old MFA by iam:*"},
		},
		"an hour or no MFA": {
			denyAge("NumericGreaterThanIfExists", 3600), nil, policy.Yes,
			[]policy.Session{policy.KeySession, policy.PlainSession, policy.OldMFASession},
			[]string{"alice is no longer denied iam:* with MFA older than 1h0m0s", "privileges without recent MFA by iam:*"},
		},
		"an hour, beside half a day": {
			denyAge("NumericGreaterThan", 3600), []string{denyAge("NumericGreaterThan", 43200)}, policy.Yes, old, nil,
		},
		"an hour, beside two hours from both sides": {
			denyAge("NumericGreaterThan", 3600),
			[]string{denyAge("NumericLessThan", 7200), denyAge("NumericGreaterThan", 7200)},
			policy.Yes, old, nil,
		},
		"an hour, beside half an hour": {
			denyAge("NumericGreaterThan", 3600), []string{denyAge("NumericGreaterThan", 1800)}, policy.No, nil, nil,
		},
		"half a minute": {
			denyAge("NumericGreaterThan", 30), nil, policy.Yes, all,
			[]string{"alice is no longer denied iam:* with MFA older than 30s", "privileges with MFA by iam:*"},
		},
		"longer than any session": {denyAge("NumericGreaterThan", 129600), nil, policy.No, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loss := leaves(t, test.group, append(test.own, wholeIAM)...)
			if len(loss.Denies) != 1 {
				t.Fatalf("loss %+v", loss)
			}
			if lost := loss.Denies[0]; lost.Effective != test.effective || !lost.Guards || !lost.MFA {
				t.Errorf("lost %s", label(lost))
			}
			if got, open := regained(loss, "iam:*"); !slices.Equal(got, test.sessions) || open != nil {
				t.Errorf("iam:* is regained in %v and perhaps in %v", got, open)
			}
			said := strings.Join(loss.Sentences("alice"), "\n")
			for _, want := range test.sentences {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not in %q", want, said)
				}
			}
		})
	}
}

// Many limits that somebody gave itself do not hide the one that counts, and where not
// all are tried, the loss stays open.
func TestCompare_manyAges(t *testing.T) {
	t.Parallel()
	own := []string{wholeIAM}
	for i := range 40 {
		own = append(own, strings.Replace(denyAge("NumericEquals", 43300+10*i), `"*","Resource"`, `"iam:Get*","Resource"`, 1))
	}
	loss := leaves(t, denyAge("NumericGreaterThan", 3600), append(own, denyAge("NumericGreaterThan", 43200))...)
	if len(loss.Denies) != 1 || loss.Denies[0].Effective != policy.Yes {
		t.Errorf("loss %q", labels(loss.Denies))
	}
	loss = leaves(t, denyAge("NumericEquals", 3600), append(own, denyAge("NumericEquals", 3600)+`,"Sid":"still"`)...)
	if !loss.Empty() {
		t.Errorf("loss %q", labels(loss.Denies))
	}
	loss = leaves(t, denyAge("NumericGreaterThan", 50000), append(own, denyAge("NumericGreaterThan", 40000))...)
	if len(loss.Denies) != 1 || loss.Denies[0].Effective != policy.Perhaps ||
		!slices.Contains(loss.Unknown, "some of the many ages of MFA") {
		t.Errorf("loss %q, unknown %q", labels(loss.Denies), loss.Unknown)
	}
}

// A remaining Deny that hangs on what nobody knows of a request fails in some request,
// and hides no loss.
func TestCompare_remainingOnUnknownKey(t *testing.T) {
	t.Parallel()
	const (
		never   = `"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:UserAgent":"never"}}`
		regions = `"Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*",` +
			`"Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1"]}}`
		variable = `"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"${aws:UserAgent}"}}`
		named    = `"Effect":"Deny","Action":"*","Resource":"arn:aws:iam::*:user/${aws:UserAgent}"`
		beside   = `"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:UserAgent":"never"},` +
			`"NumericEquals":{"aws:MultiFactorAuthAge":"soon"}}`
		odd = `"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLikely":{"aws:username":"never"}}`
	)
	without := []policy.Session{policy.KeySession, policy.PlainSession}
	for name, test := range map[string]struct {
		own           string
		effective     policy.Answer
		settled, open []policy.Session
	}{
		"user agent":               {never, policy.Yes, without, nil},
		"regions":                  {regions, policy.Yes, without, nil},
		"a variable":               {variable, policy.Yes, without, nil},
		"a variable in a resource": {named, policy.Yes, without, nil},
		"beside what is odd":       {beside, policy.Yes, without, nil},
		"what is odd alone":        {odd, policy.Perhaps, nil, without},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loss := leaves(t, mfaRequired, wholeIAM, test.own)
			if len(loss.Denies) != 1 || loss.Denies[0].Effective != test.effective {
				t.Errorf("loss %q", labels(loss.Denies))
			}
			settled, open := regained(loss, "iam:AttachUserPolicy")
			if !slices.Equal(settled, test.settled) || !slices.Equal(open, test.open) {
				t.Errorf("regained in %v and perhaps in %v", settled, open)
			}
		})
	}
	loss := leaves(t, mfaRequired, wholeIAM, never)
	if settled, open := regained(loss, "iam:*"); !slices.Equal(settled, without) || open != nil {
		t.Errorf("iam:* is regained in %v and perhaps in %v", settled, open)
	}
	loss = leaves(t, `"Effect":"Deny","Action":"cloudtrail:*","Resource":"*"`, everything, regions)
	if len(loss.Denies) != 1 || loss.Denies[0].Effective != policy.Yes {
		t.Errorf("loss %q", labels(loss.Denies))
	}
	loss = leaves(t, `"Effect":"Allow","Action":"s3:GetObject","Resource":"*"`, wholeIAM, never)
	if len(loss.Allows) != 1 || loss.Allows[0].Effective != policy.Yes {
		t.Errorf("loss %q", labels(loss.Allows))
	}
	remaining, boundary := source(
		t,
		"user",
		everything,
		never,
	), source(
		t,
		"boundary",
		`"Effect":"Allow","Action":"s3:*","Resource":"*"`,
	)
	loss = policy.Compare(
		policy.Grants{Policies: []policy.Source{remaining}, Boundary: &boundary},
		policy.Grants{Policies: []policy.Source{remaining}}, alice,
	)
	if len(loss.Freed) != 1 || loss.Freed[0].Effective != policy.Yes {
		t.Errorf("freed %q", labels(loss.Freed))
	}
}

// Others who ask are told that it is undecided.
func TestDecide_remainsThreeValued(t *testing.T) {
	t.Parallel()
	const denied = `"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:UserAgent":"never"}}`
	grants := policy.Grants{Policies: []policy.Source{source(t, "user", wholeIAM, denied)}}
	got := grants.Decide(policy.Request{Action: "iam:AttachUserPolicy", Resource: "*", Context: alice})
	if may := grants.May("iam:AttachUserPolicy", alice); got.Decision != policy.Undecided || may.Decision != policy.Undecided {
		t.Errorf("decided %s, may %s", got.Decision, may.Decision)
	}
}

// A pattern covers another resource only where that does not take a star that reaches
// over a colon from the middle of a segment.
func TestCompare_starOverColon(t *testing.T) {
	t.Parallel()
	const logs, s3 = "arn:aws:logs:us-east-1:111122223333:", "arn:aws:s3:::"
	for _, test := range []struct {
		remaining, lost string
		covered         bool
	}{
		{"arn:aws:logs:*:*:log-group*secure", logs + "log-group:a:secure", false},
		{"arn:aws:logs:*:*:log-group*secure", logs + "log-group-secure", true},
		{"arn:aws:logs:*:*:log-group:*", logs + "log-group:a:secure", true},
		{"arn:aws:logs:*:*:log-group*", logs + "log-group:a:secure", true},
		{"arn:aws:logs:*:*:log-group*secure", "arn:aws:logs:*:*:log-group*secure", true},
		{"arn:aws:logs:*:*:log-group*re", "arn:aws:logs:*:*:log-group*secure", true},
		{"arn:aws:logs:*:*:log-group*:secure", "arn:aws:logs:*:*:log-group:*:secure", true},
		{"arn:aws:logs:*:*:log*p?secure", "arn:aws:logs:*:*:log-group:secure", true},
		{"arn:aws:logs:*:*:log*secure", "arn:aws:logs:*:*:log?secure", false},
		{"arn:aws:logs:*:*:log*secure", "arn:aws:logs:*:*:log*:secure", false},
		{"arn:aws:logs:*:*:log*?secure", "arn:aws:logs:*:*:log*:secure", false},
		{"arn:aws:logs:*:*:x*?y*", "arn:aws:logs:*:*:x*y:zy", false},
		{"arn:aws:logs:*:*:log*secure", "arn:aws:logs:*:*:log-${aws:userid}-secure", false},
		{s3 + "b*/secret*", s3 + "bucket*/secret", true},
		{s3 + "*/secret", s3 + "bucket/a/secret", true},
		{s3 + "b*/${aws:username}/*", s3 + "bucket/${aws:username}/a:b", true},
		{"arn:aws:logs*secure", logs + "log-group:a:secure", false},
	} {
		statement := func(resource string) string { return `"Effect":"Deny","Action":"logs:*","Resource":"` + resource + `"` }
		loss := leaves(t, statement(test.lost), everything, statement(test.remaining))
		if got := len(loss.Denies) == 0; got != test.covered {
			t.Errorf("%s covers %s: %v", test.remaining, test.lost, got)
		}
		have, want := mustParse(t, one(statement(test.remaining))), mustParse(t, one(statement(test.lost)))
		if got := have.Missing(want) == nil; got != test.covered {
			t.Errorf("%s has all of %s: %v", test.remaining, test.lost, got)
		}
	}
	loss := leaves(t, `"Effect":"Deny","Action":"logs:DeleteLogGroup","Resource":"`+logs+`log-group:a:secure"`,
		everything, `"Effect":"Deny","Action":"logs:*","Resource":"arn:aws:logs:*:*:log-group*secure"`)
	if len(loss.Denies) != 1 || loss.Denies[0].Effective != policy.Perhaps {
		t.Errorf("loss %q", labels(loss.Denies))
	}
}
