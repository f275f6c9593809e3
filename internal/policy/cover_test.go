package policy_test

import (
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

func TestDocument_Missing(t *testing.T) {
	t.Parallel()
	const (
		service = `"Principal":{"Service":"cloudtrail.amazonaws.com"}`
		put     = `"Effect":"Allow",` + service + `,"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/AWSLogs/*"`
		acl     = `,"Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}`
		base    = `"Effect":"Allow","Action":`
	)
	for name, test := range map[string]struct {
		have, required string
		covered        bool
	}{
		"equal": {put, put, true},
		"wider resource": {
			`"Effect":"Allow",` + service + `,"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"`,
			put,
			true,
		},
		"narrower resource": {
			`"Effect":"Allow",` + service + `,"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/AWSLogs/1/*"`,
			put,
			false,
		},
		"wider action":            {`"Effect":"Allow",` + service + `,"Action":"S3:Put*","Resource":"*"`, put, true},
		"no condition is wider":   {put, put + acl, true},
		"same condition":          {put + acl, put + acl, true},
		"a condition is narrower": {put + acl, put, false},
		"another condition":       {put + acl, put + `,"Condition":{"StringEquals":{"s3:x-amz-acl":"private"}}`, false},
		"another principal": {
			`"Effect":"Allow","Principal":{"Service":"x.amazonaws.com"},"Action":"*","Resource":"*"`,
			put,
			false,
		},
		"everyone is not a service": {`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`, put, false},
		"no principal":              {`"Effect":"Allow","Action":"*","Resource":"*"`, put, false},
		"Deny does not grant":       {`"Effect":"Deny",` + service + `,"Action":"*","Resource":"*"`, put, false},
		"everyone covers a user": {
			who + `,"Principal":"*"`,
			who + `,"Principal":{"AWS":"arn:aws:iam::123456789012:user/a"}`,
			true,
		},
		"account does not": {
			who + `,"Principal":{"AWS":"123456789012"}`,
			who + `,"Principal":{"AWS":"arn:aws:iam::123456789012:user/a"}`,
			false,
		},
		"principals have no globs": {
			who + `,"Principal":{"AWS":"arn:aws:iam::123456789012:*"}`,
			who + `,"Principal":{"AWS":"arn:aws:iam::123456789012:user/a"}`,
			false,
		},
		"two statements together": {
			base + `"a:B","Resource":"*"},{` + base + `"a:C","Resource":"*"`,
			base + `["a:B","a:C"],"Resource":"x"`,
			true,
		},
		"two halves do not": {
			base + `"a:B","Resource":"x"},{` + base + `"a:C","Resource":"y"`,
			base + `["a:B","a:C"],"Resource":["x","y"]`,
			false,
		},
		"question mark":             {base + `"a:?","Resource":"*"`, base + `"a:b","Resource":"*"`, true},
		"question mark over a star": {base + `"a:?","Resource":"*"`, base + `"a:*","Resource":"*"`, false},
		"star over a question mark": {base + `"a:*","Resource":"*"`, base + `"a:?","Resource":"*"`, true},
		"star over a variable":      {base + `"*","Resource":"u/*"`, base + `"*","Resource":"u/${aws:username}"`, true},
		"question over a variable":  {base + `"*","Resource":"u/?"`, base + `"*","Resource":"u/${aws:username}"`, false},
		"text inside a variable":    {base + `"*","Resource":"*username*"`, base + `"*","Resource":"u/${aws:username}"`, false},
		"same variable": {
			base + `"*","Resource":"u/${aws:username}/*"`,
			base + `"*","Resource":"u/${aws:username}/x"`,
			true,
		},
		"another variable": {
			base + `"*","Resource":"u/${aws:userid}/*"`,
			base + `"*","Resource":"u/${aws:username}/x"`,
			false,
		},
		"escaped star is text": {base + `"*","Resource":"u/${*}"`, base + `"*","Resource":"u/abc"`, false},
		"NotAction covers others": {
			`"Effect":"Allow","NotAction":"iam:*","Resource":"*"`,
			base + `"s3:GetObject","Resource":"*"`,
			true,
		},
		"NotAction may overlap": {
			`"Effect":"Allow","NotAction":"iam:Get*","Resource":"*"`,
			base + `"iam:*User","Resource":"*"`,
			false,
		},
		"fewer exceptions are wider": {
			`"Effect":"Deny","NotAction":"a:b","Resource":"*"`,
			`"Effect":"Deny","NotAction":["a:b","c:d"],"Resource":"*"`,
			true,
		},
		"more exceptions are not": {
			`"Effect":"Deny","NotAction":["a:b","c:d"],"Resource":"*"`,
			`"Effect":"Deny","NotAction":"a:b","Resource":"*"`,
			false,
		},
		"some actions over NotAction": {
			`"Effect":"Deny","Action":"s3:*","Resource":"*"`,
			`"Effect":"Deny","NotAction":"a:b","Resource":"*"`,
			false,
		},
		"all actions over NotAction": {deny, `"Effect":"Deny","NotAction":"a:b","Resource":"*"`, true},
		"NotPrincipal, its account": {
			`"Effect":"Deny","Action":"*","NotPrincipal":{"AWS":"123456789012"}`,
			`"Effect":"Deny","Action":"*","Principal":{"AWS":"arn:aws:iam::123456789012:user/a"}`, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			missing := mustParse(t, one(test.have)).Missing(mustParse(t, one(test.required)))
			if (len(missing) == 0) != test.covered {
				t.Errorf("missing %s", texts(missing))
			}
		})
	}
}

