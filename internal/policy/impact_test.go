package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

const (
	everything  = `"Effect":"Allow","Action":"*","Resource":"*"`
	wholeIAM    = `"Effect":"Allow","Action":"iam:*","Resource":"*"`
	withoutMFA  = `"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`
	selfService = `"NotAction":["iam:ChangePassword","iam:CreateVirtualMFADevice","iam:EnableMFADevice","iam:GetUser",` +
		`"iam:GetAccountPasswordPolicy","iam:ListMFADevices","iam:ListVirtualMFADevices","iam:ResyncMFADevice","sts:GetSessionToken"]`
	mfaRequired = `"Effect":"Deny",` + selfService + `,"Resource":"*",` + withoutMFA
)

// source returns a source of the given statements.
func source(t *testing.T, label string, statements ...string) policy.Source {
	t.Helper()
	return policy.NewSource(label, mustParse(t, one(strings.Join(statements, "},{"))))
}

// alice is what is known of every request of a user of that name.
var alice = policy.Context{Values: map[string][]string{
	"aws:username": {"alice"}, "aws:PrincipalArn": {"arn:aws:iam::111122223333:user/alice"},
	"aws:PrincipalAccount": {"111122223333"}, "aws:PrincipalType": {"User"},
}}

// label says in one line what is lost.
func label(lost policy.Lost) string {
	text := lost.Label + ": " + lost.Statement.Summary() + " | " + lost.Effective.String()
	if lost.Guards {
		text += " guards"
	}
	if lost.MFA {
		text += " mfa"
	}
	return text
}

// labels says in one line each what is lost.
func labels(list []policy.Lost) []string {
	var all []string
	for _, lost := range list {
		all = append(all, label(lost))
	}
	return all
}

