package policy

import "strings"

// Source is a document and where it comes from, such as "group admins: policy
// deny-without-mfa".
type Source struct {
	// Label names the origin in verdicts and losses.
	Label string
	// Document is the policy.
	Document Document

	compiled *compiled
}

// NewSource returns a source that was read once for all, so that deciding is
// cheap. The document must not be changed any more.
func NewSource(label string, document Document) Source {
	return Source{Label: label, Document: document, compiled: compile(document)}
}

// Labeled returns the same source under another label.
func (s Source) Labeled(label string) Source {
	s.Label = label
	return s
}

// rules returns the statements of the source.
func (s Source) rules() *compiled {
	if s.compiled != nil {
		return s.compiled
	}
	return compile(s.Document)
}

// Grants is all that bears on one principal. Policies of resources and of the
// organization are not among it.
type Grants struct {
	// Policies are the identity policies: its own and those of its groups.
	Policies []Source
	// Boundary is the permissions boundary; nil where there is none.
	Boundary *Source
}

// Request asks for one action on one resource.
type Request struct {
	// Action is such as "iam:CreateUser"; case does not count.
	Action string
	// Resource is an ARN, or "*" for actions that take none.
	Resource string
	// Context is what is known of the condition keys.
	Context Context
}

// Decision is what comes of a request.
type Decision int

// The decisions.
const (
	// Undecided depends on what is not known.
	Undecided Decision = iota
	// Allowed holds whatever the unknown turns out to be.
	Allowed
	// ImplicitlyDenied has no Allow in the identity policies, or none in the
	// boundary. A Deny may hold besides where the verdict names unknowns.
	ImplicitlyDenied
	// ExplicitlyDenied is refused by a Deny.
	ExplicitlyDenied
)

// String returns the name of the decision.
func (d Decision) String() string {
	return [...]string{"Undecided", "Allowed", "ImplicitlyDenied", "ExplicitlyDenied"}[d]
}

// Verdict is a decision with its reasons.
type Verdict struct {
	// Decision is the outcome.
	Decision Decision
	// Unknown are the condition keys and features that were not decided, sorted.
	Unknown []string
	// Matched are the statements that apply or may apply.
	Matched []Match
	// Resource is the resource on which [Evaluator.May] found the action allowed.
	Resource string
}

// Match is a statement that speaks of the request.
type Match struct {
	// Label is that of its source.
	Label string
	// Statement is as written.
	Statement Statement
	// Boundary says whether it is one of the permissions boundary.
	Boundary bool
	// Applies is Yes or Perhaps.
	Applies Answer
}

// Evaluator answers questions about grants that were read once.
type Evaluator struct {
	rules     []labeled
	bounded   bool
	boundary  Source
	partition string
	// lenient asks whether there is some request: a Deny that hangs on a key that
	// nobody knows is taken to fail in it.
	lenient bool
}

// labeled is a statement with its origin.
type labeled struct {
	*rule

	label    string
	boundary bool
}

// Compile reads grants for many questions. Sources made by [NewSource] are not
// read again.
func Compile(g Grants) *Evaluator {
	e := &Evaluator{partition: "aws"}
	add := func(s Source, boundary bool) {
		for _, r := range s.rules().statements {
			e.rules = append(e.rules, labeled{r, s.Label, boundary})
			for _, t := range r.resources {
				if rest, found := strings.CutPrefix(t.raw, "arn:aws-"); found {
					name, _, _ := strings.Cut(rest, ":")
					e.partition = "aws-" + name
				}
			}
		}
	}
	for _, s := range g.Policies {
		add(s, false)
	}
	if g.Boundary != nil {
		e.bounded, e.boundary = true, *g.Boundary
		add(*g.Boundary, true)
	}
	return e
}

// Decide judges one request; see [Evaluator.Decide].
func (g Grants) Decide(r Request) Verdict { return Compile(g).Decide(r) }

// May judges an action on any resource; see [Evaluator.May].
func (g Grants) May(action string, c Context) Verdict { return Compile(g).May(action, c) }