// Variables only exist in the newer version, so they never compare between
// versions.
func TestDocument_Missing_versions(t *testing.T) {
	t.Parallel()
	old := `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"`
	for resource, covered := range map[string]bool{"u/x": true, "u/${aws:username}": false} {
		have := mustParse(t, old+resource+`"}]}`)
		required := mustParse(t, one(`"Effect":"Allow","Action":"*","Resource":"`+resource+`"`))
		if missing := have.Missing(required); (len(missing) == 0) != covered {
			t.Errorf("%s: missing %s", resource, texts(missing))
		}
	}
}

func TestDocument_Denying(t *testing.T) {
	t.Parallel()
	const required = `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/r"},` +
		`"Action":"s3:Put*","Resource":"arn:aws:s3:::b/*"`
	for name, test := range map[string]struct {
		have string
		want bool
	}{
		"TLS only": {
			`"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`,
			true,
		},
		"one object":      {`"Effect":"Deny","Principal":"*","Action":"s3:*Object","Resource":"arn:aws:s3:::b/x"`, true},
		"another action":  {`"Effect":"Deny","Principal":"*","Action":"s3:Get*","Resource":"*"`, false},
		"another bucket":  {`"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::c/*"`, false},
		"the account":     {`"Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"`, true},
		"another account": {`"Effect":"Deny","Principal":{"AWS":"210987654321"},"Action":"*","Resource":"*"`, false},
		"a service":       {`"Effect":"Deny","Principal":{"Service":"x"},"Action":"*","Resource":"*"`, false},
		"all but this role": {
			`"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:role/r"},"Action":"*","Resource":"*"`,
			false,
		},
		"all but another role": {
			`"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:role/q"},"Action":"*","Resource":"*"`,
			true,
		},
		"all but these": {`"Effect":"Deny","Principal":"*","NotAction":"s3:*","Resource":"*"`, false},
		"an Allow":      {`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`, false},
		"variable": {
			`"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::${aws:PrincipalTag/b}/x"`,
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			denying := mustParse(t, one(test.have)).Denying(mustParse(t, one(required)))
			if (len(denying) > 0) != test.want {
				t.Errorf("denying %s", texts(denying))
			}
		})
	}
	if denying := mustParse(t, one(deny)).Denying(policy.Document{}); denying != nil {
		t.Errorf("denying %s", texts(denying))
	}
}