func TestCompare(t *testing.T) {
	t.Parallel()
	const (
		s3      = `"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*"`
		noTrail = `"Effect":"Deny","Action":"cloudtrail:*","Resource":"*"`
		noIAM   = `"Effect":"Deny","Action":"iam:*","Resource":"*"`
	)
	for name, test := range map[string]struct {
		own, group, rest, before, after string // before and after are boundaries
		denies, allows, freed           []string
		sentences                       []string
	}{
		"nothing":                        {own: wholeIAM, group: wholeIAM},
		"the same Deny in another group": {own: everything, group: noIAM, rest: noIAM},
		"a wider Deny in another group":  {own: everything, group: noTrail, rest: `"Effect":"Deny","NotAction":"s3:*","Resource":"*"`},
		"a Deny with a condition in another group": {
			own: everything, group: noTrail, rest: `"Effect":"Deny","Action":"*","Resource":"*",` + withoutMFA,
			denies:    []string{"group: Deny cloudtrail:* on * | yes guards"},
			sentences: []string{"alice is no longer denied cloudtrail:*"},
		},
		"a Deny of what nothing allows": {
			own: s3, group: noIAM, denies: []string{"group: Deny iam:* on * | no guards"},
		},
		"a Deny that a part of is denied still": {
			own: everything, group: `"Effect":"Deny","Action":["iam:*","s3:DeleteBucket"],"Resource":"*"`, rest: noIAM,
			denies:    []string{"group: Deny s3:DeleteBucket on * | yes"},
			sentences: []string{"alice is no longer denied s3:DeleteBucket"},
		},
		"a Deny within the boundary": {
			own: everything, group: noTrail, before: everything, after: everything,
			denies:    []string{"group: Deny cloudtrail:* on * | yes guards"},
			sentences: []string{"alice is no longer denied cloudtrail:*"},
		},
		"a Deny outside the boundary": {
			own: everything, group: noTrail, before: s3, after: s3, denies: []string{"group: Deny cloudtrail:* on * | no guards"},
		},
		"a Deny of others": {
			own: everything, group: noTrail + `,"Condition":{"StringEquals":{"aws:username":"bob"}}`,
			denies: []string{"group: Deny cloudtrail:* on * depending on aws:username | no guards"},
		},
		"a Deny from elsewhere": {
			own: everything, group: noTrail + `,"Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`,
			denies:    []string{"group: Deny cloudtrail:* on * depending on aws:SourceIp | yes guards"},
			sentences: []string{"alice is no longer denied cloudtrail:* depending on aws:SourceIp"},
		},
		"a Deny of what is allowed from somewhere": {
			own: `"Effect":"Allow","Action":"cloudtrail:StopLogging","Resource":"*",` +
				`"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`,
			group: noTrail, denies: []string{"group: Deny cloudtrail:* on * | undecided guards"},
			sentences: []string{"alice may no longer be denied cloudtrail:StopLogging"},
		},
		"a Deny with a variable": {
			own:       `"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*:*:alice-*"`,
			group:     `"Effect":"Deny","Action":"sqs:*","Resource":"arn:aws:sqs:*:*:${aws:username}-*"`,
			denies:    []string{"group: Deny sqs:* on arn:aws:sqs:*:*:${aws:username}-* | yes"},
			sentences: []string{"alice is no longer denied sqs:*"},
		},
		"an old session": {
			own: everything, group: `"Effect":"Deny","Action":"ec2:*","Resource":"*",` +
				`"Condition":{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"30"}}`,
			denies:    []string{"group: Deny ec2:* on * with MFA older than 30s | yes mfa"},
			sentences: []string{"alice is no longer denied ec2:* with MFA older than 30s"},
		},
		"an Allow": {
			own: wholeIAM, group: s3, allows: []string{"group: Allow s3:GetObject, s3:PutObject on arn:aws:s3:::b/* | yes"},
			sentences: []string{"alice is no longer allowed s3:GetObject, s3:PutObject on arn:aws:s3:::b/*"},
		},
		"a part of an Allow": {
			own: `"Effect":"Allow","Action":"s3:G*","Resource":"*"`, group: s3,
			allows:    []string{"group: Allow s3:PutObject on arn:aws:s3:::b/* | yes"},
			sentences: []string{"alice is no longer allowed s3:PutObject on arn:aws:s3:::b/*"},
		},
		"an Allow that was denied": {
			own: `"Effect":"Deny","Action":"s3:*","Resource":"*"`, group: s3,
			allows: []string{"group: Allow s3:GetObject, s3:PutObject on arn:aws:s3:::b/* | no"},
		},
		"an Allow with MFA": {
			own: wholeIAM, group: `"Effect":"Allow","Action":"ec2:*","Resource":"*",` +
				`"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`,
			allows:    []string{"group: Allow ec2:* on * with MFA | yes mfa"},
			sentences: []string{"alice is no longer allowed ec2:* on *"},
		},
		"a boundary": {
			own: everything, group: s3, before: s3 + "},{" + noTrail,
			denies: []string{"boundary: Deny cloudtrail:* on * | yes guards"}, freed: []string{"user: Allow everything on * | yes guards"},
			sentences: []string{
				"alice is no longer denied cloudtrail:*", "alice is no longer kept from everything by the boundary",
				"alice can raise its own privileges by apprunner:UpdateService, batch:SubmitJob, " +
					"bedrock-agentcore:InvokeAgentRuntimeCommand and 102 more",
			},
		},
		"a boundary that held nothing back": {own: s3, group: s3, before: everything},
		"a boundary by another":             {own: s3, group: s3, before: wholeIAM, after: noIAM},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own, group := source(t, "user", test.own), source(t, "group", test.group)
			before, after := policy.Grants{Policies: []policy.Source{own, group}}, policy.Grants{Policies: []policy.Source{own}}
			if test.rest != "" {
				rest := source(t, "rest", test.rest)
				before.Policies, after.Policies = append(before.Policies, rest), append(after.Policies, rest)
			}
			if test.before != "" {
				boundary := source(t, "boundary", test.before)
				before.Boundary = &boundary
			}
			if test.after != "" {
				boundary := source(t, "boundary", test.after)
				after.Boundary = &boundary
			}
			loss := policy.Compare(before, after, alice)
			sentences := withoutEscalations(loss.Sentences("alice"), test.sentences)
			for what, pair := range map[string][2][]string{
				"denies":    {labels(loss.Denies), test.denies},
				"allows":    {labels(loss.Allows), test.allows},
				"freed":     {labels(loss.Freed), test.freed},
				"sentences": {sentences, test.sentences},
			} {
				if !slices.Equal(pair[0], pair[1]) {
					t.Errorf("%s are %q, want %q", what, pair[0], pair[1])
				}
			}
		})
	}
}

// withoutEscalations drops the sentences on escalations where none is wanted; they have
// tests of their own.
func withoutEscalations(lines, want []string) []string {
	raises := func(line string) bool { return strings.Contains(line, "raise its own") }
	if slices.ContainsFunc(want, raises) {
		return lines
	}
	if lines = slices.DeleteFunc(lines, raises); len(lines) == 0 {
		return nil
	}
	return lines
}

