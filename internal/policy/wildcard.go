package policy

import (
	"strings"
	"unicode/utf8"
)

// MatchWildcard says whether s matches an IAM pattern: * stands for any text,
// the empty one and / and : included, ? for one character. Case counts. Each
// part between two stars is looked for once, from left to right, so there is
// no backtracking: the time is linear in s for patterns without ?, and never
// more than the product of the lengths.
func MatchWildcard(pattern, s string) bool {
	return match(pattern, s, func(rune) bool { return true })
}

// match is MatchWildcard where ? only stands for characters that fit one.
func match(pattern, s string, one func(rune) bool) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := prefixed(s, parts[0], one)
	if !ok {
		return false
	}
	if len(parts) == 1 {
		return rest == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		if rest, ok = after(rest, part, one); !ok {
			return false
		}
	}
	return suffixed(rest, parts[len(parts)-1], one)
}

// prefixed matches part at the start of s and returns what follows.
func prefixed(s, part string, one func(rune) bool) (string, bool) {
	for part != "" {
		if s == "" {
			return "", false
		}
		if part[0] == '?' {
			r, width := utf8.DecodeRuneInString(s)
			if !one(r) {
				return "", false
			}
			part, s = part[1:], s[width:]
			continue
		}
		if part[0] != s[0] {
			return "", false
		}
		part, s = part[1:], s[1:]
	}
	return s, true
}

// after finds the first match of part in s and returns what follows.
func after(s, part string, one func(rune) bool) (string, bool) {
	if !strings.Contains(part, "?") {
		_, rest, ok := strings.Cut(s, part)
		return rest, ok
	}
	for {
		if rest, ok := prefixed(s, part, one); ok {
			return rest, true
		}
		if s == "" {
			return "", false
		}
		_, width := utf8.DecodeRuneInString(s)
		s = s[width:]
	}
}

// suffixed matches part at the end of s.
func suffixed(s, part string, one func(rune) bool) bool {
	if !strings.Contains(part, "?") {
		return strings.HasSuffix(s, part)
	}
	start := len(s)
	for range utf8.RuneCountInString(part) {
		_, width := utf8.DecodeLastRuneInString(s[:start])
		start -= width
	}
	rest, ok := prefixed(s[start:], part, one)
	return ok && rest == ""
}

// firstVariable is the first of the private-use characters that stand for
// policy variables while patterns are compared.
const firstVariable = '\U000F0000'

// variables numbers policy variables, so that equal ones get equal characters.
type variables map[string]rune

// mark replaces every "${…}" of a pattern by one character, which neither ?
// nor other text matches.
func (v variables) mark(pattern string) string {
	return replaceVariables(pattern, func(name string) string {
		r, ok := v[name]
		if !ok {
			r = firstVariable + rune(len(v))
			v[name] = r
		}
		return string(r)
	})
}

// replaceVariables replaces every "${…}" of a pattern.
func replaceVariables(pattern string, replace func(name string) string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(pattern, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			out.WriteString(pattern)
			return out.String()
		}
		out.WriteString(before)
		out.WriteString(replace(name))
		pattern = after
	}
}

// coversPattern says whether everything that matches narrow matches broad
// too; false where that does not follow from the texts.
func coversPattern(broad, narrow string) bool {
	if broad == "*" || broad == narrow {
		return true
	}
	isPrivate := func(r rune) bool { return r >= firstVariable }
	if strings.ContainsFunc(broad, isPrivate) || strings.ContainsFunc(narrow, isPrivate) {
		return false
	}
	known := variables{}
	return match(known.mark(broad), known.mark(narrow), func(r rune) bool { return r != '*' && !isPrivate(r) })
}

// overlaps says whether some text matches both patterns; a variable may stand
// for any text, so it errs towards true. The time is the product of the
// lengths.
func overlaps(a, b string) bool {
	star := func(string) string { return "*" }
	x, y := []rune(replaceVariables(a, star)), []rune(replaceVariables(b, star))
	below := make([]bool, len(y)+2) // below[j]: x[i+1:] and y[j:] overlap
	for i := len(x); i >= 0; i-- {
		row := make([]bool, len(y)+2)
		for j := len(y); j >= 0; j-- {
			switch a, b := at(x, i), at(y, j); {
			case i == len(x) && j == len(y):
				row[j] = true
			case a == '*' || b == '*':
				row[j] = below[j] || row[j+1]
			default:
				row[j] = below[j+1] && (a == b || a == '?' || b == '?')
			}
		}
		below = row
	}
	return below[0]
}

// at returns a character of text, 0 after its end.
func at(text []rune, i int) rune {
	if i == len(text) {
		return 0
	}
	return text[i]
}
