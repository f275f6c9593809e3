package policy

import "slices"

// leniently returns an evaluator that asks whether there is some request. Two
// Deny statements that contradict each other leave none, and it finds one all
// the same: [Compare] rather reports a loss too much than hides one behind a
// statement that a principal may have given itself.
func (e *Evaluator) leniently() *Evaluator {
	lenient := *e
	lenient.lenient = true
	return &lenient
}

// inSome turns the answer whether a statement applies to a request into the one
// whether it does in every request like it.
func (e *Evaluator) inSome(l *labeled, applies Answer, f *facts, resource string) Answer {
	if applies == Perhaps && e.lenient && l.deny && (l.failsSomewhere(f) || l.missesSomewhere(resource, f)) {
		return No
	}
	return applies
}

// failsSomewhere says whether the condition fails in some request: one of its
// terms hangs on a key that nobody knows, and one is enough.
func (r *rule) failsSomewhere(f *facts) bool {
	var n notes
	return r.onContext(f, &n) == Perhaps && slices.ContainsFunc(n.reasons, func(open reason) bool { return open.key })
}

// missesSomewhere says whether the statement does not speak of the resource in
// some request: nothing but variables that nobody knows makes it.
func (r *rule) missesSomewhere(resource string, f *facts) bool {
	var n notes
	return r.onResource(resource, f, &n) == Perhaps &&
		!slices.ContainsFunc(n.reasons, func(open reason) bool { return !open.key })
}