func TestCompare_mfaGroup(t *testing.T) {
	t.Parallel()
	own := source(t, "user alice: policy iam", wholeIAM)
	group := source(t, "group mfa-required: policy mfa", mfaRequired)
	loss := policy.Compare(
		policy.Grants{Policies: []policy.Source{own, group}},
		policy.Grants{Policies: []policy.Source{own}},
		alice,
	)
	if len(loss.Denies) != 1 || len(loss.Allows) != 0 || len(loss.Unsettled) != 0 || loss.Unknown != nil {
		t.Fatalf("loss %+v", loss)
	}
	lost := loss.Denies[0]
	if lost.Effective != policy.Yes || !lost.Guards || !lost.MFA || lost.Label != group.Label {
		t.Errorf("lost %+v", lost)
	}
	if got := lost.Statement.Summary(); got != "Deny everything but 9 actions on * without MFA" {
		t.Errorf("summary %q", got)
	}
	if len(loss.MFA()) != 1 {
		t.Errorf("MFA %+v", loss.MFA())
	}
	without := []policy.Session{policy.KeySession, policy.PlainSession}
	var names []string
	for _, x := range loss.Escalations {
		names = append(names, x.Name())
		if !slices.Equal(x.Sessions, without) {
			t.Errorf("%s in %v", x.Name(), x.Sessions)
		}
	}
	for _, want := range []string{"iam:*", "iam:AttachUserPolicy", "iam:CreateAccessKey + iam:DeleteAccessKey"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not among %v", want, names)
		}
	}
	sentences := []string{
		"alice is no longer denied iam:* without MFA",
		"alice can raise its own privileges without MFA by iam:*, iam:AddUserToGroup, iam:AttachGroupPolicy and 19 more",
	}
	if got := loss.Sentences("alice"); !slices.Equal(got, sentences) {
		t.Errorf("sentences %q", got)
	}
}

// An escalation that may have been possible before is told apart.
func TestCompare_unsettled(t *testing.T) {
	t.Parallel()
	own := source(t, "user", `"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"`)
	group := source(
		t,
		"group",
		`"Effect":"Deny","Action":"iam:*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`,
	)
	loss := policy.Compare(
		policy.Grants{Policies: []policy.Source{own, group}},
		policy.Grants{Policies: []policy.Source{own}},
		alice,
	)
	if len(loss.Escalations) != 0 || len(loss.Unsettled) != 1 || loss.Unsettled[0].Name() != "iam:CreateAccessKey" ||
		!slices.Equal(loss.Unsettled[0].Sessions, policy.Sessions()) || !slices.Equal(loss.Unknown, []string{"aws:SourceIp"}) {
		t.Errorf("%+v", loss)
	}
	want := []string{
		"alice is no longer denied iam:CreateAccessKey depending on aws:SourceIp",
		"alice may be able to raise its own privileges by iam:CreateAccessKey",
	}
	if got := loss.Sentences("alice"); !slices.Equal(got, want) {
		t.Errorf("sentences %q", got)
	}
}

// Without a lost Deny no escalation can be regained, whatever else went.
func TestCompare_groupWithoutDeny(t *testing.T) {
	t.Parallel()
	own, group := source(t, "user", wholeIAM), source(t, "group", everything)
	loss := policy.Compare(
		policy.Grants{Policies: []policy.Source{own, group}},
		policy.Grants{Policies: []policy.Source{own}},
		alice,
	)
	if len(loss.Allows) != 1 || len(loss.Denies)+len(loss.Escalations)+len(loss.Unsettled) != 0 {
		t.Errorf("%+v", loss)
	}
	if !(policy.Loss{}).Empty() || loss.Empty() {
		t.Error("empty")
	}
}

func TestStatement_Summary(t *testing.T) {
	t.Parallel()
	const (
		age      = `"aws:MultiFactorAuthAge":`
		denying  = `"Effect":"Deny","Action":"a:A","Resource":"*","Condition":`
		granting = `"Effect":"Allow","Action":"a:A","Resource":"*","Condition":`
	)
	for want, members := range map[string]string{
		"Deny everything but 9 actions on * without MFA":     mfaRequired,
		"Deny everything but s3:* on all but arn:aws:s3:::b": `"Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::b"`,
		"Allow a:A, a:B, a:C and 2 more on x":                `"Effect":"Allow","Action":["a:A","a:B","a:C","a","b"],"Resource":"x"`,
		"Allow a:A on all but 2 resources":                   `"Effect":"Allow","Action":"a:A","NotResource":["x","y"]`,
		"Allow nothing":                                      `"Effect":"Allow","Action":[]`,
		"Deny a:A on * with MFA older than 1h0m0s":           denying + `{"NumericGreaterThanIfExists":{` + age + `3600}}`,
		"Allow a:A on * with MFA younger than 1h0m0s":        granting + `{"NumericLessThan":{` + age + `"3600"}}`,
		"Deny a:A on * without MFA, depending on aws:SourceIp": denying +
			`{"Null":{"aws:multifactorauthpresent":"true",` + age + `"true"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`,
		"Allow a:A on * with MFA":                               granting + `{"Null":{"aws:MultiFactorAuthPresent":false}}`,
		"Deny a:A on * depending on aws:MultiFactorAuthPresent": denying + `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`,
		"Allow a:A on " + strings.Repeat("x", 59) + "…": `"Effect":"Allow","Action":"a:A","Resource":"` +
			strings.Repeat("x", 200) + `"`,
	} {
		if got := mustParse(t, one(members)).Statements[0].Summary(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
