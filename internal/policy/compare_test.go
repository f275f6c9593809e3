package policy_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// one wraps the members of one statement.
func one(members string) string {
	return `{"Version":"2012-10-17","Statement":[{` + members + `}]}`
}

const (
	allowGet = `"Effect":"Allow","Action":"s3:GetObject","Resource":"*"`
	allowPut = `"Effect":"Allow","Action":"s3:PutObject","Resource":"*"`
	who      = `"Effect":"Allow","Action":"sts:AssumeRole"`
	deny     = `"Effect":"Deny","Action":"*","Resource":"*"`
)

func TestEquivalent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		a, b string
		want bool
	}{
		"text and list":      {one(allowGet), one(`"Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"]`), true},
		"statement and list": {one(allowGet), `{"Version":"2012-10-17","Statement":{` + allowGet + `}}`, true},
		"case of actions":    {one(allowGet), one(`"Effect":"Allow","Action":"S3:getobject","Resource":"*"`), true},
		"every action twice": {one(deny), one(`"Effect":"Deny","Action":["*:*","*"],"Resource":"*"`), true},
		"case of resources": {
			one(`"Effect":"Allow","Action":"*","Resource":"a"`),
			one(`"Effect":"Allow","Action":"*","Resource":"A"`),
			false,
		},
		"order and Sid": {one(allowGet + `},{` + allowPut), one(`"Sid":"P",` + allowPut + `},{"Sid":"G",` + allowGet), true},
		"repetition":    {one(allowGet), one(allowGet + `},{` + allowGet), true},
		"Id":            {one(allowGet), `{"Version":"2012-10-17","Id":"x","Statement":[{` + allowGet + `}]}`, true},
		"version":       {one(allowGet), `{"Version":"2008-10-17","Statement":[{` + allowGet + `}]}`, false},
		"absent version": {
			`{"Version":"2008-10-17","Statement":[{` + allowGet + `}]}`,
			`{"Statement":[{` + allowGet + `}]}`,
			true,
		},
		"effect":         {one(deny), one(strings.Replace(deny, "Deny", "Allow", 1)), false},
		"action missing": {one(allowGet + `},{` + allowPut), one(allowGet), false},
		"two into one": {
			one(allowGet + `},{` + allowPut),
			one(`"Effect":"Allow","Action":["s3:PutObject","s3:GetObject"],"Resource":"*"`),
			true,
		},
		"wildcard covers": {one(allowGet), one(`"Effect":"Allow","Action":["s3:Get*","s3:GetObject"],"Resource":"*"`), false},
		"redundant": {
			one(`"Effect":"Allow","Action":"s3:Get*","Resource":"*"`),
			one(`"Effect":"Allow","Action":["s3:Get*","s3:GetObject"],"Resource":"*"`),
			true,
		},
		"account and root": {
			one(who + `,"Principal":{"AWS":"123456789012"}`),
			one(who + `,"Principal":{"AWS":"arn:aws:iam::123456789012:root"}`),
			true,
		},
		"root in GovCloud": {
			one(who + `,"Principal":{"AWS":"123456789012"}`),
			one(who + `,"Principal":{"AWS":"arn:aws-us-gov:iam::123456789012:root"}`),
			true,
		},
		"user is no root": {
			one(who + `,"Principal":{"AWS":"123456789012"}`),
			one(who + `,"Principal":{"AWS":"arn:aws:iam::123456789012:user/root"}`),
			false,
		},
		"everyone, Allow":  {one(who + `,"Principal":"*"`), one(who + `,"Principal":{"AWS":"*"}`), true},
		"everyone, Deny":   {one(deny + `,"Principal":"*"`), one(deny + `,"Principal":{"AWS":"*"}`), false},
		"everyone, others": {one(who + `,"Principal":"*"`), one(who + `,"Principal":{"Service":"*"}`), false},
		"principal, none":  {one(who + `,"Principal":"*"`), one(who), false},
		"NotPrincipal":     {one(deny + `,"NotPrincipal":{"AWS":"1"}`), one(deny + `,"Principal":{"AWS":"1"}`), false},
		"Action, NotAction": {
			one(`"Effect":"Allow","Action":"a:b","Resource":"*"`),
			one(`"Effect":"Allow","NotAction":"a:b","Resource":"*"`),
			false,
		},
		"empty principal set": {
			one(who + `,"Principal":{"AWS":["1"],"Service":[]}`),
			one(who + `,"Principal":{"AWS":"1"}`),
			true,
		},
		"empty condition":  {one(deny), one(deny + `,"Condition":{"StringEquals":{}}`), true},
		"empty value list": {one(deny), one(deny + `,"Condition":{"StringEquals":{"a":[]}}`), false},
		"condition case": {
			one(deny + `,"Condition":{"bool":{"AWS:SecureTransport":"False"}}`),
			one(deny + `,"Condition":{"Bool":{"aws:securetransport":false}}`),
			true,
		},
		"condition values": {
			one(deny + `,"Condition":{"StringLike":{"a":["x","y"]}}`),
			one(deny + `,"Condition":{"StringLike":{"a":["y","x","x"]}}`),
			true,
		},
		"value case": {
			one(deny + `,"Condition":{"StringEquals":{"a":"x"}}`),
			one(deny + `,"Condition":{"StringEquals":{"a":"X"}}`),
			false,
		},
		"value case ignored": {
			one(deny + `,"Condition":{"StringEqualsIgnoreCase":{"a":"x"}}`),
			one(deny + `,"Condition":{"StringEqualsIgnoreCase":{"a":"X"}}`),
			true,
		},
		"numbers": {
			one(deny + `,"Condition":{"NumericLessThan":{"a":5}}`),
			one(deny + `,"Condition":{"NumericLessThan":{"a":"5"}}`),
			true,
		},
		"IfExists": {
			one(deny + `,"Condition":{"Bool":{"a":"true"}}`),
			one(deny + `,"Condition":{"BoolIfExists":{"a":"true"}}`),
			false,
		},
		"set operator": {
			one(deny + `,"Condition":{"ForAllValues:StringLike":{"a":"b"}}`),
			one(deny + `,"Condition":{"forallvalues:stringlike":{"a":"b"}}`),
			true,
		},
		"operators that differ in case both hold": {
			one(deny + `,"Condition":{"BOOL":{"a":"true"},"Bool":{"b":"true"}}`),
			one(deny + `,"Condition":{"Bool":{"b":"true"}}`),
			false,
		},
		"condition or none": {one(deny), one(deny + `,"Condition":{"Bool":{"a":"true"}}`), false},
		"variable": {
			one(`"Effect":"Allow","Action":"*","Resource":"u/${aws:username}"`),
			one(`"Effect":"Allow","Action":"*","Resource":"u/*"`),
			false,
		},
		"nothing":            {`{"Statement":[]}`, `{"Statement":[]}`, true},
		"nothing, something": {one(deny), `{"Version":"2012-10-17","Statement":[]}`, false},
		"NotAction subset": {
			one(`"Effect":"Deny","NotAction":["a:b","c:d"],"Resource":"*"`),
			one(`"Effect":"Deny","NotAction":["a:b"],"Resource":"*"`),
			false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, pair := range [][2]string{{test.a, test.b}, {test.b, test.a}} {
				got, err := policy.Equivalent(pair[0], pair[1])
				if err != nil || got != test.want {
					t.Errorf("%s and %s: got %v, %v, want %v", pair[0], pair[1], got, err, test.want)
				}
			}
		})
	}
	for _, pair := range [][2]string{{"", one(deny)}, {one(deny), ""}} {
		if _, err := policy.Equivalent(pair[0], pair[1]); err == nil {
			t.Errorf("%q: no error", pair)
		}
	}
}

