package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// maxDocument is the number of characters that IAM takes for a managed policy.
const maxDocument = 6144

// FuzzDecide: no document makes the evaluator panic or take long, more knowledge never
// overturns a decision, and nothing is lost from a document that stays.
func FuzzDecide(f *testing.F) {
	for _, members := range []string{
		everything, wholeIAM, mfaRequired, deny,
		`"Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:iam::*:user/${aws:username}"},{` + everything,
		`"Effect":"Allow","Action":"*","Resource":"` + strings.Repeat("*a", 2900) + `"`,
		`"Effect":"Allow","Action":"` + strings.Repeat("*?", 2900) + `","Resource":"*"`,
		`"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::${*}${?}${$}${aws:x, 'y'}${","Condition":{"ArnNotLike":{"a":"arn:*"}}`,
		`"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":["2020","x"]},` +
			`"IpAddress":{"aws:SourceIp":"::/0"},"ForAllValues:StringLike":{"aws:TagKeys":["${aws:username}*",""]},"Null":{"a":"x"}}`,
	} {
		f.Add(one(members), "iam:CreateUser", "arn:aws:iam::111122223333:user/alice", "alice")
	}
	f.Fuzz(func(t *testing.T, text, action, resource, value string) {
		if len(text) > maxDocument || len(action)+len(resource)+len(value) > 2048 {
			return
		}
		document, err := policy.Parse(text)
		if err != nil {
			return
		}
		start := time.Now()
		all := policy.Source{Document: mustParse(t, one(everything))}
		own := policy.NewSource("fuzzed", document)
		for _, grants := range []policy.Grants{
			{Policies: []policy.Source{own}}, {Policies: []policy.Source{own, all}}, {Policies: []policy.Source{all}, Boundary: &own},
		} {
			request := policy.Request{Action: action, Resource: resource}
			before := grants.Decide(request)
			request.Context = policy.Context{Complete: true, Values: map[string][]string{
				"aws:username": {value}, "aws:SourceIp": {value}, "aws:CurrentTime": {value}, "aws:TagKeys": {value, "x"},
			}}
			after := grants.Decide(request)
			if refused(before) != refused(after) && before.Decision != policy.Undecided && after.Decision != policy.Undecided {
				t.Fatalf("%s, then %s", before.Decision, after.Decision)
			}
			may := grants.May(action, request.Context)
			if may.Decision == policy.Allowed && !strings.ContainsAny(action, "*?") {
				request.Resource = may.Resource
				if on := grants.Decide(request); on.Decision != policy.Allowed {
					t.Fatalf("may on %q, but %s", may.Resource, on.Decision)
				}
			}
			if loss := policy.Compare(grants, grants, request.Context); !loss.Empty() {
				t.Fatalf("lost from itself: %+v", loss)
			}
			policy.Compare(grants, policy.Grants{Policies: []policy.Source{all}}, request.Context).Sentences(value)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %s", took)
		}
	})
}

// refused says whether the verdict is a denial of either kind.
func refused(v policy.Verdict) bool {
	return v.Decision == policy.ImplicitlyDenied || v.Decision == policy.ExplicitlyDenied
}
