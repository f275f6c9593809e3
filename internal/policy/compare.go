package policy

import "slices"

// Equivalent says whether two documents, as JSON, mean the same: each covers
// the other statement by statement, and the versions agree. It errs towards
// false. The error is that of [Parse] for the first document it cannot read.
func Equivalent(a, b string) (bool, error) {
	first, err := Parse(a)
	if err != nil {
		return false, err
	}
	second, err := Parse(b)
	if err != nil {
		return false, err
	}
	return first.Equivalent(second), nil
}

// Same compares two documents by meaning; what cannot be read is compared by text.
func Same(a, b string) bool {
	if a == b {
		return true
	}
	same, err := Equivalent(a, b)
	return err == nil && same
}

// NormalisedText is the canonical text of a document, or the text itself where it is not
// one that can be read.
func NormalisedText(text string) string {
	document, err := Parse(text)
	if err != nil {
		return text
	}
	return document.Normalised().String()
}

// Equivalent says whether d and other mean the same; see [Equivalent].
func (d Document) Equivalent(other Document) bool {
	if d.version() != other.version() {
		return false
	}
	missing, extra := Diff(d, other)
	if len(missing) == 0 && len(extra) == 0 {
		return true
	}
	return len(d.uncovered(missing, other.version())) == 0 && len(other.uncovered(extra, d.version())) == 0
}

// version returns the version in force.
func (d Document) version() string {
	if d.Version == "" {
		return Version2008
	}
	return d.Version
}

// Diff compares statement by statement, without regard to order, Sid and the
// ways to write the same: missing are the statements of want that have lacks,
// extra those of have that want lacks, each as written and in its order.
func Diff(have, want Document) (missing, extra []Statement) {
	return lacking(want, have), lacking(have, want)
}

// lacking returns the statements of a that b lacks.
func lacking(a, b Document) []Statement {
	known := make(map[string]bool, len(b.Statements))
	for _, s := range b.Statements {
		known[s.meaning()] = true
	}
	var list []Statement
	for _, s := range a.Statements {
		if !known[s.meaning()] {
			list = append(list, s)
		}
	}
	return list
}

// SidChange is a statement whose label alone differs.
type SidChange struct {
	// Have is the Sid found, often empty.
	Have string
	// Want is the Sid expected, often empty.
	Want string
}

// SidChanges lists the statements that both documents have under different
// Sids, in the order of want. It is a report: Sids mean nothing to AWS.
func SidChanges(have, want Document) []SidChange {
	labels := make(map[string][]string, len(have.Statements))
	for _, s := range have.Statements {
		labels[s.meaning()] = append(labels[s.meaning()], s.Sid)
	}
	var changes []SidChange
	for _, s := range want.Statements {
		found := labels[s.meaning()]
		if len(found) > 0 && !slices.Contains(found, s.Sid) {
			changes = append(changes, SidChange{Have: found[0], Want: s.Sid})
		}
	}
	return changes
}
