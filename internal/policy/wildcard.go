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
	part, rest, starred := strings.Cut(pattern, "*")
	s, ok := prefixed(s, part, one)
	if !starred {
		return ok && s == ""
	}
	for ok {
		if part, rest, starred = strings.Cut(rest, "*"); !starred {
			return suffixed(s, part, one)
		}
		s, ok = after(s, part, one)
	}
	return false
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
	starts, open := startsWith(narrow, broad)
	if !starts || !open || strings.Contains(broad, "?") && len(broad)*len(narrow) > maxProduct {
		return false
	}
	if plain(broad) && plain(narrow) {
		return match(broad, narrow, func(r rune) bool { return r != '*' })
	}
	isPrivate := func(r rune) bool { return r >= firstVariable }
	if strings.ContainsFunc(broad, isPrivate) || strings.ContainsFunc(narrow, isPrivate) {
		return false
	}
	known := variables{}
	return match(known.mark(broad), known.mark(narrow), func(r rune) bool { return r != '*' && !isPrivate(r) })
}

// plain says whether the pattern has neither variables nor characters that may
// stand for one.
func plain(pattern string) bool {
	for i := range len(pattern) {
		if pattern[i] == '$' || pattern[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// maxProduct bounds the product of the lengths of two texts whose comparison
// takes as long. No ARN comes near it.
const maxProduct = 1 << 22

// overlaps says whether some text matches both patterns; a variable may stand
// for any text, so it errs towards true, as it does for very long patterns. The
// time is the product of the lengths.
func overlaps(a, b string) bool {
	switch {
	case a == "*" || b == "*" || a == b:
		return true
	case disjointStarts(a, b):
		return false
	case len(a)*len(b) > maxProduct:
		return true
	}
	x, y := starred(a), starred(b)
	row, below := make([]bool, len(y)+2), make([]bool, len(y)+2) // below[j]: x[i+1:] and y[j:] overlap
	for i := len(x); i >= 0; i-- {
		for j := len(y); j >= 0; j-- {
			end := i == len(x) && j == len(y)
			row[j] = end || overlapAt(at(x, i), at(y, j), below[j], row[j+1], below[j+1])
		}
		row, below = below, row
	}
	return below[0]
}

// starred returns the characters of a pattern with a star for each variable.
func starred(pattern string) []rune {
	if strings.Contains(pattern, "${") {
		pattern = replaceVariables(pattern, func(string) string { return "*" })
	}
	return []rune(pattern)
}

// overlapAt says whether two patterns overlap that begin with a and b, by what
// is known of them without the first character of a, of b, and of both.
func overlapAt(a, b rune, withoutA, withoutB, withoutBoth bool) bool {
	if a == '*' || b == '*' {
		return withoutA || withoutB
	}
	return withoutBoth && (a == b || a == '?' || b == '?')
}

// at returns a character of text, 0 after its end.
func at(text []rune, i int) rune {
	if i == len(text) {
		return 0
	}
	return text[i]
}
