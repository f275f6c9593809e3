package provider_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// listsAndActions are the schemas that only Terraform 1.14 asks for.
func listsAndActions(t *testing.T) map[string]*tfprotov6.Schema {
	t.Helper()
	schemas := providertest.NewServer(t, account.Runtime{}).Schemas
	all := map[string]*tfprotov6.Schema{}
	for name, schema := range schemas.ListResourceSchemas {
		all["list "+name] = schema
	}
	for name, action := range schemas.ActionSchemas {
		all["action "+name] = action.Schema
	}
	return all
}

// Every list and action is described, and takes an account.
func TestSchema_listsAndActions(t *testing.T) {
	t.Parallel()
	for name, schema := range listsAndActions(t) {
		if !strings.HasSuffix(schema.Block.Description, ".") {
			t.Errorf("%s is described as %q", name, schema.Block.Description)
		}
		var names []string
		visit(schema.Block, name, false, func(at string, _ bool, attribute *tfprotov6.SchemaAttribute) {
			names = append(names, attribute.Name)
			if !strings.HasSuffix(attribute.Description, ".") {
				t.Errorf("%s is described as %q", at, attribute.Description)
			}
			if attribute.Required && strings.HasPrefix(name, "list") {
				t.Errorf("%s is required, so that not everything can be listed", at)
			}
		})
		if !slices.Contains(names, "account") {
			t.Errorf("%s takes no account", name)
		}
	}
}

// Every resource can be listed, and regional ones by region.
func TestSchema_everyResourceHasAList(t *testing.T) {
	t.Parallel()
	schemas := providertest.NewServer(t, account.Runtime{}).Schemas
	for name, schema := range schemas.ResourceSchemas {
		list := schemas.ListResourceSchemas[name]
		if list == nil {
			t.Errorf("%s has no list resource", name)
			continue
		}
		if has(schema, "region") != has(list, "region") {
			t.Errorf("only one of %s and its list has a region", name)
		}
	}
}

func has(schema *tfprotov6.Schema, name string) bool {
	return slices.ContainsFunc(schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name })
}

// Every list and action has an example where the documentation looks for it.
func TestExamples_listsAndActions(t *testing.T) {
	t.Parallel()
	for name := range maps.Keys(listsAndActions(t)) {
		kind, name, _ := strings.Cut(name, " ")
		file, words := filepath.Join("actions", name, "action.tf"), `action "`+name+`"`
		if kind == "list" {
			file, words = filepath.Join("list-resources", name, "list-resource.tfquery.hcl"), `list "`+name+`"`
		}
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", file))
		if err != nil || !strings.Contains(string(text), words) {
			t.Errorf("%s is no example of %s %s: %v", file, kind, name, err)
		}
	}
}

// The documentation has a schema for each list and action.
func TestSchema_documentationHasListsAndActions(t *testing.T) {
	t.Parallel()
	documented := schemasIn(t, schemaJSON(t))
	for name := range listsAndActions(t) {
		kind, name, _ := strings.Cut(name, " ")
		key := map[string]string{"list": "list_resource_schemas", "action": "action_schemas"}[kind]
		schemas, ok := documented[key].(map[string]any)
		if !ok || schemas[name] == nil {
			t.Errorf("%s of %s is not documented", kind, name)
		}
	}
}

func schemaJSON(t *testing.T) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "run", "./schemajson").Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
