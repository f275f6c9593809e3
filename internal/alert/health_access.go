package alert

import (
	"maps"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// healthTruth is yes, no, or what cannot be told from here. They are ordered: the
// lesser of two is what both come to.
type healthTruth int

const (
	healthNo healthTruth = iota
	healthMaybe
	healthYes
)

func healthTold(holds bool) healthTruth {
	if holds {
		return healthYes
	}
	return healthNo
}

func (t healthTruth) not() healthTruth { return healthYes - t }

// healthRequest is what a service asks of a resource policy.
type healthRequest struct {
	service, action, resource string
	// present are the condition keys that the service sends, in lower case. Those of
	// absent it does not send; of all others nothing is known.
	present map[string]string
	absent  []string
}

// healthAsk is the request of a sender.
func healthAsk(sender healthSender, action, resource string) healthRequest {
	return healthRequest{
		service: sender.service, action: action, resource: resource,
		present: map[string]string{
			"aws:sourcearn": sender.source, "aws:sourceaccount": sender.in.ID, "aws:securetransport": "true",
			"aws:principalisawsservice": "true", "aws:principalservicename": sender.service,
		},
		// The default policy of a topic asks for it, and no service sends it.
		absent: []string{"aws:sourceowner"},
	}
}

// healthAccess is what a policy says of a request. Because is the statement that
// refuses, or the one that leaves it open; nil where there is none.
type healthAccess struct {
	allowed healthTruth
	because *policy.Statement
}

// healthJudge evaluates a resource policy for a service: a Deny that applies refuses,
// else an Allow is needed. What cannot be told stays open.
func healthJudge(document policy.Document, request healthRequest) healthAccess {
	open := healthAccess{allowed: healthNo}
	for _, statement := range document.Statements {
		applies := request.applies(statement)
		switch {
		case statement.Effect == policy.Deny && applies == healthYes:
			return healthAccess{allowed: healthNo, because: &statement}
		case statement.Effect == policy.Deny && applies == healthMaybe:
			open = healthAccess{allowed: healthMaybe, because: &statement}
		}
	}
	best := healthAccess{allowed: healthNo}
	for _, statement := range document.Statements {
		if applies := request.applies(statement); statement.Effect == policy.Allow && applies > best.allowed {
			best = healthAccess{allowed: applies, because: &statement}
		}
	}
	if best.allowed == healthYes && open.allowed == healthMaybe {
		return open
	}
	if best.allowed == healthNo {
		best.because = nil
	}
	return best
}

// applies tells whether a statement speaks of the request.
func (r healthRequest) applies(s policy.Statement) healthTruth {
	return min(
		healthEither(s.Principal != nil, s.NotPrincipal != nil, r.isPrincipal(s.Principal), r.isPrincipal(s.NotPrincipal)),
		healthEither(
			s.Action != nil,
			s.NotAction != nil,
			healthLike(s.Action, r.action, true),
			healthLike(s.NotAction, r.action, true),
		),
		healthEither(s.Resource != nil, s.NotResource != nil, healthLike(s.Resource, r.resource, false),
			healthLike(s.NotResource, r.resource, false)),
		r.meets(s.Condition),
	)
}

// healthEither is an element of a statement or its Not form. A statement with neither
// says nothing that could be relied on.
func healthEither(has, hasNot bool, named, notNamed healthTruth) healthTruth {
	switch {
	case has:
		return named
	case hasNot:
		return notNamed.not()
	}
	return healthMaybe
}

func (r healthRequest) isPrincipal(p policy.Principal) healthTruth {
	everyone := len(p[policy.PrincipalEveryone]) > 0 || slices.Contains(p[policy.PrincipalAWS], "*")
	return healthTold(everyone || slices.Contains(p[policy.PrincipalService], r.service))
}

func healthLike(patterns []string, value string, anyCase bool) healthTruth {
	answer := healthNo
	for _, pattern := range patterns {
		if anyCase {
			pattern, value = strings.ToLower(pattern), strings.ToLower(value)
		}
		switch {
		case strings.Contains(pattern, "${"):
			answer = max(answer, healthMaybe)
		case policy.MatchWildcard(pattern, value):
			return healthYes
		}
	}
	return answer
}

// meets evaluates all conditions of a statement.
func (r healthRequest) meets(conditions policy.Condition) healthTruth {
	answer := healthYes
	for _, operator := range slices.Sorted(maps.Keys(conditions)) {
		for key, wanted := range conditions[operator] {
			answer = min(answer, r.holds(operator, strings.ToLower(key), wanted))
		}
	}
	return answer
}

// holds evaluates one operator on one key.
func (r healthRequest) holds(operator, key string, wanted []string) healthTruth {
	name, ifExists := strings.CutSuffix(operator, "IfExists")
	value, present := r.present[key]
	if !present && !slices.Contains(r.absent, key) {
		return healthMaybe
	}
	if name == "Null" {
		return healthTold(slices.Contains(wanted, map[bool]string{true: "false", false: "true"}[present]))
	}
	compare, known := healthOperators[strings.Replace(name, "Not", "", 1)]
	negated := strings.Contains(name, "Not")
	switch {
	case !known:
		return healthMaybe
	case !present:
		return healthTold(ifExists || negated)
	}
	answer := healthNo
	for _, want := range wanted {
		if strings.Contains(want, "${") {
			answer = max(answer, healthMaybe)
			continue
		}
		answer = max(answer, compare(want, value))
	}
	if negated {
		return answer.not()
	}
	return answer
}

// healthOperators compare a wanted value with the one that the service sends.
var healthOperators = map[string]func(want, value string) healthTruth{
	"StringEquals":           func(want, value string) healthTruth { return healthTold(want == value) },
	"StringEqualsIgnoreCase": func(want, value string) healthTruth { return healthTold(strings.EqualFold(want, value)) },
	"Bool":                   func(want, value string) healthTruth { return healthTold(strings.EqualFold(want, value)) },
	"StringLike":             func(want, value string) healthTruth { return healthTold(policy.MatchWildcard(want, value)) },
	"ArnEquals":              healthLikeARN,
	"ArnLike":                healthLikeARN,
}

// healthLikeARN compares part by part, as the ARN operators do: a star does not reach
// over a colon. A pattern with fewer parts is not documented to match anything.
func healthLikeARN(want, value string) healthTruth {
	patterns, parts := strings.SplitN(want, ":", 6), strings.SplitN(value, ":", 6)
	if len(patterns) == len(parts) {
		for i, pattern := range patterns {
			if !policy.MatchWildcard(pattern, parts[i]) {
				return healthNo
			}
		}
		return healthYes
	}
	if policy.MatchWildcard(want, value) {
		return healthMaybe
	}
	return healthNo
}

// healthAllowed reports what a policy says of the sender. Needed is the statement that
// would let it in.
func healthAllowed(sender healthSender, text, object string, needed policy.Statement, code string) healthFindings {
	var found healthFindings
	document := policy.Document{}
	if text != "" {
		var err error
		if document, err = policy.Parse(text); err != nil {
			found.doubt("The policy of " + object + " cannot be understood: " + err.Error() + ".")
			return found
		}
	}
	for _, action := range needed.Action {
		found.judged(healthJudge(document, healthAsk(sender, action, needed.Resource[0])), sender, action, object, needed, code)
	}
	return found
}

// judged tells of one request, unless it is allowed.
func (f *healthFindings) judged(
	access healthAccess, sender healthSender, action, object string, needed policy.Statement, code string,
) {
	switch {
	case access.allowed == healthYes:
	case access.allowed == healthMaybe:
		f.doubt("Whether the policy of " + object + " lets " + sender.service + " in with " + action +
			" depends on what only AWS knows: " + access.because.String())
	case access.because != nil:
		f.problem(code, "The policy of "+object+" denies "+sender.service+" "+action+".",
			"Remove or narrow the statement "+access.because.String())
	default:
		f.problem(code, "The policy of "+object+" does not let "+sender.service+" in with "+action+" for "+sender.source+".",
			needed.String())
	}
}

// healthNeeded is the statement that lets a sender in.
func healthNeeded(sender healthSender, resource string, actions ...string) policy.Statement {
	return policy.Statement{
		Effect: policy.Allow, Principal: policy.Principal{policy.PrincipalService: {sender.service}}, Action: actions,
		Resource: []string{resource}, Condition: policy.Condition{"ArnEquals": {"aws:SourceArn": {sender.source}}},
	}
}
