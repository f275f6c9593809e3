package policy

import (
	"maps"
	"slices"
	"strings"
)

// Context is what is known of the condition keys of a request. Keys ignore
// case. A key that is neither in Values nor Absent is unknown, unless the
// context is Complete.
type Context struct {
	// Values are the keys in the request with their values. No value at all is
	// an absent key; binary values are in base64.
	Values map[string][]string
	// Absent are keys that are known not to be in the request. A pattern such
	// as "aws:PrincipalTag/*" speaks of all the keys that Values lacks.
	Absent []string
	// Complete says that every key that is not in Values is absent.
	Complete bool
}

// With returns the context with the values and absent keys of another added;
// what c says of a key stays.
func (c Context) With(other Context) Context {
	known := c.facts()
	merged := Context{Values: maps.Clone(c.Values), Absent: slices.Clone(c.Absent), Complete: c.Complete}
	if merged.Values == nil {
		merged.Values = map[string][]string{}
	}
	for key, values := range other.Values {
		if _, known := known.lookup(strings.ToLower(key)); !known {
			merged.Values[key] = values
		}
	}
	merged.Absent = append(merged.Absent, other.Absent...)
	merged.Complete = merged.Complete || other.Complete
	return merged
}

// facts is a context in the form that is asked.
type facts struct {
	values   map[string][]string
	absent   map[string]bool
	patterns []string
	complete bool
}

// facts returns the context with its keys in lower case.
func (c Context) facts() *facts {
	f := &facts{values: make(map[string][]string, len(c.Values)), absent: map[string]bool{}, complete: c.Complete}
	for _, key := range slices.Sorted(maps.Keys(c.Values)) {
		f.values[strings.ToLower(key)] = c.Values[key]
	}
	for _, key := range c.Absent {
		key = strings.ToLower(key)
		if strings.Contains(key, "*") {
			f.patterns = append(f.patterns, key)
		}
		f.absent[key] = true
	}
	return f
}

// lookup returns the values of a key in lower case, none where it is absent,
// and whether that is known.
func (f *facts) lookup(key string) (values []string, known bool) {
	if values, found := f.values[key]; found {
		return values, true
	}
	known = f.complete || f.absent[key] || slices.ContainsFunc(f.patterns, func(pattern string) bool {
		return MatchWildcard(pattern, key)
	})
	return nil, known
}

// one returns the only value of a key, empty where it has none or is unknown.
func (f *facts) one(key string) string {
	if values := f.values[key]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// severalValued are the global condition keys that AWS documents as
// multivalued: without a set operator nothing is said about what they do.
var severalValued = map[string]bool{
	"aws:calledvia": true, "aws:principalorgpaths": true, "aws:principalservicenameslist": true,
	"aws:resourceorgpaths": true, "aws:sourceorgpaths": true, "aws:tagkeys": true,
}
