package policy

import "slices"

// Answer is yes, no, or perhaps where what is known does not settle it.
type Answer int8

// The three answers, in the order in which one is weaker than the next.
const (
	// No holds whatever the unknown turns out to be.
	No Answer = iota
	// Perhaps is undecided.
	Perhaps
	// Yes holds whatever the unknown turns out to be.
	Yes
)

// String returns "no", "undecided" or "yes".
func (a Answer) String() string {
	switch a {
	case No:
		return "no"
	case Yes:
		return "yes"
	default:
		return "undecided"
	}
}

// not turns yes and no around.
func (a Answer) not() Answer { return Yes - a }

// answer is yes or no.
func answer(yes bool) Answer {
	if yes {
		return Yes
	}
	return No
}

// anyOf is yes as soon as one is, and no where all are.
func anyOf[T any](list []T, ask func(T) Answer) Answer {
	best := No
	for _, item := range list {
		if best = max(best, ask(item)); best == Yes {
			break
		}
	}
	return best
}

// allOf is no as soon as one is, and yes where all are.
func allOf[T any](list []T, ask func(T) Answer) Answer {
	worst := Yes
	for _, item := range list {
		if worst = min(worst, ask(item)); worst == No {
			break
		}
	}
	return worst
}

// notes collects why something is undecided.
type notes struct{ reasons []reason }

// reason is why something is undecided.
type reason struct {
	text string
	// key says that it is a key of the request that nobody knows, and not what
	// AWS does with it.
	key bool
}

// perhaps notes the reason and answers Perhaps.
func (n *notes) perhaps(text string) Answer { return n.add(reason{text: text}) }

// unknown notes a key that nobody knows and answers Perhaps.
func (n *notes) unknown(key string) Answer { return n.add(reason{key, true}) }

// add notes a reason once.
func (n *notes) add(r reason) Answer {
	if !slices.Contains(n.reasons, r) {
		n.reasons = append(n.reasons, r)
	}
	return Perhaps
}

// settle drops the reasons noted since mark where the answer turned out not to
// depend on them.
func (n *notes) settle(mark int, a Answer) Answer {
	if a != Perhaps {
		n.reasons = n.reasons[:mark]
	}
	return a
}

// sorted returns the reasons in order; nil where there are none.
func (n *notes) sorted() []string {
	if len(n.reasons) == 0 {
		return nil
	}
	texts := make([]string, 0, len(n.reasons))
	for _, r := range n.reasons {
		texts = append(texts, r.text)
	}
	return sortedSet(texts)
}
