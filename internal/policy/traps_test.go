package policy_test

import (
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// TestGrants_May_traps has the shapes on which checks for privilege escalation are wrong.
// The idea of the list is that of BishopFox's iam-vulnerable.
func TestGrants_May_traps(t *testing.T) {
	t.Parallel()
	const (
		attach   = `"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*"`
		pass     = `"Effect":"Allow","Action":"iam:PassRole","Resource":"*"`
		run      = `"Effect":"Allow","Action":"ec2:RunInstances","Resource":"*"`
		denyIAM  = `"Effect":"Deny","Action":"iam:*","Resource":"*"`
		denyUser = `"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::111122223333:user/*"`
	)
	attaching, passing := []string{"iam:AttachUserPolicy"}, []string{"iam:PassRole", "ec2:RunInstances"}
	for name, test := range map[string]struct {
		policies []string
		boundary string
		actions  []string
		want     policy.Decision
	}{
		// What looks possible and is not.
		"Deny in the same policy": {[]string{attach + "},{" + denyIAM}, "", attaching, policy.ExplicitlyDenied},
		"Deny in another policy":  {[]string{attach, denyIAM}, "", attaching, policy.ExplicitlyDenied},
		"Deny of all users":       {[]string{attach, denyUser}, "", attaching, policy.ExplicitlyDenied},
		"Deny of all but S3": {
			[]string{attach, `"Effect":"Deny","NotAction":"s3:*","Resource":"*"`}, "", attaching, policy.ExplicitlyDenied,
		},
		"Deny of all users but none": {
			[]string{attach, `"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::*"`}, "", attaching, policy.ExplicitlyDenied,
		},
		"resource of another kind": {
			[]string{`"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"arn:aws:iam::111122223333:role/*"`},
			"", attaching,
			policy.ImplicitlyDenied,
		},
		"condition that does not hold": {
			[]string{`"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:username":"root-only"}}`},
			"", attaching,
			policy.ImplicitlyDenied,
		},
		"boundary without IAM": {
			[]string{attach}, `"Effect":"Allow","Action":["s3:*","ec2:*"],"Resource":"*"`, attaching, policy.ImplicitlyDenied,
		},
		"boundary with a Deny": {[]string{attach}, everything + "},{" + denyIAM, attaching, policy.ExplicitlyDenied},
		"one right of two":     {[]string{run}, "", passing, policy.ImplicitlyDenied},
		"Allow of all but IAM": {
			[]string{`"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"`}, "", attaching, policy.ImplicitlyDenied,
		},
		"boundary of another user": {
			[]string{attach},
			`"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::111122223333:role/*"`,
			attaching,
			policy.ImplicitlyDenied,
		},

		// What looks harmless and is not.
		"rights together over several policies": {[]string{pass, run}, "", passing, policy.Allowed},
		"Allow by NotAction": {
			[]string{`"Effect":"Allow","NotAction":"s3:*","Resource":"*"`}, "", attaching, policy.Allowed,
		},
		"Allow by NotResource": {
			[]string{`"Effect":"Allow","Action":"iam:*","NotResource":"arn:aws:iam::*:user/root"`}, "", attaching, policy.Allowed,
		},
		"constraint that can be exploited": {
			[]string{`"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"arn:aws:iam::111122223333:user/${aws:username}"`},
			"", attaching,
			policy.Allowed,
		},
		"condition that holds": {
			[]string{`"Effect":"Allow","Action":"iam:*User*","Resource":"*","Condition":{"StringLike":{"aws:username":"a*"}}`},
			"", attaching,
			policy.Allowed,
		},
		"Deny of some users": {
			[]string{attach, `"Effect":"Deny","Action":"*","Resource":"arn:aws:iam::*:user/admin-*"`}, "", attaching, policy.Allowed,
		},
		"Deny of others": {
			[]string{attach, `"Effect":"Deny","Action":"*","NotResource":"arn:aws:iam::*:user/${aws:username}"`},
			"",
			attaching,
			policy.Allowed,
		},
		"Deny of roles": {
			[]string{attach, `"Effect":"Deny","Action":"iam:*","Resource":"arn:aws:iam::*:role/*"`}, "", attaching, policy.Allowed,
		},
		"wildcard in the name": {
			[]string{`"Effect":"Allow","Action":"iam:?tt*Policy","Resource":"*"`}, "", attaching, policy.Allowed,
		},
		"boundary that allows it": {
			[]string{attach}, `"Effect":"Allow","Action":"iam:Attach*","Resource":"arn:aws:iam::*:user/eng/*"`, attaching, policy.Allowed,
		},

		// What cannot be told.
		"condition on the request": {
			[]string{`"Effect":"Allow","Action":"iam:*","Resource":"*",` +
				`"Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/x"}}`},
			"",
			attaching, policy.Undecided,
		},
		"Deny from elsewhere": {
			[]string{attach, `"Effect":"Deny","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`},
			"",
			attaching, policy.Undecided,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var grants policy.Grants
			for _, text := range test.policies {
				grants.Policies = append(grants.Policies, source(t, "p", text))
			}
			if test.boundary != "" {
				boundary := source(t, "b", test.boundary)
				grants.Boundary = &boundary
			}
			got := policy.Allowed
			for _, action := range test.actions {
				switch v := grants.May(action, alice); {
				case v.Decision == policy.Undecided:
					got = policy.Undecided
					if v.Unknown == nil {
						t.Error("no reason")
					}
				case v.Decision != policy.Allowed:
					got = v.Decision
				default:
					request := policy.Request{Action: action, Resource: v.Resource, Context: alice}
					if on := grants.Decide(request); on.Decision != policy.Allowed {
						t.Errorf("%s on %s: %s", action, v.Resource, on.Decision)
					}
				}
			}
			if got != test.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestGrants_May has the rest: patterns, actions without resources, unknown actions and
// other partitions.
func TestGrants_May(t *testing.T) {
	t.Parallel()
	china := policy.Context{Values: map[string][]string{"aws:PrincipalArn": {"arn:aws-cn:iam::111122223333:user/alice"}}}
	for name, test := range map[string]struct {
		statements, action string
		context            policy.Context
		want               policy.Decision
		resource           string
	}{
		"all of IAM":    {wholeIAM, "iam:*", alice, policy.Allowed, "*"},
		"all by a star": {everything, "iam:Put*", alice, policy.Allowed, "*"},
		"a part of IAM": {
			`"Effect":"Allow","Action":"iam:Put*","Resource":"*"`, "iam:*", alice, policy.ImplicitlyDenied, "",
		},
		"all of IAM but one known": {
			wholeIAM + `},{"Effect":"Deny","Action":"iam:PassRole","Resource":"*"`, "iam:*", alice, policy.ExplicitlyDenied, "",
		},
		"all of IAM but one unknown": {
			wholeIAM + `},{"Effect":"Deny","Action":"iam:GetUser","Resource":"*"`, "iam:*", alice, policy.Undecided, "",
		},
		"takes no resource": {everything, "ec2:DescribeInstances", alice, policy.Allowed, "*"},
		"no resource, named one": {
			`"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:*:*:instance/*"`,
			"ec2:DescribeInstances",
			alice,
			policy.ImplicitlyDenied,
			"",
		},
		"unknown action": {everything, "x:Do", alice, policy.Allowed, "any-1"},
		"unknown action, some": {
			`"Effect":"Allow","Action":"x:*","Resource":"arn:aws:x:::a/*"`, "x:Do", alice, policy.Undecided, "",
		},
		"unknown action, Deny of some": {
			everything + `},{"Effect":"Deny","Action":"*","Resource":"arn:aws:x:::a/*"`, "x:Do", alice, policy.Undecided, "",
		},
		"unknown action, Deny of all": {
			everything + `},{"Effect":"Deny","Action":"*","Resource":"*"`, "x:Do", alice, policy.ExplicitlyDenied, "",
		},
		"own account": {
			wholeIAM, "iam:CreateAccessKey", alice, policy.Allowed, "arn:aws:iam::111122223333:user/any-1",
		},
		"unknown account": {
			wholeIAM, "iam:CreateAccessKey", unknown, policy.Allowed, "arn:aws:iam::000000000000:user/any-1",
		},
		"another account": {
			`"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::444455556666:user/*"`,
			"iam:CreateAccessKey",
			alice,
			policy.ImplicitlyDenied,
			"",
		},
		"role of another account": {
			`"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::444455556666:role/x"`,
			"sts:AssumeRole",
			alice,
			policy.Allowed,
			"arn:aws:iam::444455556666:role/x",
		},
		"partition of the principal": {
			wholeIAM, "iam:CreateAccessKey", china, policy.Allowed, "arn:aws-cn:iam::111122223333:user/any-1",
		},
		"partition of the policies": {
			`"Effect":"Allow","Action":"*","Resource":"arn:aws-cn:iam::1:user/x"`,
			"iam:CreateAccessKey",
			unknown,
			policy.Allowed,
			"arn:aws-cn:iam::1:user/x",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			grants := policy.Grants{Policies: []policy.Source{source(t, "p", test.statements)}}
			if got := grants.May(test.action, test.context); got.Decision != test.want || got.Resource != test.resource {
				t.Errorf("%s on %q", got.Decision, got.Resource)
			}
		})
	}
}

func TestEscalations(t *testing.T) {
	t.Parallel()
	list := policy.Escalations()
	if len(list) != 105 {
		t.Errorf("%d combinations", len(list))
	}
	admin := policy.Grants{Policies: []policy.Source{source(t, "admin", everything)}}
	names := map[string]bool{}
	for _, x := range list {
		if len(x.Actions) == 0 || len(x.Lists) == 0 || names[x.Name()] {
			t.Errorf("%+v", x)
		}
		names[x.Name()] = true
		for _, action := range x.Actions {
			if v := admin.May(action, alice); v.Decision != policy.Allowed {
				t.Errorf("an administrator on %s: %s", action, v.Decision)
			}
		}
	}
	if !names["iam:PassRole + ec2:RunInstances"] {
		t.Error("no iam:PassRole + ec2:RunInstances")
	}
	list[0].Actions[0] = "changed"
	if policy.Escalations()[0].Actions[0] == "changed" {
		t.Error("the list can be changed")
	}
}
