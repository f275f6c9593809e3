package policy_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

func TestParse_forms(t *testing.T) {
	t.Parallel()
	document, err := policy.Parse(`{"Version":"2012-10-17","Id":"x","Statement":{"Sid":"One","Effect":"Allow",` +
		`"Principal":{"AWS":"123456789012","Service":["a.amazonaws.com","b.amazonaws.com"]},"Action":"s3:GetObject",` +
		`"Resource":["*"],` +
		`"Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"aws:MultiFactorAuthAge":[3600,"7200"]}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"One","Effect":"Allow","Principal":{"AWS":"123456789012",` +
		`"Service":["a.amazonaws.com","b.amazonaws.com"]},"Action":"s3:GetObject","Resource":"*","Condition":{"Bool":` +
		`{"aws:SecureTransport":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":["3600","7200"]}}}]}`
	if got := document.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestParse_errors(t *testing.T) {
	t.Parallel()
	statement := func(members string) string { return `{"Statement":[{` + members + `}]}` }
	for name, test := range map[string]struct{ text, want string }{
		"empty":                 {"", "the text ends too early"},
		"not an object":         {"[]", "top level: want an object, found a list"},
		"cut":                   {`{"Statement":[`, "read JSON"},
		"text after":            {`{"Statement":[]} {}`, "text after the document"},
		"unknown top-level key": {`{"statement":[]}`, "statement: unknown key"},
		"no statement":          {`{"Version":"2012-10-17"}`, "Statement: absent"},
		"version":               {`{"Version":"2012-10-18","Statement":[]}`, "Version: "},
		"top-level key twice":   {`{"Statement":[],"Statement":[]}`, "Statement: given twice"},
		"statement key twice":   {statement(`"Effect":"Deny","Effect":"Allow"`), "Statement[0].Effect: given twice"},
		"condition key twice": {
			statement(`"Condition":{"Bool":{"a":"b","a":"c"}}`),
			"Statement[0].Condition.Bool.a: given twice",
		},
		"unknown statement key": {statement(`"Actions":"*"`), "Statement[0].Actions: unknown key"},
		"effect in lower case":  {statement(`"Effect":"allow"`), "Statement[0].Effect: want Allow or Deny"},
		"no effect":             {statement(`"Action":"*"`), "Statement[0].Effect: absent"},
		"no action":             {statement(`"Effect":"Allow"`), "Statement[0].Action: absent"},
		"action and its Not": {
			statement(`"Effect":"Allow","Action":"*","NotAction":"*"`),
			"Statement[0].NotAction: beside Action",
		},
		"resource and its Not": {
			statement(`"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"`),
			"NotResource: beside",
		},
		"principal and its Not": {
			statement(`"Effect":"Allow","Action":"*","Principal":"*","NotPrincipal":"*"`),
			"NotPrincipal: beside",
		},
		"action not text":      {statement(`"Action":["s3:*",7]`), "Statement[0].Action[1]: want text, found a number"},
		"principal text":       {statement(`"Principal":"123456789012"`), "Statement[0].Principal: want \"*\" or an object"},
		"principal type":       {statement(`"Principal":{"aws":"*"}`), "Statement[0].Principal.aws: unknown principal type"},
		"condition not object": {statement(`"Condition":[]`), "Statement[0].Condition: want an object, found a list"},
		"operator not object": {
			statement(`"Condition":{"Bool":"x"}`),
			"Statement[0].Condition.Bool: want an object, found text",
		},
		"condition value null": {
			statement(`"Condition":{"Bool":{"a":null}}`),
			"Statement[0].Condition.Bool.a[0]: want text, a number",
		},
		"second statement": {
			`{"Statement":[{"Effect":"Allow","Action":"*"},7]}`,
			"Statement[1]: want an object, found a number",
		},
		"nested too deep":        {`{"Statement":` + strings.Repeat("[", 40), "nested too deep"},
		"single statement, path": {`{"Statement":{"Effect":7}}`, "Statement.Effect: want text, found a number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := policy.Parse(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestParseEncoded(t *testing.T) {
	t.Parallel()
	text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::x/a+b %"}]}`
	for _, form := range []string{text, url.PathEscape(text), strings.ReplaceAll(url.QueryEscape(text), "+", "%20")} {
		document, err := policy.ParseEncoded(form)
		if err != nil || document.String() != text {
			t.Errorf("%s: got %s, %v", form, document, err)
		}
	}
	if _, err := policy.ParseEncoded("%zz"); err == nil {
		t.Error("no error for a bad escape")
	}
}

// A built document keeps the order of its statements, sorts its sets and
// leaves &, < and > alone.
func TestDocument_build(t *testing.T) {
	t.Parallel()
	document := policy.Document{Version: policy.Version2012, Statements: []policy.Statement{
		{
			Sid: "Deliver", Effect: policy.Allow,
			Principal: policy.Principal{policy.PrincipalService: {"cloudtrail.amazonaws.com"}},
			Action:    []string{"s3:PutObject", "s3:GetBucketAcl", "s3:PutObject"}, Resource: []string{"arn:aws:s3:::b/<&>*"},
			Condition: policy.Condition{"StringEquals": {"s3:x-amz-acl": {"bucket-owner-full-control"}}},
		},
		{Effect: policy.Deny, Principal: policy.Everyone(), NotAction: []string{}, NotResource: []string{"x"}},
	}}
	want := `{"Version":"2012-10-17","Statement":[{"Sid":"Deliver","Effect":"Allow",` +
		`"Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":["s3:GetBucketAcl","s3:PutObject"],` +
		`"Resource":"arn:aws:s3:::b/<&>*","Condition":{"StringEquals":` +
		`{"s3:x-amz-acl":"bucket-owner-full-control"}}},{"Effect":"Deny","Principal":"*","NotAction":[],"NotResource":"x"}]}`
	if got := document.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	text, err := json.Marshal(document)
	var again policy.Document
	if err != nil || json.Unmarshal(text, &again) != nil || again.String() != want {
		t.Errorf("through encoding/json: %s, %v", text, err)
	}
	var statement policy.Statement
	if err := json.Unmarshal([]byte(document.Statements[0].String()), &statement); err != nil || statement.Sid != "Deliver" {
		t.Errorf("statement %v, %v", statement, err)
	}
	if json.Unmarshal([]byte(`{"Statement":7}`), &again) == nil || json.Unmarshal([]byte(`{"Effect":7}`), &statement) == nil {
		t.Error("no error")
	}
}
