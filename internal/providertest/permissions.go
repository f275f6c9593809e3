package providertest

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var writePermissions = flag.Bool("write-permissions", false, "write the permissions that the documentation shows anew")

// lookUp is what a plan may ask to tell who made a change. It can be switched off, so
// the function permissions counts it apart.
const lookUp = "cloudtrail:LookupEvents"

// Used are the IAM actions of the calls that Terraform makes as the stage's admin while
// something is done, sorted, each once. Finding out who calls and who changed what are
// left out.
func (s *Stage) Used(do func()) []string {
	s.ResetCalls()
	do()
	actions := map[string]bool{}
	for _, call := range s.Calls() {
		if call.Principal == s.Admin().ARN && call.Service != "sts" && call.Action() != lookUp {
			actions[call.Action()] = true
		}
	}
	return slices.Sorted(maps.Keys(actions))
}

// Beyond are the actions that are not among others.
func Beyond(actions, others []string) []string {
	return slices.DeleteFunc(slices.Clone(actions), func(action string) bool { return slices.Contains(others, action) })
}

// ExpectPermissions compares the actions of each phase ("Plan", "Apply", "Destroy") with
// the file that a type's page shows. Kind is such as "resources/iamguard_trail". With the
// flag -write-permissions the file is written instead.
func ExpectPermissions(tb testing.TB, kind string, phases map[string][]string) {
	tb.Helper()
	type statement struct {
		Sid, Effect string
		Action      []string
		Resource    string
	}
	document := struct {
		Version   string
		Statement []statement
	}{Version: "2012-10-17"}
	for _, phase := range []string{"Plan", "Apply", "Destroy"} {
		if len(phases[phase]) > 0 {
			document.Statement = append(document.Statement, statement{phase, "Allow", phases[phase], "*"})
		}
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join("..", "..", "examples", filepath.FromSlash(kind), "permissions.json")
	if *writePermissions {
		if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil || string(have) != string(text)+"\n" {
		tb.Errorf("%s is not what was recorded (write it with -write-permissions); error %v, recorded:\n%s", path, err, text)
	}
}
