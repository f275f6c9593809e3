package localaws

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// document is a resource policy, as far as the checks of CloudTrail and S3 need it.
type document struct{ statements []statement }

type statement struct {
	effect       string
	principals   map[string][]string
	notPrincipal bool
	actions      []string
	notActions   []string
	resources    []string
	notResources []string
	conditions   map[string]map[string][]string
}

// request is what a service would ask of the policy.
type request struct {
	service, action, resource string
	// account asks in its own name where there is no service.
	account string
	context map[string]string
}

// oneOrMany reads "a" and ["a", "b"] alike.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(raw []byte) error {
	var many []any
	if json.Unmarshal(raw, &many) != nil {
		var one any
		if err := json.Unmarshal(raw, &one); err != nil {
			return fmt.Errorf("read a value: %w", err)
		}
		many = []any{one}
	}
	*o = nil
	for _, v := range many {
		*o = append(*o, fmt.Sprint(v))
	}
	return nil
}

type rawStatement struct {
	Effect       string
	Principal    json.RawMessage
	NotPrincipal json.RawMessage
	Action       oneOrMany
	NotAction    oneOrMany
	Resource     oneOrMany
	NotResource  oneOrMany
	Condition    map[string]map[string]oneOrMany
}

func parsePolicy(policy string) (document, error) {
	var raw struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(policy), &raw); err != nil {
		return document{}, fmt.Errorf("read the policy: %w", err)
	}
	var list []rawStatement
	if err := json.Unmarshal(raw.Statement, &list); err != nil {
		var one rawStatement
		if err := json.Unmarshal(raw.Statement, &one); err != nil {
			return document{}, fmt.Errorf("read the statements: %w", err)
		}
		list = []rawStatement{one}
	}
	var d document
	for _, r := range list {
		s := statement{
			effect: r.Effect, actions: r.Action, notActions: r.NotAction, resources: r.Resource, notResources: r.NotResource,
			conditions: map[string]map[string][]string{},
		}
		who := r.Principal
		if len(r.NotPrincipal) > 0 {
			who, s.notPrincipal = r.NotPrincipal, true
		}
		var err error
		if s.principals, err = readPrincipals(who); err != nil {
			return document{}, err
		}
		for operator, keys := range r.Condition {
			s.conditions[operator] = map[string][]string{}
			for key, values := range keys {
				s.conditions[operator][strings.ToLower(key)] = values
			}
		}
		d.statements = append(d.statements, s)
	}
	return d, nil
}

func readPrincipals(raw json.RawMessage) (map[string][]string, error) {
	if len(raw) == 0 {
		return nil, nil //nolint:nilnil // an identity policy has no principal
	}
	var star string
	if json.Unmarshal(raw, &star) == nil {
		if star != "*" {
			return nil, errors.New("Invalid policy syntax") //nolint:staticcheck // the words of S3
		}
		return map[string][]string{"*": {"*"}}, nil
	}
	var kinds map[string]oneOrMany
	if err := json.Unmarshal(raw, &kinds); err != nil {
		return nil, fmt.Errorf("read the principal: %w", err)
	}
	principals := map[string][]string{}
	for kind, who := range kinds {
		principals[kind] = who
	}
	return principals, nil
}

// badForBucket says what S3 refuses in a statement of a bucket policy.
func (s statement) badForBucket(bucket string) string {
	switch {
	case s.effect != "Allow" && s.effect != "Deny":
		return "Invalid effect: " + s.effect
	case s.principals == nil:
		return "Missing required field Principal"
	case len(s.actions)+len(s.notActions) == 0:
		return "Missing required field Action"
	case len(s.resources)+len(s.notResources) == 0:
		return "Missing required field Resource"
	}
	for kind := range s.principals {
		if !slices.Contains([]string{"*", "AWS", "Service", "Federated", "CanonicalUser"}, kind) {
			return "Invalid principal in policy"
		}
	}
	if slices.ContainsFunc(slices.Concat(s.resources, s.notResources), func(r string) bool { return !ofBucket(r, bucket) }) {
		return "Policy has invalid resource"
	}
	return ""
}

