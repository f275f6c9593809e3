package policy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// asked is a request to the judge.
type asked struct {
	ID        string              `json:"id"`
	Policies  []string            `json:"policies"`
	Boundary  string              `json:"boundary,omitempty"`
	Principal string              `json:"principal"`
	Action    string              `json:"action"`
	Resource  string              `json:"resource"`
	Context   map[string][]string `json:"context"`
}

// judge asks a simulator that others wrote, in one go. Without node, or where nobody
// installed the judge, the test is skipped with the number of cases that nobody judged;
// in CI an absent judge is a failure, once node is there.
func judge(t *testing.T, requests []asked) map[string]string {
	t.Helper()
	folder := filepath.Join("testdata", "judge")
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skipf("%d cases are not judged: node is not installed", len(requests))
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "@cloud-copilot", "iam-simulate")); err != nil {
		text := "%d cases are not judged: run npm ci in internal/policy/testdata/judge"
		if os.Getenv("CI") == "true" {
			t.Fatalf(text, len(requests))
		}
		t.Skipf(text, len(requests))
	}
	in, err := json.Marshal(map[string]any{"requests": requests})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "judge.mjs")
	command.Dir, command.Stdin, command.Stderr = folder, bytes.NewReader(in), os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Verdicts map[string]string `json:"verdicts"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return answer.Verdicts
}

// ask writes a case for the judge.
func (c generated) ask(id string, context policy.Context) asked {
	a := asked{
		ID: id, Principal: "arn:aws:iam::111122223333:user/alice", Action: c.request.Action,
		Resource: c.request.Resource, Context: context.Values,
	}
	for _, s := range c.grants.Policies {
		a.Policies = append(a.Policies, s.Document.String())
	}
	if c.grants.Boundary != nil {
		a.Boundary = c.grants.Boundary.Document.String()
	}
	return a
}

// The number of generated sets of policies, and of those judged in contexts that are
// known in part.
const (
	judgedSets    = 2000
	requestsEach  = 2
	partialSets   = 600
	completions   = 3
	undecidedMost = 0.05
)

// TestDecide_judge compares with the judge. Undecided is no disagreement, but must stay
// rare for every feature.
func TestDecide_judge(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 9))
	cases := make([]generated, 0, judgedSets*requestsEach)
	var requests []asked
	for i := range judgedSets {
		c := generate(random)
		for k := range requestsEach {
			cases = append(cases, c)
			requests = append(requests, c.ask(fmt.Sprint(i*requestsEach+k), c.request.Context))
			c = c.again(random)
		}
	}
	said := judge(t, requests)
	counts, features, undecided := map[string]int{}, map[string]int{}, map[string]int{}
	for i, c := range cases {
		got, want := c.grants.Decide(c.request), said[fmt.Sprint(i)]
		counts[want]++
		for feature := range c.features {
			features[feature]++
			if got.Decision == policy.Undecided {
				undecided[feature]++
			}
		}
		if !agree(got, want) {
			report(t, requests[i], got, want)
		}
	}
	t.Logf("%d cases: %v", len(cases), counts)
	for _, feature := range slices.Sorted(maps.Keys(features)) {
		share := float64(undecided[feature]) / float64(features[feature])
		t.Logf("%-28s %5d cases, %4.1f %% undecided", feature, features[feature], 100*share)
		if share > undecidedMost && feature != exotic {
			t.Errorf("%s is undecided in %d of %d cases", feature, undecided[feature], features[feature])
		}
		if features[feature] < 30 {
			t.Errorf("%s is in %d cases only", feature, features[feature])
		}
	}
	for _, want := range []string{"Allowed", "ImplicitlyDenied", "ExplicitlyDenied"} {
		if counts[want] < len(cases)/10 {
			t.Errorf("only %d cases are %s", counts[want], want)
		}
	}
}

// TestDecide_partialContext: what is decided although some keys are unknown holds
// whatever they are.
func TestDecide_partialContext(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(11, 13))
	verdicts := map[string]policy.Verdict{}
	var requests []asked
	decided := 0
	for i := range partialSets {
		c := generate(random)
		part := c.request
		part.Context = forget(random, c.request.Context)
		got := c.grants.Decide(part)
		if got.Decision == policy.Undecided {
			continue
		}
		decided++
		for k := range completions {
			id := fmt.Sprint(i, "-", k)
			verdicts[id] = got
			requests = append(requests, c.ask(id, complete(random, part.Context)))
		}
	}
	said := judge(t, requests)
	for _, request := range requests {
		got, want := verdicts[request.ID], said[request.ID]
		if !agree(got, want) {
			report(t, request, got, want)
		}
	}
	t.Logf("%d of %d cases are decided in part of their context, judged in %d completions", decided, partialSets, len(requests))
	if decided < partialSets/4 {
		t.Errorf("only %d of %d cases are decided", decided, partialSets)
	}
}

// agree says whether the verdicts agree. Undecided agrees with all, and where no Allow
// holds, an unknown Deny may hold besides.
func agree(got policy.Verdict, want string) bool {
	switch {
	case got.Decision == policy.Undecided:
		return true
	case got.Decision == policy.ImplicitlyDenied && got.Unknown != nil:
		return want == "ImplicitlyDenied" || want == "ExplicitlyDenied"
	}
	return got.Decision.String() == want
}

// report shows a disagreement.
func report(t *testing.T, request asked, got policy.Verdict, want string) {
	t.Helper()
	text, err := json.MarshalIndent(request, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	t.Errorf("decided %s, the judge %s:\n%s", got.Decision, want, text)
}
