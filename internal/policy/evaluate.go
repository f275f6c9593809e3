package policy

import "strings"

// Decide judges one request as IAM does: a Deny refuses, of the identity
// policies as of the boundary; then an identity policy must allow, and the
// boundary too where there is one. What is not known makes the request
// undecided, unless the outcome is the same whatever it turns out to be.
func (e *Evaluator) Decide(r Request) Verdict {
	var n notes
	f, action := r.Context.facts(), strings.ToLower(r.Action)
	w := newWeights(e.bounded)
	var matched []Match
	for i := range e.rules {
		l := &e.rules[i]
		applies := l.applies(f, action, r.Resource, &n)
		if applies == No {
			continue
		}
		w.add(l, applies)
		matched = append(matched, Match{l.label, l.statement, l.boundary, applies})
	}
	return w.verdict(&n, matched)
}

// weigh is Decide without the reasons.
func (e *Evaluator) weigh(f *facts, action, resource string) Decision {
	var n notes
	w := newWeights(e.bounded)
	service := serviceOf(action)
	for i := range e.rules {
		l := &e.rules[i]
		if l.services&service == 0 || w.settled(l) {
			continue
		}
		w.add(l, e.inSome(l, l.applies(f, action, resource, &n), f, resource))
	}
	return w.decision()
}

// weights are the answers so far: whether some Deny applies, and whether some
// Allow of either kind does.
type weights struct{ deny, identity, boundary Answer }

// newWeights starts with nothing; no boundary allows all.
func newWeights(bounded bool) weights { return weights{boundary: answer(!bounded)} }

// of returns the weight that a statement adds to.
func (w *weights) of(l *labeled) *Answer {
	switch {
	case l.deny:
		return &w.deny
	case l.boundary:
		return &w.boundary
	}
	return &w.identity
}

// add takes a statement into account.
func (w *weights) add(l *labeled, applies Answer) {
	at := w.of(l)
	*at = max(*at, applies)
}

// settled says whether the statement can add nothing.
func (w *weights) settled(l *labeled) bool { return *w.of(l) == Yes }

// decision is what comes of the weights.
func (w *weights) decision() Decision {
	allow := min(w.identity, w.boundary)
	switch {
	case w.deny == Yes:
		return ExplicitlyDenied
	case allow == No:
		return ImplicitlyDenied
	case w.deny == Perhaps || allow == Perhaps:
		return Undecided
	}
	return Allowed
}

// verdict adds the reasons to the decision. Of an allowed or explicitly denied
// request nothing unknown matters.
func (w *weights) verdict(n *notes, matched []Match) Verdict {
	v := Verdict{Decision: w.decision(), Matched: matched}
	if v.Decision == Undecided || v.Decision == ImplicitlyDenied && w.deny == Perhaps {
		v.Unknown = n.sorted()
	}
	return v
}
