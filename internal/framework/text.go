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
		switch {
		case !isUnprintable(r):
			out.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&out, "\\U%08x", r)
		default:
			fmt.Fprintf(&out, "\\u%04x", r)
		}
	}
	return out.String()
}

func isUnprintable(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' ||
		r == unicode.ReplacementChar
}

// markdownReplacer neutralizes what could end a table cell, open code, a tag, an
// entity or a formula, or become a link. What a site links after it has read the
// Markdown (mentions, numbers of issues, bare addresses) is parted by a space of
// no width, because there an entity is a character like any other.
var markdownReplacer = strings.NewReplacer(
	"\\", "\\\\", "|", "\\|", "`", "\\`", "[", "\\[", "*", "\\*", "_", "\\_", "!", "\\!", "~", "\\~", "$", "\\$",
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "@", "&#64;&#8203;", "#", "&#35;&#8203;",
	"://", ":&#8203;//", "www.", "www&#8203;.")

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
