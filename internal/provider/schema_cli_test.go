package provider_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"reflect"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// The schemas that the documentation is made from are those that the CLI itself
// sees, for all kinds of schema that the CLI knows.
func TestSchema_documentationSeesWhatTheCLISees(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := stage.CLI(t)
	cli.Write(t, stage.Config("data \"iamguard_trail_coverage\" \"test\" {}\n"))
	cli.Must(t, "init")
	theirs := schemasIn(t, []byte(cli.Must(t, "providers", "schema", "-json")))
	ours, err := exec.CommandContext(t.Context(), "go", "run", "./schemajson").Output()
	if err != nil {
		t.Fatal(err)
	}
	documented := schemasIn(t, ours)
	for kind, schemas := range theirs {
		if kind == "resource_identity_schemas" && documented[kind] == nil {
			t.Errorf("the documentation has no %s", kind)
		}
		if !reflect.DeepEqual(schemas, documented[kind]) {
			t.Errorf("%s of the CLI and of the documentation differ: %s", kind, firstDifference(kind, schemas, documented[kind]))
		}
	}
	if len(theirs) < 3 {
		t.Errorf("the CLI shows only %d kinds of schema", len(theirs))
	}
}

// schemasIn are the schemas of the one provider of a document, by kind.
func schemasIn(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var document struct {
		Providers map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for _, schemas := range document.Providers {
		return schemas
	}
	t.Fatal("no provider in the document")
	return nil
}

// firstDifference is the path at which two JSON values differ, and both values there.
func firstDifference(at string, a, b any) string {
	left, okLeft := a.(map[string]any)
	right, okRight := b.(map[string]any)
	if !okLeft || !okRight {
		return fmt.Sprintf("%s: %v and %v", at, a, b)
	}
	for key, value := range left {
		if !reflect.DeepEqual(value, right[key]) {
			return firstDifference(at+"."+key, value, right[key])
		}
	}
	for key, value := range right {
		if _, ok := left[key]; !ok {
			return fmt.Sprintf("%s.%s: nothing and %v", at, key, value)
		}
	}
	return at
}
