package events

import (
	"slices"
	"strings"
)

// Nearest returns the event name most similar to name by edit distance, case
// ignored, or the most similar catalogue ID when name contains a dot; "" when
// less than half of it fits.
func (c *Catalogue) Nearest(name string) string {
	if strings.Contains(name, ".") {
		return nearest(name, c.IDs())
	}
	return nearest(name, c.Names())
}

// NearestPreset returns the preset name most similar to name, as
// [Catalogue.Nearest] does.
func (c *Catalogue) NearestPreset(name string) string { return nearest(name, c.presetNames) }

// nearest returns the first of the candidates with the least distance to
// name, or "" when that is more than half the length of the longer one.
func nearest(name string, candidates []string) string {
	const longest = 128 // no event name is longer; the distance costs the product of both lengths
	if len(name) > longest {
		return ""
	}
	best, least := "", 0
	lower := strings.ToLower(name)
	for _, candidate := range candidates {
		d := distance(lower, strings.ToLower(candidate))
		if 2*d <= max(len(name), len(candidate)) && (best == "" || d < least) {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes: the least number of
// insertions, deletions and substitutions that turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + slices.Min([]int{diagonal, row[j], row[j+1]})
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
