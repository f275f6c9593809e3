package events

import "strings"

// path is one way into the request parameters.
type path struct {
	steps []step
	// required says that the API demands the parameter, so a record without it
	// does not show the whole call.
	required bool
}

// step is one name of a path; list says that it holds a list, whose elements
// are all looked at.
type step struct {
	name string
	list bool
}

// parsePath splits "a.b[].c".
func parsePath(text string) path {
	var p path
	for name := range strings.SplitSeq(text, ".") {
		plain, list := strings.CutSuffix(name, "[]")
		p.steps = append(p.steps, step{name: plain, list: list})
	}
	return p
}

// valid says whether every step has a name.
func (p path) valid() bool {
	for _, s := range p.steps {
		if s.name == "" || strings.ContainsAny(s.name, "[]") {
			return false
		}
	}
	return true
}

// found is what lies at a path. With no values and neither flag, the call did
// not send the last name of the path.
type found struct {
	values []any
	// noParent says that what should hold the last name is not there either.
	noParent bool
	// odd says that something on the way is not of the kind the path expects, or
	// is null.
	odd bool
}

// read collects the values at a path; names match in any case.
func (p path) read(parameters map[string]any) found {
	var out found
	out.collect(parameters, p.steps)
	return out
}

// collect goes one step down.
func (f *found) collect(object map[string]any, steps []step) {
	value, ok := member(object, steps[0].name)
	if !ok {
		f.noParent = f.noParent || len(steps) > 1
		return
	}
	last := len(steps) == 1
	list, isList := value.([]any)
	switch {
	case value == nil:
		f.odd = true
	case last && !steps[0].list:
		f.values = append(f.values, value)
	case steps[0].list && isList:
		for _, element := range list {
			f.element(element, steps[1:])
		}
	default:
		f.element(value, steps[1:])
	}
}

// element takes one element of a list, or the object that stands for a list of
// one, further down.
func (f *found) element(value any, steps []step) {
	if len(steps) == 0 {
		f.values = append(f.values, value)
		return
	}
	object, ok := value.(map[string]any)
	if !ok {
		f.odd = true
		return
	}
	f.collect(object, steps)
}

// member returns a member by its name in any case.
func member(object map[string]any, name string) (any, bool) {
	if value, ok := object[name]; ok {
		return value, true
	}
	return anyCase(object, name)
}