// ofBucket says whether a resource lies in the bucket.
func ofBucket(resource, bucket string) bool {
	parts := strings.SplitN(resource, ":", 6)
	named, _, _ := strings.Cut(parts[len(parts)-1], "/")
	return resource == "*" || len(parts) == 6 && parts[2] == "s3" && like(named, bucket)
}

// allows says whether a service may do this: some Allow matches and no Deny does.
func (d document) allows(r request) bool {
	allowed := false
	for _, s := range d.statements {
		if !s.matches(r) {
			continue
		}
		if s.effect == "Deny" {
			return false
		}
		allowed = true
	}
	return allowed
}

func (s statement) matches(r request) bool {
	return s.matchesPrincipal(r.service) && s.matchesAccount(r.account) &&
		matchesEither(s.actions, s.notActions, r.action) &&
		matchesEither(s.resources, s.notResources, r.resource) &&
		s.matchesConditions(r.context)
}

func (s statement) matchesPrincipal(service string) bool {
	if s.principals == nil || service == "" {
		return true
	}
	named := slices.Contains(s.principals["Service"], service) || slices.Contains(s.principals["Service"], "*") ||
		slices.Contains(s.principals["*"], "*") || slices.Contains(s.principals["AWS"], "*")
	return named != s.notPrincipal
}

// matchesAccount compares an account with the principals, which name it by its ID or by the ARN of its root.
func (s statement) matchesAccount(account string) bool {
	if s.principals == nil || account == "" {
		return true
	}
	named := slices.ContainsFunc(slices.Concat(s.principals["AWS"], s.principals["*"]), func(who string) bool {
		return who == "*" || who == account || strings.HasSuffix(who, ":iam::"+account+":root")
	})
	return named != s.notPrincipal
}

func matchesEither(patterns, not []string, value string) bool {
	anyOf := func(list []string) bool {
		return slices.ContainsFunc(list, func(pattern string) bool {
			return like(strings.ToLower(pattern), strings.ToLower(value))
		})
	}
	if len(not) > 0 {
		return !anyOf(not)
	}
	// A trust policy has no resource.
	return len(patterns) == 0 || anyOf(patterns)
}

func (s statement) matchesConditions(context map[string]string) bool {
	for operator, keys := range s.conditions {
		for key, wanted := range keys {
			if !holds(operator, context, key, wanted) {
				return false
			}
		}
	}
	return true
}

// holds evaluates one condition. An operator that is not known does not hold, so that nothing is allowed by mistake.
func holds(operator string, context map[string]string, key string, wanted []string) bool {
	name, ifExists := strings.CutSuffix(operator, "IfExists")
	have, present := context[key]
	if name == "Null" {
		return slices.Contains(wanted, fmt.Sprint(!present))
	}
	name, negated := strings.CutPrefix(strings.Replace(name, "Not", "!", 1), "!")
	if at := strings.Index(name, "!"); at >= 0 {
		name, negated = name[:at]+name[at+1:], true
	}
	if !present {
		return ifExists || negated
	}
	var compare func(pattern string) bool
	switch name {
	case "StringEquals":
		compare = func(want string) bool { return want == have }
	case "StringEqualsIgnoreCase", "Bool":
		compare = func(want string) bool { return strings.EqualFold(want, have) }
	case "StringLike", "ArnEquals", "ArnLike":
		compare = func(want string) bool { return like(want, have) }
	default:
		return false
	}
	return slices.ContainsFunc(wanted, compare) != negated
}

// like matches * and ?.
func like(pattern, value string) bool {
	star, mark, p, v := -1, 0, 0, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			p++
			v++
		case star >= 0:
			mark++
			p, v = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
