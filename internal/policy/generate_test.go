package policy_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// generated is a case for the judge with the features it has.
type generated struct {
	grants   policy.Grants
	request  policy.Request
	features map[string]bool
}

// exotic is the feature of shapes whose outcome AWS does not document.
const exotic = "exotic"

// choose returns one of the choices.
func choose[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// some returns one to most of the choices.
func some[T any](r *rand.Rand, most int, choices ...T) []T {
	list := make([]T, 0, most)
	for range 1 + r.IntN(most) {
		list = append(list, choose(r, choices...))
	}
	return list
}

// chance is true once in n times.
func chance(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

// subjects are actions, each with resources that it takes.
var subjects = []struct {
	action    string
	resources []string
}{
	{"iam:CreateAccessKey", []string{"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/eng/bob"}},
	{"iam:TagUser", []string{"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/bob"}},
	{"iam:PassRole", []string{"arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::111122223333:role/red/admin"}},
	{"iam:ListUsers", []string{"*"}},
	{"sts:AssumeRole", []string{"arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::444455556666:role/audit"}},
	{"s3:GetObject", []string{"arn:aws:s3:::reports/red/2025.csv", "arn:aws:s3:::home-alice/notes", "arn:aws:s3:::reports/blue/x"}},
	{"s3:ListBucket", []string{"arn:aws:s3:::reports", "arn:aws:s3:::home-alice"}},
	{"dynamodb:GetItem", []string{"arn:aws:dynamodb:eu-west-1:111122223333:table/red-orders"}},
	{"lambda:InvokeFunction", []string{"arn:aws:lambda:eu-west-1:111122223333:function:deploy"}},
	{"ec2:TerminateInstances", []string{"arn:aws:ec2:eu-west-1:111122223333:instance/i-0123"}},
	{"ec2:DescribeInstances", []string{"*"}},
	{"cloudtrail:StopLogging", []string{"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"}},
}

// The values that conditions and contexts draw from, by key and kind.
var (
	stringKeys = map[string][]string{
		"aws:username": {"alice", "bob", "Alice"}, "aws:RequestedRegion": {"eu-west-1", "eu-central-1", "us-east-1"},
		"aws:PrincipalTag/team": {"red", "blue", "Red"}, "aws:UserAgent": {"cli/1*", "cli/2", "a?c", "console"},
		"aws:PrincipalTag/Cost-Center": {"1234", "12 34"},
	}
	numberKeys = map[string][]string{
		"aws:MultiFactorAuthAge": {"0", "60", "3600", "86400"}, "s3:max-keys": {"1", "10", "10.0", "2.50", "1000"},
	}
	dateKeys = map[string][]string{
		"aws:CurrentTime":    {"2025-06-01T12:00:00Z", "2025-06-01T14:00:00+02:00", "2024-02-29T23:59:59Z", "2030-01-01T00:00:00.5Z"},
		"aws:TokenIssueTime": {"2025-06-01T11:00:00Z", "2025-06-01T12:00:00Z"},
		// The judge takes seconds since 1970 for milliseconds where the other side is ISO
		// 8601, so the two are not mixed:
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date
		"aws:EpochTime": {"1748779200", "1609459200", "1893456000"},
	}
	boolKeys = map[string][]string{
		"aws:MultiFactorAuthPresent": {"true", "false", "TRUE"}, "aws:SecureTransport": {"true", "False"},
		"aws:ViaAWSService": {"true", "false"},
	}
	binaryKeys  = map[string][]string{"aws:PrincipalTag/digest": {encoded("one"), encoded("two"), encoded("\x00\xff")}}
	addressKeys = map[string][]string{
		"aws:SourceIp":    {"203.0.113.7", "198.51.100.1", "2001:db8::7", "10.1.2.3"},
		"aws:VpcSourceIp": {"10.1.2.3", "10.200.0.1"},
	}
	arnKeys = map[string][]string{
		"aws:PrincipalArn": {"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/eng/bob"},
		"aws:SourceArn":    {"arn:aws:sns:eu-west-1:111122223333:alerts", "arn:aws:s3:::reports", "arn:aws:x:r:9:a:b:c"},
	}
	severalKeys = map[string][]string{
		"aws:TagKeys": {"team", "Cost-Center", "env", "Env"}, "aws:CalledVia": {"athena.amazonaws.com", "cloudformation.amazonaws.com"},
	}
)

// encoded is base64.
func encoded(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// singleKeys are all keys that have one value.
func singleKeys() map[string][]string {
	all := map[string][]string{}
	for _, keys := range []map[string][]string{stringKeys, numberKeys, dateKeys, boolKeys, binaryKeys, addressKeys, arnKeys} {
		maps.Copy(all, keys)
	}
	// The judge ignores keys of a service in the requests of others.
	delete(all, "s3:max-keys")
	return all
}

// family is a kind of condition operators with what they take.
type family struct {
	name      string
	operators []string
	keys      map[string][]string
	values    func(r *rand.Rand, key string, known []string) string
}

// families are the operators. A year alone and other short dates are not among the
// values, nor are addresses without a length beside such of the other kind: what AWS
// documents leaves them open. Nor is 0.0.0.0/0, in which the judge finds no address:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress
var families = []family{
	{
		"String",
		[]string{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"},
		stringKeys,
		func(r *rand.Rand, _ string, known []string) string {
			return choose(r, append(known, "other", "cli/*")...)
		},
	},
	{
		"StringLike",
		[]string{"StringLike", "StringNotLike"},
		stringKeys,
		func(r *rand.Rand, _ string, known []string) string {
			value := choose(r, known...)
			return choose(r, value, value[:1]+"*", "*"+value[1:], "?"+value[1:], "*", "??*", "eu-*-1", value+"?")
		},
	},
	{
		"Numeric",
		[]string{
			"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
			"NumericGreaterThanEquals",
		},
		map[string][]string{"aws:MultiFactorAuthAge": numberKeys["aws:MultiFactorAuthAge"], "aws:EpochTime": dateKeys["aws:EpochTime"]},
		func(r *rand.Rand, _ string, known []string) string {
			return choose(r, append(known, "59.5", "60.0", "100000")...)
		},
	},
	{
		"Date",
		[]string{
			"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
		},
		dateKeys,
		func(r *rand.Rand, key string, known []string) string {
			if key == "aws:EpochTime" {
				return choose(r, append(known, "1700000000")...)
			}
			return choose(r, append(known, "2025-06-01T12:00:00.000Z", "2025-06-01T12:00Z", "2026-01-01T00:00:00-05:00")...)
		},
	},
	{
		"Bool",
		[]string{"Bool"},
		boolKeys,
		func(r *rand.Rand, _ string, _ []string) string { return choose(r, "true", "false", "False") },
	},
	{
		"Binary",
		[]string{"BinaryEquals"},
		binaryKeys,
		func(r *rand.Rand, _ string, known []string) string { return choose(r, known...) },
	},
	{
		"IpAddress",
		[]string{"IpAddress", "NotIpAddress"},
		addressKeys,
		func(r *rand.Rand, _ string, _ []string) string {
			return choose(
				r,
				"203.0.113.0/24",
				"203.0.113.7/32",
				"10.0.0.0/8",
				"200.0.0.0/5",
				"2001:db8::/32",
				"2001:db8::7/128",
				"198.51.100.0/30",
			)
		},
	},
	{
		"Arn",
		[]string{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
		arnKeys,
		func(r *rand.Rand, _ string, known []string) string {
			return choose(r, append(known, "arn:aws:iam::*:user/*", "arn:aws:iam::111122223333:user/a????", "arn:aws:*:*:*:*",
				"arn:*:s3:::rep*", "arn:aws:sns:eu-*:111122223333:*", "arn:aws:x:*:a:*")...)
		},
	},
}

// again returns the same grants with another request.
func (c generated) again(r *rand.Rand) generated {
	subject := choose(r, subjects...)
	if c.grants.Policies != nil {
		for _, other := range subjects {
			if other.action == c.request.Action {
				subject = other
			}
		}
	}
	c.request = policy.Request{Action: subject.action, Resource: choose(r, subject.resources...)}
	c.request.Context = complete(r, policy.Context{})
	return c
}

// generate returns a case.
func generate(r *rand.Rand) generated {
	c := generated{features: map[string]bool{}}.again(r)
	if chance(r, 2) {
		c.single(r)
		return c
	}
	for i := range 1 + r.IntN(3) {
		label := "own policy"
		if i > 0 {
			label = fmt.Sprint("group ", i)
			c.features["several policies"] = true
		}
		c.grants.Policies = append(c.grants.Policies, policy.Source{Label: label, Document: c.document(r)})
	}
	if chance(r, 3) {
		c.features["boundary"] = true
		boundary := c.document(r)
		if chance(r, 2) {
			boundary.Statements = append(boundary.Statements, policy.Statement{
				Effect: policy.Allow, Action: []string{choose(r, "*", c.request.Action)}, Resource: []string{"*"},
			})
		}
		c.grants.Boundary = &policy.Source{Label: "boundary", Document: boundary}
	}
	return c
}

// single makes grants in which one condition, variable or Not form settles the outcome.
func (c *generated) single(r *rand.Rand) {
	allow := policy.Statement{Effect: policy.Allow, Action: []string{"*"}, Resource: []string{"*"}}
	s := policy.Statement{Effect: choose(r, policy.Allow, policy.Deny), Action: []string{"*"}, Resource: []string{"*"}}
	switch r.IntN(8) {
	case 0:
		c.actions(r, &s)
	case 1, 2:
		c.resources(r, &s, true)
	default:
		s.Condition = policy.Condition{}
		c.condition(r, s.Condition, true)
	}
	d := policy.Document{Version: policy.Version2012, Statements: []policy.Statement{s}}
	all := policy.Document{Version: policy.Version2012, Statements: []policy.Statement{allow}}
	own := policy.Source{Label: "own policy", Document: d}
	switch {
	case s.Effect == policy.Deny:
		c.grants.Policies = []policy.Source{own, {Label: "group", Document: all}}
	case chance(r, 2):
		c.features["boundary"] = true
		c.grants = policy.Grants{Policies: []policy.Source{{Label: "group", Document: all}}, Boundary: &own}
	default:
		c.grants.Policies = []policy.Source{own}
	}
}

// document returns one to three statements.
func (c *generated) document(r *rand.Rand) policy.Document {
	d := policy.Document{Version: choose(r, policy.Version2012, policy.Version2012, policy.Version2012, policy.Version2008)}
	if d.Version == policy.Version2008 {
		c.features["version 2008"] = true
	}
	for range 1 + r.IntN(3) {
		s := policy.Statement{Effect: choose(r, policy.Allow, policy.Allow, policy.Deny)}
		c.actions(r, &s)
		// In the older version variables are text, but the judge replaces them:
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
		variables := d.Version == policy.Version2012
		c.resources(r, &s, variables)
		for chance(r, 2) {
			if s.Condition == nil {
				s.Condition = policy.Condition{}
			}
			c.condition(r, s.Condition, variables)
		}
		d.Statements = append(d.Statements, s)
	}
	return d
}

// actions sets Action or NotAction.
func (c *generated) actions(r *rand.Rand, s *policy.Statement) {
	own := c.request.Action
	service, name, _ := strings.Cut(own, ":")
	choices := []string{
		own, strings.ToLower(own), service + ":*", service + ":" + name[:3] + "*", strings.ToUpper(service) + ":*" + name[4:],
		service + ":?" + name[1:], choose(r, subjects...).action, "sqs:*",
	}
	if chance(r, 5) {
		c.features["NotAction"] = true
		s.Action, s.NotAction = nil, some(r, 2, choices...)
		return
	}
	if s.Action = some(r, 2, choices...); chance(r, 3) {
		s.Action = []string{"*"}
	}
}

// resources sets Resource or NotResource. The patterns have no star in the middle of the
// segments before the name, where it could reach over colons.
func (c *generated) resources(r *rand.Rand, s *policy.Statement, variables bool) {
	own := c.request.Resource
	choices := []string{own, "*", "arn:aws:s3:::reports/*", "arn:aws:iam::*:user/*", "arn:aws:iam::111122223333:*"}
	if own != "*" {
		end := strings.LastIndexAny(own, ":/") + 1
		choices = append(choices, own[:end]+"*", own[:end]+"?"+own[end+1:], own[:end]+own[end:end+1]+"*", own[:len(own)-1]+"??")
	}
	list := some(r, 2, choices...)
	if variables && chance(r, 4) {
		c.features["variable in Resource"] = true
		list = append(list, choose(r, "arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:s3:::home-${AWS:username}/*",
			"arn:aws:s3:::reports/${aws:PrincipalTag/team}/*", "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/team}-*",
			"arn:aws:s3:::reports/${aws:PrincipalTag/none, 'blue'}/*", "arn:aws:iam::111122223333:role/${aws:PrincipalTag/none}"))
	}
	if s.Resource = list; chance(r, 5) {
		c.features["NotResource"] = true
		s.Resource, s.NotResource = nil, list
	}
}

// condition adds one operator.
func (c *generated) condition(r *rand.Rand, to policy.Condition, variables bool) {
	f := choose(r, families...)
	if chance(r, 9) {
		c.features["Null"] = true
		key := choose(r, slices.Sorted(maps.Keys(singleKeys()))...)
		to["Null"] = map[string][]string{key: {choose(r, "true", "false")}}
		return
	}
	operator, keys, set := choose(r, f.operators...), f.keys, ""
	if strings.HasPrefix(f.name, "String") && chance(r, 3) {
		keys, set = severalKeys, choose(r, "ForAnyValue:", "ForAllValues:")
	} else if chance(r, 12) {
		set = choose(r, "ForAnyValue:", "ForAllValues:")
	}
	key := choose(r, slices.Sorted(maps.Keys(keys))...)
	var values []string
	for range 1 + r.IntN(2) {
		values = append(values, f.values(r, key, slices.Clone(keys[key])))
	}
	if set != "" {
		c.features[strings.TrimSuffix(set, ":")] = true
	}
	if (f.name == "String" || f.name == "StringLike" || f.name == "Arn") && variables && chance(r, 6) {
		values[0] = c.variable(r, f.name, strings.Contains(operator, "Not"))
	}
	if chance(r, 4) {
		operator += "IfExists"
		c.features["IfExists"] = true
		if set == "ForAnyValue:" {
			c.features[exotic] = true
		}
	}
	c.features[f.name] = true
	if chance(r, 6) {
		key = strings.ToLower(key)
	}
	to[set+operator] = map[string][]string{key: values}
}

// variable returns a value with a variable. In the judge a negated operator does not hold
// where a variable has no value, so these get one:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
func (c *generated) variable(r *rand.Rand, family string, negated bool) string {
	c.features["variable in Condition"] = true
	name := choose(r, "${aws:username}", "${aws:PrincipalTag/team}", "${aws:PrincipalTag/none, 'red'}", "${aws:PrincipalTag/none}")
	if negated {
		name = "${aws:PrincipalTag/none, 'red'}"
	}
	switch {
	case family == "Arn":
		return "arn:aws:iam::111122223333:user/" + name
	case family == "StringLike" && chance(r, 3):
		// The judge does not read these in the operators without wildcards.
		return choose(r, "cli/1${*}", "a${?}c", name+"*")
	}
	return name
}

// complete adds random values to what is known, for every key that is used.
func complete(r *rand.Rand, known policy.Context) policy.Context {
	full := policy.Context{Values: maps.Clone(known.Values), Complete: true}
	if full.Values == nil {
		full.Values = map[string][]string{}
	}
	single := singleKeys()
	for _, key := range slices.Sorted(maps.Keys(single)) {
		if _, found := full.Values[key]; !found && !slices.Contains(known.Absent, key) && !chance(r, 3) {
			full.Values[key] = []string{choose(r, single[key]...)}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(severalKeys)) {
		if _, found := full.Values[key]; !found && !slices.Contains(known.Absent, key) && !chance(r, 3) {
			full.Values[key] = some(r, 3, severalKeys[key]...)
		}
	}
	return full
}

// forget returns a part of a complete context.
func forget(r *rand.Rand, full policy.Context) policy.Context {
	part := policy.Context{Values: map[string][]string{}}
	keys := append(slices.Sorted(maps.Keys(singleKeys())), slices.Sorted(maps.Keys(severalKeys))...)
	for _, key := range append(keys, "aws:PrincipalTag/none") {
		values, found := full.Values[key]
		switch {
		case chance(r, 3) && key != "aws:PrincipalTag/none":
		case found:
			part.Values[key] = values
		default:
			part.Absent = append(part.Absent, key)
		}
	}
	return part
}
