package framework_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                     "",
		"user/alice (ü 你)":     "user/alice (ü 你)",
		"a\nb\r\tc":            `a\u000ab\u000d\u0009c`,
		"\x1b[31mred\x07":      `\u001b[31mred\u0007`,
		"a\u202eb\u2066c":      `a\u202eb\u2066c`,
		"zero\u200bwidth":      `zero\u200bwidth`,
		"line\u2028para\u2029": `line\u2028para\u2029`,
		"tag\U000e0041":        `tag\U000e0041`,
		"bad\xffbytes":         `bad\ufffdbytes`,
		"nul\x00c1\u0085":      `nul\u0000c1\u0085`,
	} {
		if got := framework.Escape(text); got != want {
			t.Errorf("%q is escaped as %q, want %q", text, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a\n\u202e|`<@")
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range framework.Escape(text) {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
				t.Fatalf("%q keeps %q", text, r)
			}
		}
		cell := framework.EscapeMarkdown(text)
		if strings.ContainsAny(cell, "<>@\n\r") || strings.Contains(cell, "://") {
			t.Fatalf("%q becomes %q", text, cell)
		}
		for i := range cell {
			if strings.IndexByte("|`[*_~$!", cell[i]) >= 0 && (i == 0 || cell[i-1] != '\\') {
				t.Fatalf("%q becomes %q, with a bare %c", text, cell, cell[i])
			}
		}
	})
}

func TestLastFour(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"AKIAIOSFODNN7EXAMPLE": "…MPLE", "abcd": "abcd", "": ""} {
		if got := framework.LastFour(id); got != want {
			t.Errorf("%q is shown as %q", id, got)
		}
	}
}
