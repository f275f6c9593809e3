package provider_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/iamguard/terraform-provider-iamguard"

// golist runs go list at the root of the repository.
func golist(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"list"}, arguments...)...)
	command.Dir = filepath.Join("..", "..")
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestTree_noTestCodeInTheBinary(t *testing.T) {
	t.Parallel()
	linked := strings.Fields(golist(t, "-deps", "."))
	if !slices.Contains(linked, module+"/internal/provider") {
		t.Fatal("the list is not that of the provider")
	}
	for _, pkg := range linked {
		for _, unwanted := range []string{
			module + "/internal/localaws", module + "/internal/providertest",
			"terraform-plugin-testing", "terraform-plugin-sdk",
		} {
			if strings.Contains(pkg, unwanted) {
				t.Errorf("%s is linked into the provider", pkg)
			}
		}
	}
}

// mayImport says which packages of ours a package may import, from the bottom up. A
// guardrail, which is any other folder, may import all of them and no guardrail.
var mayImport = map[string][]string{
	"account":       {},
	"events":        {},
	"policy":        {},
	"framework":     {"account"},
	"inventory":     {"account", "policy", "framework"},
	"managedpolicy": {"account", "policy", "framework"},
	"secretsink":    {"account", "policy", "framework"},
	"history":       {"account", "events", "policy", "inventory", "framework"},
	"lifecycle":     {"account", "history", "framework"},
	"localaws":      {"events"},
	"guardrail": {
		"framework", "account", "events", "policy", "history", "inventory", "managedpolicy", "secretsink", "lifecycle",
	},
	"provider":     nil, // The registry of everything.
	"providertest": nil, // The harness of everything.
}

func TestTree_importsGoDown(t *testing.T) {
	t.Parallel()
	decoder := json.NewDecoder(strings.NewReader(golist(t, "-json=ImportPath,Imports,Name,Doc", "./internal/...")))
	seen := 0
	for decoder.More() {
		var pkg struct {
			ImportPath, Name, Doc string
			Imports               []string
		}
		if err := decoder.Decode(&pkg); err != nil {
			t.Fatal(err)
		}
		seen++
		folder, _, _ := strings.Cut(strings.TrimPrefix(pkg.ImportPath, module+"/internal/"), "/")
		allowed, listed := mayImport[folder]
		if !listed {
			allowed = mayImport["guardrail"]
		}
		for _, imported := range pkg.Imports {
			if imported == "C" || strings.HasSuffix(imported, "plugin-sdk/v2") {
				t.Errorf("%s imports %s", pkg.ImportPath, imported)
			}
			own, ok := strings.CutPrefix(imported, module+"/internal/")
			own, _, _ = strings.Cut(own, "/")
			if ok && own != folder && (allowed != nil && !slices.Contains(allowed, own) || own == "providertest" &&
				folder != "provider") {
				t.Errorf("%s imports %s", pkg.ImportPath, imported)
			}
			pure := folder == "events" || folder == "policy"
			if pure && (strings.Contains(imported, "aws") || strings.Contains(imported, "hashicorp")) {
				t.Errorf("%s is pure, and imports %s", pkg.ImportPath, imported)
			}
			if folder == "account" && strings.Contains(imported, "terraform-plugin-framework") {
				t.Errorf("account knows AWS and not Terraform, and imports %s", imported)
			}
		}
		if strings.Count(pkg.ImportPath, "/internal/") == 1 && folder == strings.TrimPrefix(pkg.ImportPath, module+"/internal/") {
			if pkg.Name != folder || pkg.Doc == "" {
				t.Errorf("the folder %s holds package %s, described as %q", folder, pkg.Name, pkg.Doc)
			}
			if _, err := os.Stat(filepath.Join("..", folder, "doc.go")); err != nil {
				t.Error(err)
			}
		}
	}
	if seen < 8 {
		t.Errorf("only %d packages were seen", seen)
	}
}
