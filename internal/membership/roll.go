package membership

import "slices"

// roll is what AWS has: the names in a group or on a provider's list.
type roll struct {
	// ID tells the container from another one of the same name.
	ID string
	// Names are sorted.
	Names []string
	// IDs tell the bearers of the names from others of the same name; nil where names are all
	// there is.
	IDs map[string]string
	// Vacant says that nobody else's names are in the way of a first apply.
	Vacant bool
	// Existing are those of the wanted names that were there before they were wanted.
	Existing []string
}

// terms are what a configuration asks for.
type terms struct {
	// want is nil where no configuration is at hand, as in an import.
	want []string
	// exclusive terms want nobody else.
	exclusive bool
	// most is how many may be removed in one apply; negative for any number.
	most int64
	// never are the names that are never removed.
	never []string
}

// missing are the names that are wanted and not there.
func (t terms) missing(have roll) []string { return without(t.want, have.Names) }

// foreign are the names that are there and not wanted, where that matters.
func (t terms) foreign(have roll) []string {
	if !t.exclusive || t.want == nil {
		return nil
	}
	return without(have.Names, t.want)
}

// without is a without what is in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return slices.Contains(b, name) })
}

// common is what is in a and in b.
func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}

// union is what is in a or in b, sorted.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
