package policy_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

func TestMatchWildcard(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b:c", true},
		{"**", "x", true},
		{"?", "", false},
		{"?", "é", true},
		{"??", "é", false},
		{"a*", "abc", true},
		{"a*c", "abc", true},
		{"a*c", "abd", false},
		{"a*c", "ac", true},
		{"a*a", "a", false},
		{"*abc", "ababc", true},
		{"*ab*ab", "ab", false},
		{"a*b*c", "a-c-b-c", true},
		{"a*?", "a", false},
		{"*?", "x", true},
		{"a?*c", "abbc", true},
		{"*a?c*", "xxabcxx", true},
		{"*a?c*", "xxacxx", false},
		{"iam:*User*", "iam:GetUserPolicy", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y", true},
		{"A", "a", false},
		{"[a]", "a", false},
	} {
		if got := policy.MatchWildcard(test.pattern, test.s); got != test.want {
			t.Errorf("MatchWildcard(%q, %q) = %v", test.pattern, test.s, got)
		}
	}
}

// plainMatch is the definition, slow and obvious.
func plainMatch(pattern, s []rune) bool {
	switch {
	case len(pattern) == 0:
		return len(s) == 0
	case pattern[0] == '*':
		return plainMatch(pattern[1:], s) || len(s) > 0 && plainMatch(pattern, s[1:])
	}
	return len(s) > 0 && (pattern[0] == '?' || pattern[0] == s[0]) && plainMatch(pattern[1:], s[1:])
}

func TestMatchWildcard_definition(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	word := func(letters string, longest int) string {
		var out strings.Builder
		for range random.IntN(longest + 1) {
			out.WriteByte(letters[random.IntN(len(letters))])
		}
		return out.String()
	}
	for range 20000 {
		pattern, s := word("ab*?", 6), word("ab", 8)
		if got, want := policy.MatchWildcard(pattern, s), plainMatch([]rune(pattern), []rune(s)); got != want {
			t.Fatalf("MatchWildcard(%q, %q) = %v, want %v", pattern, s, got, want)
		}
	}
}

// Coverage must never claim what a text contradicts, and overlap never deny
// what a text shows.
func TestCoverage_sound(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	word := func(letters string) string {
		out := make([]byte, 1+random.IntN(4))
		for i := range out {
			out[i] = letters[random.IntN(len(letters))]
		}
		return string(out)
	}
	statement := func(effect policy.Effect, resource string) policy.Document {
		return policy.Document{Version: policy.Version2012, Statements: []policy.Statement{
			{Effect: effect, Action: []string{"*"}, Resource: []string{resource}},
		}}
	}
	for range 20000 {
		broad, narrow, s := word("ab*?"), word("ab*?"), word("ab")
		covered := statement(policy.Allow, broad).Missing(statement(policy.Allow, narrow)) == nil
		inBroad, inNarrow := policy.MatchWildcard(broad, s), policy.MatchWildcard(narrow, s)
		if covered && inNarrow && !inBroad {
			t.Fatalf("%q covers %q, but not %q", broad, narrow, s)
		}
		overlapping := statement(policy.Deny, broad).Denying(statement(policy.Allow, narrow)) != nil
		if inBroad && inNarrow && !overlapping {
			t.Fatalf("%q and %q share %q", broad, narrow, s)
		}
	}
}

func BenchmarkMatchWildcard(b *testing.B) {
	pattern, s := strings.Repeat("*a", 100)+"b", strings.Repeat("a", 10000)
	for b.Loop() {
		policy.MatchWildcard(pattern, s)
	}
}
