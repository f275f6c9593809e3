package policy_test

import (
	"encoding/json"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// FuzzParsePolicy: what parses is JSON, its normal form parses to itself, and
// means the same as the document it came from.
func FuzzParsePolicy(f *testing.F) {
	for _, members := range []string{
		allowGet, allowPut + `},{` + deny,
		who + `,"Principal":{"AWS":["123456789012","arn:aws:iam::123456789012:root"],"Service":[]}`,
		deny + `,"Condition":{"BOOL":{"a":true},"bool":{"A":[1,2]}}`,
		`"Effect":"Deny","NotAction":[],"NotResource":"u/${aws:username}"`,
		who + `,"NotPrincipal":"*","Sid":"x"`,
		`"Effect":"Allow","Action":["*:*","S3:*","s3:*"],"Resource":"\u0000*"`,
	} {
		f.Add(one(members))
	}
	f.Fuzz(func(t *testing.T, text string) {
		document, err := policy.Parse(text)
		if err != nil {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatal("parsed what is no JSON")
		}
		normal := document.Normalised()
		again, err := policy.Parse(normal.String())
		if err != nil {
			t.Fatalf("normal form %s: %v", normal, err)
		}
		if got := again.Normalised().String(); got != normal.String() {
			t.Fatalf("normal form\n%s\nof its own is\n%s", normal, got)
		}
		if !document.Equivalent(normal) || !normal.Equivalent(document) {
			t.Fatalf("not equivalent:\n%s\n%s", document, normal)
		}
		if missing := normal.Missing(document); missing != nil {
			t.Fatalf("missing %s", texts(missing))
		}
	})
}
