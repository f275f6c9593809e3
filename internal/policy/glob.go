package policy

import "strings"

// glob is a pattern that is asked often.
type glob struct {
	text  string
	fixed bool // without wildcards
}

// newGlob reads a pattern.
func newGlob(pattern string) glob { return glob{pattern, !strings.ContainsAny(pattern, "*?")} }

// matches is [MatchWildcard] for a text whose stars are marked.
func (g glob) matches(s string) bool {
	switch {
	case g.text == "*":
		return true
	case g.fixed:
		return g.text == s
	}
	if starts, _ := startsWith(s, g.text); !starts {
		return false
	}
	return MatchWildcard(g.text, s)
}

// bySegment says whether each segment of the pattern matches that of an ARN
// whose name has no colon; then within holds.
func (g glob) bySegment(s string) bool {
	pattern, text := g.text, s
	for range arnSegments - 1 {
		p, pattern1, ok := strings.Cut(pattern, ":")
		t, text1, found := strings.Cut(text, ":")
		if !ok || !found || !MatchWildcard(p, t) {
			return false
		}
		pattern, text = pattern1, text1
	}
	return !strings.Contains(text, ":") && MatchWildcard(pattern, text)
}

// matchesResource is matches for ARNs; perhaps where the answer hangs on a star
// in the middle of a segment that would have to reach over a colon.
func (g glob) matchesResource(s string, n *notes) Answer {
	if !g.matches(s) {
		return No
	}
	if !g.bound() || g.bySegment(s) || len(g.text)*len(s) <= maxProduct && g.within(s) {
		return Yes
	}
	return n.perhaps("a star that reaches over a colon in " + g.text)
}

// meet returns a pattern of texts that match both; "" where none was found. It
// is a part of what they have in common, not always all of it.
func meet(a, b string) string {
	switch {
	case coversPattern(b, a):
		return a
	case coversPattern(a, b):
		return b
	case disjointStarts(a, b), len(a)*len(b) > maxProduct:
		return ""
	}
	x, y := []rune(a), []rune(b)
	common := overlapTable(x, y)
	if !common[0][0] {
		return ""
	}
	return walk(x, y, common)
}

// walk follows two patterns through what they have in common.
func walk(x, y []rune, common [][]bool) string {
	var out []rune
	for i, j := 0, 0; i < len(x) || j < len(y); {
		p, q := at(x, i), at(y, j)
		if p == q || p != '*' && q != '*' {
			out = append(out, narrower(p, q))
		}
		if p != '*' && q != '*' {
			i, j = i+1, j+1
			continue
		}
		switch step(p, q, common[i+1][j], common[i][j+1]) {
		case leaveFirst:
			i++
		case leaveSecond:
			j++
		case intoFirst:
			out, j = append(out, q), j+1
		case intoSecond:
			out, i = append(out, p), i+1
		}
	}
	return string(out)
}

// The steps of [walk] at a star: leave it, or give it a character of the other.
const (
	leaveFirst = iota
	leaveSecond
	intoFirst
	intoSecond
)

// step chooses what to do where p or q is a star, by where it may be left.
func step(p, q rune, first, second bool) int {
	switch {
	case p == '*' && first:
		return leaveFirst
	case q == '*' && second:
		return leaveSecond
	case p == '*':
		return intoFirst
	}
	return intoSecond
}

// narrower is the one of two characters that is no question mark.
func narrower(p, q rune) rune {
	if p == '?' {
		return q
	}
	return p
}

// overlapTable says for every i and j whether a[i:] and b[j:] overlap.
func overlapTable(a, b []rune) [][]bool {
	table, cells := make([][]bool, len(a)+2), make([]bool, (len(a)+2)*(len(b)+2))
	for i := range table {
		table[i] = cells[i*(len(b)+2) : (i+1)*(len(b)+2)]
	}
	for i := len(a); i >= 0; i-- {
		for j := len(b); j >= 0; j-- {
			end := i == len(a) && j == len(b)
			table[i][j] = end || overlapAt(at(a, i), at(b, j), table[i+1][j], table[i][j+1], table[i+1][j+1])
		}
	}
	return table
}

// What a star of a pattern becomes in a text that stands for others, and what
// it becomes where an account ID stands alone.
const (
	filler        = "any-1"
	fillerAccount = "000000000000"
)

// maxSample is longer than any ARN.
const maxSample = 2048

// sample returns a text in the region; ok is false where none is known, or none
// of a bearable length.
func (r region) sample() (text string, ok bool) {
	text = strings.ReplaceAll(strings.ReplaceAll(r.inner, "**", "*"), "?", "x")
	if parts := strings.SplitN(text, ":", arnSegments); len(parts) == arnSegments && parts[4] == "*" {
		parts[4] = fillerAccount
		text = strings.Join(parts, ":")
	}
	if text = strings.ReplaceAll(text, "*", filler); !plain(text) {
		text = asResource.Replace(text)
	}
	return text, text != "" && len(text) <= maxSample
}

// asResource turns marks back into the characters they stand for.
var asResource = strings.NewReplacer(string(textStar), "*", string(textQuestion), "?")

// disjointStarts says whether the patterns differ before the first wildcard or
// variable of either.
func disjointStarts(a, b string) bool {
	for i := range min(len(a), len(b)) {
		if strings.IndexByte("*?$", a[i]) >= 0 || strings.IndexByte("*?$", b[i]) >= 0 {
			return false
		}
		if a[i] != b[i] {
			return true
		}
	}
	return false
}

// startsWith says whether the text begins like the pattern before its first
// wildcard or variable; open whether there is one.
func startsWith(text, pattern string) (starts, open bool) {
	for i := range len(pattern) {
		c := pattern[i]
		if c == '*' || c == '?' || c == '$' {
			return true, true
		}
		if i >= len(text) || text[i] != c {
			return false, false
		}
	}
	return true, false
}