func mustParse(tb testing.TB, text string) policy.Document {
	tb.Helper()
	document, err := policy.Parse(text)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return document
}

// texts returns the statements as JSON.
func texts(statements []policy.Statement) string {
	list := make([]string, 0, len(statements))
	for _, s := range statements {
		list = append(list, s.String())
	}
	return strings.Join(list, ",")
}

func TestDiff(t *testing.T) {
	t.Parallel()
	have := mustParse(t, one(`"Sid":"Old",`+allowGet+`},{`+deny))
	want := mustParse(t, one(`"Sid":"New",`+allowGet+`},{`+allowPut))
	missing, extra := policy.Diff(have, want)
	if texts(missing) != `{`+allowPut+`}` || texts(extra) != `{`+deny+`}` {
		t.Errorf("missing %v, extra %v", texts(missing), texts(extra))
	}
	if changes := policy.SidChanges(have, want); !slices.Equal(changes, []policy.SidChange{{Have: "Old", Want: "New"}}) {
		t.Errorf("Sid changes %v", changes)
	}
	if changes := policy.SidChanges(have, have); changes != nil {
		t.Errorf("Sid changes %v", changes)
	}
}

// Whatever rewrites a document without changing its meaning leaves it
// equivalent, and with one normal form; taking a statement away does not.
func TestEquivalent_properties(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		document := randomDocument(random)
		shuffled := rewritten(random, document)
		if !document.Equivalent(shuffled) || !shuffled.Equivalent(document) {
			t.Fatalf("not equivalent:\n%s\n%s", document, shuffled)
		}
		if missing := document.Missing(shuffled); missing != nil {
			t.Fatalf("%s misses %s", document, texts(missing))
		}
		added := policy.Statement{Effect: policy.Allow, Action: []string{"only:Here"}, Resource: []string{"here"}}
		more := policy.Document{Version: document.Version, Statements: append(slices.Clone(shuffled.Statements), added)}
		if document.Equivalent(more) || len(document.Missing(more)) != 1 || more.Missing(document) != nil {
			t.Fatalf("one statement more:\n%s\n%s", document, more)
		}
	}
}

