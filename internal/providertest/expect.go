package providertest

import (
	"strings"
	"testing"
)

// ExpectTexts asserts that what Terraform printed holds these texts, however it broke
// the lines and drew borders beside them.
func ExpectTexts(tb testing.TB, out string, texts ...string) {
	tb.Helper()
	flat := flatten(out)
	for _, text := range texts {
		if !strings.Contains(flat, text) {
			tb.Errorf("%q is missing in:\n%s", text, out)
		}
	}
}

// ExpectNoTexts asserts that what Terraform printed holds none of these texts.
func ExpectNoTexts(tb testing.TB, out string, texts ...string) {
	tb.Helper()
	flat := flatten(out)
	for _, text := range texts {
		if strings.Contains(flat, text) {
			tb.Errorf("%q is in:\n%s", text, out)
		}
	}
}

func flatten(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

// Fails runs Terraform, which has to fail, and answers what it printed.
func (c *CLI) Fails(tb testing.TB, arguments ...string) string {
	tb.Helper()
	code, out := c.Run(tb, arguments...)
	if code == 0 {
		tb.Errorf("terraform %s did not fail:\n%s", strings.Join(arguments, " "), out)
	}
	return out
}
