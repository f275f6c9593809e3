package events_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// generated are values that parameters of records may have.
func generated(random *rand.Rand, depth int) any {
	texts := []string{
		"",
		"Active",
		"Inactive",
		"true",
		"false",
		"0",
		"14",
		"ReadOnly",
		"v1Token",
		"NOOP",
		"ENABLED",
		"ARCHIVE",
		"***",
		"p-FullAWSAccess",
		"HIDDEN_DUE_TO_SECURITY_REASONS",
		"arn:aws:iam::aws:policy/AWSDenyAll",
		"SIX_HOURS",
		`{"Statement":{"Effect":"Allow","Principal":"*"}}`,
		`{"Statement":[`,
		"%7B%22Statement",
		"a/root-task/IAMAuditRootUserCredentials",
	}
	switch n := random.IntN(8); {
	case n < 4 || depth > 2:
		return texts[random.IntN(len(texts))]
	case n == 4:
		return random.IntN(2) == 0
	case n == 5:
		return random.IntN(400)
	case n == 6:
		return []any{generated(random, depth+1), generated(random, depth+1)}
	}
	return map[string]any{
		"status": generated(random, depth+1), "arn": generated(random, depth+1), "fieldSelectors": generated(random, depth+1),
		"readWriteType": generated(random, depth+1), "Status": generated(random, depth+1), "x": nil,
	}
}

// parametersOf fills some of the parameters that the event and its rules know.
func parametersOf(random *rand.Rand, event events.Event) map[string]any {
	parameters := map[string]any{}
	set := func(name string) {
		if random.IntN(3) > 0 {
			parameters[name] = generated(random, 0)
		}
	}
	for _, parameter := range event.Parameters {
		set(parameter.Name)
	}
	for _, rule := range event.Rules {
		name, _ := strings.CutPrefix(rule.Path, "requestParameters.")
		name, _, _ = strings.Cut(name, ".")
		name, _, _ = strings.Cut(name, "|")
		set(strings.TrimSuffix(name, "[]"))
	}
	return parameters
}

// Whatever is cut from a record, its grade is never below that of the event;
// nor does anything in a record make Grade panic, or grade twice differently.
func TestGrade_cutIsNeverLower(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	identities := []string{withMFA, longTerm, session, service, rootUser + "}", `{"accountId":"1"}`, `"cut`}
	for _, event := range events.Catalog().Events() {
		for range 40 {
			text, err := json.Marshal(parametersOf(random, event))
			if err != nil {
				t.Fatal(err)
			}
			whole := string(text)
			identity := identities[random.IntN(len(identities))]
			if identity == `"cut` {
				identity += `"`
			}
			head := with(event.Service(), identity) + `"eventName":"` + event.Name + `"`
			cut, err := json.Marshal(whole[:random.IntN(len(whole))])
			if err != nil {
				t.Fatal(err)
			}
			for _, parameters := range []string{
				"null", `{"omitted":true}`, string(cut), strings.TrimSuffix(whole, "}") + comma(whole) + `"policyText":"{\"a\":"}`,
			} {
				if (parameters == `null` || parameters == `""`) && len(event.Parameters) == 0 {
					continue // the call has none
				}
				raw := []byte(head + `,"requestParameters":` + parameters + `}`)
				if got := graded(t, raw); got < event.Severity {
					t.Fatalf("%s is %v below its base %v: %s", event.ID, got, event.Severity, raw)
				}
			}
			graded(t, []byte(head+`,"requestParameters":`+whole+`}`))
			if got := graded(t, []byte(head+`}`)); got < event.Severity && len(event.Parameters) > 0 && len(event.Rules) > 0 {
				t.Fatalf("%s without parameters is %v", event.ID, got)
			}
		}
	}
}

// comma parts a member from those before it.
func comma(object string) string {
	if object == "{}" {
		return ""
	}
	return ","
}

// graded grades a record twice.
func graded(t *testing.T, raw []byte) events.Severity {
	t.Helper()
	record, err := events.Parse(raw)
	if err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	severity, reasons := events.Grade(record)
	again, reasonsAgain := events.Grade(record)
	if severity != again || !reflect.DeepEqual(reasons, reasonsAgain) || severity.String() == "" || len(reasons) == 0 {
		t.Fatalf("grades %v, then %v, because of %q: %s", severity, again, reasons, raw)
	}
	return severity
}
