package policy

// within is matches where a star that is not the last character of its ARN
// segment stays within the segment, as AWS documents for resources. The time is
// the product of the lengths.
func (g glob) within(s string) bool {
	text := []rune(s)
	return bySegments([]rune(g.text), text, func(j int) kind {
		if text[j] == ':' {
			return border
		}
		return inner
	})
}

// kind says what a character of a text is to a pattern: one within a segment,
// one that may be a colon, or what may be more than one character.
type kind int

// The kinds of characters.
const (
	inner kind = iota
	border
	several
	innerSeveral
)

// crosses says whether it may have a colon in it.
func (k kind) crosses() bool { return k == border || k == several }

// single says whether it is one character.
func (k kind) single() bool { return k == inner || k == border }

// bySegments says whether a pattern whose bound stars stay within a segment
// matches a text.
func bySegments(pattern, text []rune, of func(j int) kind) bool {
	kinds := make([]kind, len(text)+1)
	for j := range text {
		kinds[j] = of(j)
	}
	below := make([]bool, len(text)+1) // below[j]: pattern[i+1:] matches text[j:]
	below[len(text)] = true
	for i := range pattern {
		below = bySegmentsAt(pattern[len(pattern)-1-i:], text, kinds, below)
	}
	return below[0]
}

// bySegmentsAt says for each j whether the pattern matches text[j:], by what is
// known of the pattern without its first character.
func bySegmentsAt(pattern, text []rune, kinds []kind, below []bool) []bool {
	row, p, bound := make([]bool, len(text)+1), pattern[0], boundAt(pattern, 0)
	for j := len(text); j >= 0; j-- {
		t := at(text, j)
		if p == '*' {
			row[j] = below[j] || t != 0 && row[j+1] && (!bound || !kinds[j].crosses())
		} else {
			row[j] = t != 0 && below[j+1] && (p == t || p == '?' && kinds[j].single())
		}
	}
	return row
}

// boundAt says whether a star there would not reach over colons.
func boundAt(pattern []rune, i int) bool {
	next := at(pattern, i+1)
	return next != 0 && next != ':' && next != '*'
}

// coversResource is coversPattern for resources, where a star in the middle of
// a segment does not reach over a colon as AWS documents it. That AWS may let it
// do so is no reason to take something for covered: both have to hold.
func coversResource(broad, narrow string) bool {
	if broad == narrow || !coversPattern(broad, narrow) {
		return broad == narrow
	}
	if !newGlob(broad).bound() {
		return true
	}
	if len(broad)*len(narrow) > maxProduct {
		return false
	}
	known := variables{}
	pattern, text := []rune(known.mark(broad)), []rune(known.mark(narrow))
	return bySegments(pattern, text, func(j int) kind {
		switch {
		case text[j] == '*' && boundAt(text, j):
			return innerSeveral
		case text[j] == '*' || text[j] >= firstVariable:
			return several
		case text[j] == ':' || text[j] == '?':
			return border
		}
		return inner
	})
}
