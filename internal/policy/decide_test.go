package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// allowing is an Allow of everything under a condition.
func allowing(condition string) string {
	return `"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition
}

// when returns a complete context of one key.
func when(key string, values ...string) policy.Context {
	return policy.Context{Values: map[string][]string{key: values}, Complete: true}
}

var (
	nothing = policy.Context{Complete: true}
	unknown = policy.Context{}
)

// TestGrants_Decide_conditions has what the judge is not asked: what is undecided, and
// what it does not know.
func TestGrants_Decide_conditions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		condition string
		context   policy.Context
		want      policy.Decision
		reason    string
	}{
		"unknown key": {
			`{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, unknown, policy.Undecided, "aws:SourceVpc",
		},
		"unknown beside false": {
			`{"StringEquals":{"aws:SourceVpc":"vpc-1","aws:username":"bob"}}`, alice, policy.ImplicitlyDenied, "",
		},
		"absent by pattern": {
			`{"StringEquals":{"aws:PrincipalTag/team":"red"}}`,
			policy.Context{Absent: []string{"AWS:principaltag/*"}},
			policy.ImplicitlyDenied,
			"",
		},
		"empty list is absent": {`{"Null":{"aws:TagKeys":"true"}}`, when("aws:TagKeys"), policy.Allowed, ""},
		"key in another case":  {`{"StringEquals":{"AWS:UserName":"alice"}}`, alice, policy.Allowed, ""},
		"operator in another case": {
			`{"forANYvalue:STRINGlike":{"aws:TagKeys":"a*"}}`, when("aws:TagKeys", "b", "ab"), policy.Allowed, "",
		},
		"unknown operator": {
			`{"StringMatches":{"aws:username":"alice"}}`, alice, policy.Undecided, "the operator StringMatches",
		},
		"unknown set operator": {
			`{"ForSomeValues:StringLike":{"aws:username":"alice"}}`, alice, policy.Undecided, "the operator ForSomeValues:StringLike",
		},
		"Null with a set operator": {
			`{"ForAnyValue:Null":{"aws:username":"true"}}`, alice, policy.Undecided, "the operator ForAnyValue:Null",
		},
		"no values": {`{"StringEquals":{"aws:username":[]}}`, alice, policy.Undecided, "no values for aws:username"},
		"several values without a set operator": {
			`{"StringEquals":{"dynamodb:Attributes":"a"}}`, when("dynamodb:Attributes", "a", "b"), policy.Undecided,
			"several values of dynamodb:Attributes without a set operator",
		},
		"a multivalued key without a set operator": {
			`{"StringNotEquals":{"aws:TagKeys":"a"}}`, when("aws:TagKeys", "b"), policy.Undecided,
			"several values of aws:TagKeys without a set operator",
		},
		"empty text, all": {
			`{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`,
			when("aws:TagKeys", ""),
			policy.Undecided,
			"the empty value of aws:TagKeys",
		},
		"empty text, any": {
			`{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}`, when("aws:TagKeys", ""), policy.ImplicitlyDenied, "",
		},
		"empty prefix": {`{"StringEquals":{"s3:prefix":""}}`, when("s3:prefix", ""), policy.Allowed, ""},
		"odd boolean": {
			`{"Bool":{"aws:SecureTransport":"1"}}`, when("aws:SecureTransport", "true"), policy.Undecided, `"1" is no boolean`,
		},
		"odd boolean beside the right one": {
			`{"Bool":{"aws:SecureTransport":["1","true"]}}`, when("aws:SecureTransport", "true"), policy.Allowed, "",
		},
		"odd number":   {`{"NumericEquals":{"a:b":"1e3"}}`, when("a:b", "1000"), policy.Undecided, `"1e3" is no number`},
		"large number": {`{"NumericLessThan":{"a:b":"9007199254740993"}}`, when("a:b", "9007199254740992"), policy.Allowed, ""},
		"a year is a date or a number of seconds": {
			`{"DateGreaterThan":{"aws:CurrentTime":"2020"}}`, when("aws:CurrentTime", "2025-01-01T00:00:00Z"), policy.Undecided,
			`"2020" is no date`,
		},
		"a whole day": {
			`{"DateEquals":{"aws:CurrentTime":"2025-01-01"}}`, when("aws:CurrentTime", "2025-01-01T10:00:00Z"), policy.Undecided,
			"the day of 2025-01-01T10:00:00Z and 2025-01-01",
		},
		"after a day": {
			`{"DateGreaterThan":{"aws:CurrentTime":"2025-01-01"}}`, when("aws:CurrentTime", "2025-01-02T00:00:00Z"), policy.Allowed, "",
		},
		"seconds and ISO 8601": {
			`{"DateLessThan":{"aws:CurrentTime":"1748779201"}}`, when("aws:CurrentTime", "2025-06-01T12:00:00Z"), policy.Allowed, "",
		},
		"every address": {`{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}`, when("aws:SourceIp", "203.0.113.7"), policy.Allowed, ""},
		"one IPv6 address": {
			`{"IpAddress":{"aws:SourceIp":"2001:db8::7"}}`, when("aws:SourceIp", "2001:DB8:0::7"), policy.Allowed, "",
		},
		"IPv6 address without a length": {
			`{"IpAddress":{"aws:SourceIp":"2001:db8::7"}}`, when("aws:SourceIp", "2001:db8::8"), policy.Undecided,
			"2001:db8::7 without a prefix length",
		},
		"address of the other kind": {
			`{"NotIpAddress":{"aws:SourceIp":"203.0.113.7"}}`, when("aws:SourceIp", "2001:db8::8"), policy.Allowed, "",
		},
		"no ARN": {`{"ArnLike":{"aws:SourceArn":"*"}}`, when("aws:SourceArn", "arn:aws:s3:::b"), policy.Undecided, `"*" is no ARN`},
		"star over a colon of an ARN": {
			`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:1:t"}}`,
			when("aws:SourceArn", "arn:aws:sns:a:2:x:1:t"),
			policy.ImplicitlyDenied,
			"",
		},
		"base64 of other text": {`{"BinaryEquals":{"a:b":"x"}}`, when("a:b", "eA=="), policy.Undecided, `"x" is no base64`},
		"StringEquals knows no star": {
			`{"StringEquals":{"aws:username":"al*"}}`, alice, policy.ImplicitlyDenied, "",
		},
		"an escaped star is text": {`{"StringLike":{"a:b":"a${*}c"}}`, when("a:b", "abc"), policy.ImplicitlyDenied, ""},
		"an escaped star in StringEquals": {
			`{"StringEquals":{"a:b":"a${*}${?}${$}"}}`, when("a:b", "a*?$"), policy.Allowed, "",
		},
		"a variable without a value, negated": {
			`{"StringNotEquals":{"aws:username":"${aws:PrincipalTag/x}"}}`, when("aws:username", "alice"), policy.Allowed, "",
		},
		"a variable without a value, negated ARN": {
			`{"ArnNotLike":{"aws:SourceArn":"arn:aws:s3:::${aws:PrincipalTag/x}"}}`,
			when("aws:SourceArn", "arn:aws:s3:::b"),
			policy.Undecided,
			"a variable without a value in arn:aws:s3:::${aws:PrincipalTag/x}",
		},
		"ForAnyValue with IfExists, absent": {
			`{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":"a"}}`, nothing, policy.Undecided,
			"ForAnyValue with IfExists of the absent aws:TagKeys",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			grants := policy.Grants{Policies: []policy.Source{source(t, "p", allowing(test.condition))}}
			got := grants.Decide(policy.Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/x", Context: test.context})
			if got.Decision != test.want || strings.Join(got.Unknown, "; ") != test.reason {
				t.Errorf("got %s because of %q", got.Decision, got.Unknown)
			}
		})
	}
}

