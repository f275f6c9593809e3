package policy

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"
)

//go:embed data/escalation.json
var data embed.FS

// Escalation is a combination of actions by which a principal raises its own
// privileges.
type Escalation struct {
	// Actions are all needed; a pattern stands for every action of it.
	Actions []string `json:"actions"`
	// Lists are the public lists of such combinations that have it.
	Lists []string `json:"lists"`

	low []string // the actions in lower case
}

// Name returns the actions, joined by plus signs.
func (x Escalation) Name() string { return strings.Join(x.Actions, " + ") }

// escalationFile is the embedded file: for each action the ARN patterns of the
// resource types it needs, and the combinations.
type escalationFile struct {
	Actions     map[string][]string `json:"actions"`
	Escalations []Escalation        `json:"escalations"`

	// members are the actions of each pattern among the combinations.
	members map[string][]string
}

// known decodes the embedded file on first use, with actions in lower case. It
// panics if the file is not as this package wrote it.
var known = sync.OnceValue(func() escalationFile {
	var file escalationFile
	text, err := data.ReadFile("data/escalation.json")
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		panic("policy: embedded escalations: " + err.Error())
	}
	low := make(map[string][]string, len(file.Actions))
	for action, resources := range file.Actions {
		low[strings.ToLower(action)] = resources
	}
	file.Actions, file.members = low, map[string][]string{}
	for i := range file.Escalations {
		x := &file.Escalations[i]
		x.low = lowered(x.Actions)
		for _, action := range x.low {
			if strings.Contains(action, "*") {
				file.members[action] = membersOf(action, low)
			}
		}
	}
	return file
})

// membersOf returns the known actions that match a pattern.
func membersOf(pattern string, known map[string][]string) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for action := range known {
			if MatchWildcard(pattern, action) && !yield(action) {
				return
			}
		}
	})
}

// Escalations returns the combinations of actions that are known to raise
// privileges. The lists are those of cloudsplaining, Prowler, parliament and
// pathfinding.cloud.
func Escalations() []Escalation {
	list := slices.Clone(known().Escalations)
	for i, x := range list {
		list[i] = x.clone()
	}
	return list
}

// clone returns a copy that can be changed.
func (x Escalation) clone() Escalation {
	return Escalation{slices.Clone(x.Actions), slices.Clone(x.Lists), x.low}
}

// shape is a pattern of the resources that an action takes.
type shape struct {
	pattern string
	// none says that the action takes no resource, so that the pattern is text.
	none bool
	// any says that it is not known what the action takes.
	any bool
}

// shapes returns what an action in lower case takes, in the principal's own
// account and partition as far as they are known.
func (e *Evaluator) shapes(f *facts, action string) []shape {
	patterns, found := known().Actions[action]
	switch {
	case !found:
		return []shape{{pattern: "*", any: true}}
	case len(patterns) == 0:
		return []shape{{pattern: "*", none: true}}
	}
	partition, account := e.partition, f.one("aws:principalaccount")
	if parts := strings.SplitN(f.one("aws:principalarn"), ":", arnSegments); len(parts) == arnSegments {
		partition, account = parts[1], parts[4]
	}
	if account == "" {
		account = "*"
	}
	list := make([]shape, 0, len(patterns))
	for _, pattern := range patterns {
		pattern = strings.Replace(pattern, "arn:aws:", "arn:"+partition+":", 1)
		list = append(list, shape{pattern: strings.Replace(pattern, "{account}", account, 1)})
	}
	return list
}

// concerns says whether one of the statements speaks of an action of the
// combination.
func (x Escalation) concerns(rules []*rule) bool {
	return slices.ContainsFunc(x.low, func(action string) bool {
		return slices.ContainsFunc(rules, func(r *rule) bool {
			if strings.Contains(action, "*") {
				return r.mayConcern(action)
			}
			return r.onAction(action)
		})
	})
}

// asked keeps what was said of single actions in one context.
type asked struct {
	*Evaluator

	facts    *facts
	verdicts map[string]Verdict
}

// escalates says whether all the actions of a combination may be done.
func (a asked) escalates(x Escalation) Decision {
	all := Allowed
	for _, action := range x.low {
		switch v := a.on(action); v.Decision {
		case ImplicitlyDenied, ExplicitlyDenied:
			return v.Decision
		case Undecided:
			all = Undecided
		case Allowed:
		}
	}
	return all
}

// on says whether an action in lower case may be done.
func (a asked) on(action string) Verdict {
	v, found := a.verdicts[action]
	switch {
	case found:
		return v
	case strings.Contains(action, "*"):
		v = a.mayAll(a.facts, action, a.on)
	default:
		v = a.may(a.facts, action)
	}
	a.verdicts[action] = v
	return v
}

// note adds what left the combination open.
func (a asked) note(x Escalation, n *notes) {
	for _, action := range x.low {
		for _, reason := range a.verdicts[action].Unknown {
			n.perhaps(reason)
		}
	}
}
