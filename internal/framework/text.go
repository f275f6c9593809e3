package framework

import (
	"fmt"
	"strings"
	"unicode"
)

// Escape makes text from an AWS record harmless in a diagnostic or a progress
// line: control characters, newlines and characters that reorder text become
// their \u escape.
func Escape(text string) string {
	if !strings.ContainsFunc(text, isUnprintable) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if isUnprintable(r) {
			fmt.Fprintf(&out, "\\u%04x", r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func isUnprintable(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

// markdownReplacer neutralises what could end a table cell, open code, a tag or
// mention somebody.
var markdownReplacer = strings.NewReplacer(
	"\\", "\\\\", "|", "\\|", "`", "\\`", "<", "&lt;", "@", "&#64;", "[", "\\[", "*", "\\*", "_", "\\_", "!", "\\!")

// EscapeMarkdown is Escape for a cell of a Markdown table.
func EscapeMarkdown(text string) string {
	return markdownReplacer.Replace(Escape(text))
}

// LastFour shows a key ID by its last four characters.
func LastFour(keyID string) string {
	if len(keyID) <= 4 {
		return keyID
	}
	return "…" + keyID[len(keyID)-4:]
}