func TestGrants_Decide_statements(t *testing.T) {
	t.Parallel()
	user := `"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::1:user/`
	for name, test := range map[string]struct {
		statement, resource string
		context             policy.Context
		want                policy.Decision
		reason              string
	}{
		"variable":         {user + `${aws:username}"`, "arn:aws:iam::1:user/alice", alice, policy.Allowed, ""},
		"another user":     {user + `${aws:username}"`, "arn:aws:iam::1:user/bob", alice, policy.ImplicitlyDenied, ""},
		"unknown variable": {user + `${aws:username}"`, "arn:aws:iam::1:user/bob", unknown, policy.Undecided, "aws:username"},
		"absent variable":  {user + `${aws:username}"`, "arn:aws:iam::1:user/bob", nothing, policy.ImplicitlyDenied, ""},
		"default":          {user + `${aws:username, 'bob'}"`, "arn:aws:iam::1:user/bob", nothing, policy.Allowed, ""},
		"default not quoted": {
			user + `${aws:username, bob}"`, "arn:aws:iam::1:user/bob", nothing, policy.Undecided, "a policy variable that cannot be read",
		},
		"escaped star":        {user + `${*}"`, "arn:aws:iam::1:user/*", nothing, policy.Allowed, ""},
		"escaped star, other": {user + `${*}"`, "arn:aws:iam::1:user/a", nothing, policy.ImplicitlyDenied, ""},
		"star in a value": {
			user + `${aws:username}"`, "arn:aws:iam::1:user/bob", when("aws:username", "b*"), policy.Undecided,
			"a wildcard in the value of aws:username",
		},
		"resources have case": {user + `Bob"`, "arn:aws:iam::1:user/bob", nothing, policy.ImplicitlyDenied, ""},
		"star at the end of a segment": {
			`"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::*"`, "arn:aws:iam::1:user/bob", nothing, policy.Allowed, "",
		},
		"star in a segment over a colon": {
			`"Effect":"Allow","Action":"*","Resource":"arn:aws:i*r/bob"`, "arn:aws:iam::1:user/bob", nothing, policy.Undecided,
			"a star that reaches over a colon in arn:aws:i*r/bob",
		},
		"short ARN": {
			`"Effect":"Allow","Action":"*","Resource":"arn:aws:iam:"`, "arn:aws:iam::1:user/bob", nothing, policy.Undecided,
			"the short ARN arn:aws:iam:",
		},
		"NotResource with an absent variable": {
			`"Effect":"Deny","Action":"*","NotResource":"arn:aws:iam::1:user/${aws:username}"},{` + everything, "arn:aws:iam::1:user/bob",
			nothing, policy.Undecided, "a variable without a value in arn:aws:iam::1:user/${aws:username}",
		},
		"Principal": {
			`"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`, "arn:aws:iam::1:user/bob", nothing, policy.Undecided,
			"a Principal in an identity policy",
		},
		"no Resource": {
			`"Effect":"Allow","Action":"*"`, "arn:aws:iam::1:user/bob", nothing, policy.Undecided, "a statement without Resource",
		},
		"an unknown Allow beside a Deny": {
			allowing(`{"Bool":{"aws:x":"true"}}`) + `},{"Effect":"Deny","Action":"*","Resource":"*"`, "arn:aws:iam::1:user/bob", unknown,
			policy.ExplicitlyDenied, "",
		},
		"an unknown Deny beside an Allow": {
			everything + `},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:x":"true"}}`, "arn:aws:iam::1:user/bob",
			unknown, policy.Undecided, "aws:x",
		},
		"an unknown Deny without an Allow": {
			`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:x":"true"}}`, "arn:aws:iam::1:user/bob", unknown,
			policy.ImplicitlyDenied, "aws:x",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			grants := policy.Grants{Policies: []policy.Source{{Document: mustParse(t, one(test.statement))}}}
			got := grants.Decide(policy.Request{Action: "IAM:getuser", Resource: test.resource, Context: test.context})
			if got.Decision != test.want || strings.Join(got.Unknown, "; ") != test.reason {
				t.Errorf("got %s because of %q", got.Decision, got.Unknown)
			}
		})
	}
}

