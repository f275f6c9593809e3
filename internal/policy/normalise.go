package policy

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Normalised returns the document in one of its equal forms: sets sorted and
// without repetition, empty conditions dropped, condition operators in their
// usual case, account root ARNs as account IDs, {"AWS": "*"} of an Allow as
// "*", statements sorted and without repetition. Case of actions and condition
// keys, Sid, Id and Version stay as written.
func (d Document) Normalised() Document {
	type keyed struct {
		meaning, text string
		statement     Statement
	}
	list := make([]keyed, 0, len(d.Statements))
	for _, s := range d.Statements {
		s = s.normalised()
		list = append(list, keyed{s.meaning(), s.String(), s})
	}
	slices.SortFunc(list, func(a, b keyed) int {
		return cmp.Or(strings.Compare(a.meaning, b.meaning), strings.Compare(a.text, b.text))
	})
	list = slices.CompactFunc(list, func(a, b keyed) bool { return a.text == b.text })
	normal := Document{Version: d.Version, ID: d.ID, Statements: make([]Statement, 0, len(list))}
	for _, item := range list {
		normal.Statements = append(normal.Statements, item.statement)
	}
	return normal
}

// normalised returns the statement in its normal form.
func (s Statement) normalised() Statement {
	s.Principal = normalPrincipal(s.Principal, s.Effect)
	s.NotPrincipal = normalPrincipal(s.NotPrincipal, Deny)
	s.Action = normalActions(s.Action)
	s.NotAction = normalActions(s.NotAction)
	if s.Resource != nil {
		s.Resource = sortedSet(s.Resource)
	}
	if s.NotResource != nil {
		s.NotResource = sortedSet(s.NotResource)
	}
	s.Condition = normalCondition(s.Condition)
	return s
}

// meaning returns a text that is equal for statements of equal meaning, as far
// as the normal form tells: without Sid, and with case folded where AWS
// ignores it.
func (s Statement) meaning() string {
	s = s.normalised()
	s.Sid = ""
	s.Action = lowered(s.Action)
	s.NotAction = lowered(s.NotAction)
	condition := s.Condition
	s.Condition = nil
	return s.String() + strings.Join(conditionTerms(condition), "\n")
}

// normalActions sorts actions and drops those that differ in case only.
func normalActions(actions []string) []string {
	if actions == nil {
		return nil
	}
	actions = slices.Clone(actions)
	for i, action := range actions {
		if action == "*:*" {
			actions[i] = "*"
		}
	}
	slices.SortFunc(actions, func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
	})
	return slices.CompactFunc(actions, strings.EqualFold)
}

// lowered returns the texts in lower case, sorted.
func lowered(texts []string) []string {
	if texts == nil {
		return nil
	}
	low := make([]string, 0, len(texts))
	for _, text := range texts {
		low = append(low, strings.ToLower(text))
	}
	return sortedSet(low)
}

// normalPrincipal writes account roots as account IDs, and everyone as "*".
func normalPrincipal(principal Principal, effect Effect) Principal {
	if principal == nil {
		return nil
	}
	normal := make(Principal, len(principal))
	for kind, values := range principal {
		if len(values) == 0 {
			continue
		}
		values = slices.Clone(values)
		if kind == PrincipalAWS {
			for i, value := range values {
				values[i] = accountOfRoot(value)
			}
		}
		normal[kind] = sortedSet(values)
	}
	aws := normal[PrincipalAWS]
	if effect == Allow && len(normal) == 1 && len(aws) == 1 && aws[0] == "*" {
		return Everyone()
	}
	return normal
}

// accountOfRoot returns the account ID of arn:<partition>:iam::<id>:root, and
// other principals as they are. A principal never leaves its partition.
func accountOfRoot(principal string) string {
	rest, ok := strings.CutPrefix(principal, "arn:aws")
	if !ok {
		return principal
	}
	_, rest, ok = strings.Cut(rest, ":iam::")
	if !ok {
		return principal
	}
	id, ok := strings.CutSuffix(rest, ":root")
	if !ok || len(id) != 12 || strings.Trim(id, "0123456789") != "" {
		return principal
	}
	return id
}

// operators are the condition operators in their usual case.
var operators = []string{
	"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
	"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
	"NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
	"DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals",
	"ArnNotLike", "Null",
}

// usualCase writes an operator, with ForAllValues:, ForAnyValue: and IfExists,
// in its usual case; an unknown one stays as it is.
func usualCase(operator string) string {
	set, name, found := strings.Cut(operator, ":")
	if !found {
		set, name = "", operator
	}
	prefix := ""
	for _, known := range []string{"ForAllValues", "ForAnyValue"} {
		if strings.EqualFold(set, known) {
			prefix = known + ":"
		}
	}
	if found && prefix == "" {
		return operator
	}
	for _, known := range operators {
		if strings.EqualFold(name, known) {
			return prefix + known
		}
		if strings.EqualFold(name, known+"IfExists") {
			return prefix + known + "IfExists"
		}
	}
	return operator
}

// normalCondition drops empty operators and sorts values. Operators that
// differ in case only stay apart: both must hold, so they do not merge.
func normalCondition(condition Condition) Condition {
	normal := make(Condition, len(condition))
	for _, operator := range slices.Sorted(maps.Keys(condition)) {
		keys := condition[operator]
		if len(keys) == 0 {
			continue
		}
		usual := usualCase(operator)
		if _, taken := condition[usual]; taken && usual != operator {
			usual = operator
		}
		if _, taken := normal[usual]; taken {
			usual = operator
		}
		block := make(map[string][]string, len(keys))
		for key, values := range keys {
			block[key] = normalValues(usual, values)
		}
		normal[usual] = block
	}
	if len(normal) == 0 {
		return nil
	}
	return normal
}

// normalValues sorts values, in lower case where the operator ignores it.
func normalValues(operator string, values []string) []string {
	name := strings.ToLower(operator)
	if i := strings.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimSuffix(name, "ifexists")
	if name == "bool" || name == "null" || strings.HasSuffix(name, "ignorecase") {
		return lowered(append([]string{}, values...))
	}
	return sortedSet(append([]string{}, values...))
}

// conditionTerms returns "operator key values" for each key, with case folded
// where AWS ignores it, sorted: all of them must hold, in any order.
func conditionTerms(condition Condition) []string {
	var terms []string
	for operator, keys := range condition {
		for key, values := range keys {
			var w writer
			w.open()
			w.list(strings.ToLower(operator)+" "+strings.ToLower(key), values)
			w.close()
			terms = append(terms, w.out.String())
		}
	}
	return sortedSet(terms)
}
