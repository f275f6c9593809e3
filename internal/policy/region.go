package policy

import (
	"slices"
	"strings"
)

// region is what patterns have in common: outer has all of it and perhaps more,
// inner is a part of it, or empty where none was found.
type region struct{ inner, outer string }

// anything is the region of all texts.
var anything = region{"*", "*"}

// with returns what a region has in common with a pattern.
func (r region) with(pattern string) (common region, some bool) {
	switch exact := r.inner == r.outer; {
	case coversPattern(pattern, r.outer):
		return r, true
	case exact && coversPattern(r.outer, pattern):
		return region{pattern, pattern}, true
	case !overlaps(r.outer, pattern):
		return region{}, false
	}
	common = region{outer: pattern}
	if r.inner != "" {
		common.inner = meet(r.inner, pattern)
	}
	return common, true
}

// meets returns what regions have in common with a side of a statement. Of a
// Not form nothing is left out but what it excludes in whole.
func meets(regions []region, s side) []region {
	var common []region
	for _, r := range regions {
		if s.in == nil {
			if !slices.ContainsFunc(s.not, func(but string) bool { return s.by.covers(but, r.outer) }) {
				common = append(common, r)
			}
			continue
		}
		for _, pattern := range s.in {
			if found, some := r.with(pattern); some && !slices.Contains(common, found) {
				common = append(common, found)
			}
		}
	}
	return common
}

// listed returns the resource patterns of a statement with the values of their
// variables. What is unknown is a star, what has no value is left out.
func (r *rule) listed(f *facts) []string {
	var patterns []string
	var n notes
	for i := range r.resources {
		pattern, sure := r.resources[i].resolve(f, &n)
		if sure == No {
			continue
		}
		text := pattern.text
		if shortARN(text) {
			text += "*"
		}
		patterns = append(patterns, text)
	}
	return patterns
}

// patterns returns patterns of all that the statement may speak of.
func (r *rule) patterns(f *facts) []string {
	if r.notAny {
		return []string{"*"}
	}
	return r.listed(f)
}

// whole says whether the statement certainly speaks of all that matches the
// region.
func (r *rule) whole(region string, f *facts) bool {
	if r.notAny {
		return r.allApart(region, f)
	}
	return r.someAround(region, f)
}

// outside says whether the statement certainly speaks of nothing that matches
// the region.
func (r *rule) outside(region string, f *facts) bool {
	if r.notAny {
		return r.someAround(region, f)
	}
	return r.allApart(region, f)
}

// someAround says whether one of the patterns certainly matches the region.
func (r *rule) someAround(region string, f *facts) bool {
	for i := range r.resources {
		if r.resources[i].around(region, f) {
			return true
		}
	}
	return false
}

// allApart says whether none of the patterns matches anything of the region.
func (r *rule) allApart(region string, f *facts) bool {
	for i := range r.resources {
		if !r.resources[i].apart(region, f, r.notAny) {
			return false
		}
	}
	return true
}

// around says whether the template certainly matches all of the region.
func (t *template) around(region string, f *facts) bool {
	var n notes
	pattern, sure := t.resolve(f, &n)
	return sure == Yes && (!t.varies || !earlyVariable(t.raw)) &&
		(pattern.text == region || !pattern.bound() && coversPattern(pattern.text, region))
}

// apart says whether the template certainly matches nothing of the region. In
// NotResource it is not documented what a variable without a value does.
func (t *template) apart(region string, f *facts, notAny bool) bool {
	var n notes
	pattern, sure := t.resolve(f, &n)
	if sure == No {
		return !notAny
	}
	text := pattern.text
	if shortARN(text) {
		text += "*"
	}
	return !overlaps(text, region)
}

// bound says whether a star stands in the middle of a segment, where it does
// not reach over colons.
func (g glob) bound() bool {
	for i := range len(g.text) - 1 {
		if g.text[i] == '*' && !strings.ContainsRune(":*", rune(g.text[i+1])) {
			return true
		}
	}
	return false
}