// In the older version, and without one, what reads as a variable is text.
func TestGrants_Decide_versions(t *testing.T) {
	t.Parallel()
	const statement = `"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::1:user/${aws:username}"}}`
	for text, want := range map[string]policy.Decision{
		`{"Version":"2012-10-17",` + statement: policy.Allowed,
		`{"Version":"2008-10-17",` + statement: policy.ImplicitlyDenied,
		`{` + statement:                        policy.ImplicitlyDenied,
	} {
		grants := policy.Grants{Policies: []policy.Source{{Document: mustParse(t, text)}}}
		literal := policy.Allowed
		if want == policy.Allowed {
			literal = policy.ImplicitlyDenied
		}
		for resource, want := range map[string]policy.Decision{
			"arn:aws:iam::1:user/alice": want, "arn:aws:iam::1:user/${aws:username}": literal,
		} {
			if got := grants.Decide(policy.Request{Action: "iam:GetUser", Resource: resource, Context: alice}); got.Decision != want {
				t.Errorf("%s on %s: %s", text, resource, got.Decision)
			}
		}
	}
}

func TestGrants_Decide_matched(t *testing.T) {
	t.Parallel()
	boundary := source(t, "boundary", everything)
	grants := policy.Grants{
		Policies: []policy.Source{
			source(t, "user", wholeIAM),
			source(t, "group", mfaRequired, `"Effect":"Allow","Action":"s3:*","Resource":"*"`),
		},
		Boundary: &boundary,
	}
	got := grants.Decide(policy.Request{Action: "iam:CreateUser", Resource: "arn:aws:iam::1:user/x"})
	var labels []string
	for _, m := range got.Matched {
		labels = append(labels, m.Label+" "+string(m.Statement.Effect)+" "+m.Applies.String())
	}
	want := []string{"user Allow yes", "group Deny undecided", "boundary Allow yes"}
	if !slices.Equal(labels, want) || !got.Matched[2].Boundary {
		t.Errorf("matched %v", labels)
	}
	if got.Decision != policy.Undecided || !slices.Equal(got.Unknown, []string{"aws:MultiFactorAuthPresent"}) {
		t.Errorf("%s, unknown %v", got.Decision, got.Unknown)
	}
	if again := grants.Policies[0].Labeled("other"); again.Label != "other" {
		t.Errorf("label %q", again.Label)
	}
}