// pick returns up to three values.
func pick(random *rand.Rand, values ...string) []string {
	random.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
	return values[:1+random.IntN(min(3, len(values)))]
}

func randomDocument(random *rand.Rand) policy.Document {
	document := policy.Document{Version: policy.Version2012}
	for range random.IntN(5) {
		s := policy.Statement{Effect: policy.Deny}
		s.Resource = pick(random, "arn:aws:s3:::a/*", "arn:aws:s3:::b?", "u/${aws:username}", "x*y")
		s.Action = pick(random, "s3:GetObject", "s3:put*", "iam:*", "kms:Decr?pt")
		if random.IntN(2) == 0 {
			s.Effect = policy.Allow
			s.Principal = policy.Principal{policy.PrincipalAWS: pick(random, "123456789012", "arn:aws:iam::123456789012:user/a")}
		}
		if random.IntN(3) == 0 {
			s.Action, s.NotAction = nil, s.Action
		}
		if random.IntN(2) == 0 {
			s.Condition = policy.Condition{"StringLike": {"aws:PrincipalArn": pick(random, "a*", "b", "c")}}
		}
		document.Statements = append(document.Statements, s)
	}
	return document
}

// rewritten writes the same document differently.
func rewritten(random *rand.Rand, document policy.Document) policy.Document {
	other := policy.Document{Version: document.Version, ID: "other", Statements: slices.Clone(document.Statements)}
	for i, s := range other.Statements {
		s.Sid = "S"
		for _, list := range []*[]string{&s.Action, &s.NotAction, &s.Resource} {
			if *list == nil {
				continue
			}
			*list = append(slices.Clone(*list), (*list)[0])
			random.Shuffle(len(*list), func(i, j int) { (*list)[i], (*list)[j] = (*list)[j], (*list)[i] })
		}
		for j := range s.Action {
			s.Action[j] = strings.ToUpper(s.Action[j])
		}
		if s.Condition != nil {
			s.Condition = policy.Condition{"STRINGLIKE": {"AWS:principalARN": s.Condition["StringLike"]["aws:PrincipalArn"]}}
		}
		other.Statements[i] = s
	}
	random.Shuffle(len(other.Statements), func(i, j int) {
		other.Statements[i], other.Statements[j] = other.Statements[j], other.Statements[i]
	})
	return other
}
