package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// arguments of the provider block, as documented.
const arguments = `region profile access_key secret_key token shared_config_files shared_credentials_files max_retries retry_mode
	http_proxy 	https_proxy no_proxy insecure custom_ca_bundle use_fips_endpoint use_dualstack_endpoint skip_credentials_validation
	skip_requesting_account_id allowed_account_ids forbidden_account_ids user_agent
	accounts account_role_name account_role_external_id event_regions attribute_drift`

const (
	blocks          = `assume_role assume_role_with_web_identity default_tags endpoints`
	assumeArguments = `role_arn external_id session_name duration policy policy_arns source_identity tags transitive_tag_keys`
)

func TestSchema_provider(t *testing.T) {
	t.Parallel()
	schema := providertest.NewServer(t, account.Runtime{}).Schemas.Provider
	var names, nested []string
	for _, attribute := range schema.Block.Attributes {
		names = append(names, attribute.Name)
		if attribute.Required || !attribute.Optional {
			t.Errorf("%s is not optional", attribute.Name)
		}
	}
	for _, block := range schema.Block.BlockTypes {
		nested = append(nested, block.TypeName)
		if block.TypeName == "assume_role" {
			var inner []string
			for _, attribute := range block.Block.Attributes {
				inner = append(inner, attribute.Name)
			}
			expectNames(t, inner, assumeArguments)
		}
	}
	expectNames(t, names, arguments)
	expectNames(t, nested, blocks)
}

func expectNames(t *testing.T, got []string, want string) {
	t.Helper()
	wanted := strings.Fields(want)
	slices.Sort(got)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		t.Errorf("the names are %v, want %v", got, wanted)
	}
}

// visit walks a schema; at says where it is, inSet whether a set is above.
func visit(
	schema *tfprotov6.SchemaBlock,
	at string,
	inSet bool,
	see func(at string, inSet bool, attribute *tfprotov6.SchemaAttribute),
) {
	var attributes func(list []*tfprotov6.SchemaAttribute, at string, inSet bool)
	attributes = func(list []*tfprotov6.SchemaAttribute, at string, inSet bool) {
		for _, attribute := range list {
			path := at + "." + attribute.Name
			see(path, inSet, attribute)
			if nested := attribute.NestedType; nested != nil {
				attributes(nested.Attributes, path, inSet || nested.Nesting == tfprotov6.SchemaObjectNestingModeSet)
			}
		}
	}
	attributes(schema.Attributes, at, inSet)
	for _, block := range schema.BlockTypes {
		visit(block.Block, at+"."+block.TypeName, inSet || block.Nesting == tfprotov6.SchemaNestedBlockNestingModeSet, see)
	}
}

// everySchema are the schemas of the provider, its resources and its data sources.
func everySchema(t *testing.T) map[string]*tfprotov6.Schema {
	t.Helper()
	schemas := providertest.NewServer(t, account.Runtime{}).Schemas
	all := map[string]*tfprotov6.Schema{"provider": schemas.Provider}
	for name, schema := range schemas.ResourceSchemas {
		all["resource "+name] = schema
	}
	for name, schema := range schemas.DataSourceSchemas {
		all["data "+name] = schema
	}
	if len(all) < 6 {
		t.Fatalf("only %d schemas", len(all))
	}
	return all
}

func TestSchema_everythingIsDescribed(t *testing.T) {
	t.Parallel()
	for name, schema := range everySchema(t) {
		if schema.Block.Description == "" {
			t.Errorf("%s has no description", name)
		}
		visit(schema.Block, name, false, func(at string, inSet bool, attribute *tfprotov6.SchemaAttribute) {
			own := !strings.HasSuffix(at, ".timeouts") && !strings.Contains(at,
				".timeouts.") // From terraform-plugin-framework-timeouts.
			if text := strings.TrimSpace(attribute.Description); own && (text == "" || !strings.HasSuffix(text, ".")) {
				t.Errorf("%s is described as %q", at, text)
			}
			if attribute.WriteOnly && inSet {
				t.Errorf("%s is write-only below a set, which disables the provider", at)
			}
		})
	}
}

// Both ends of every regional or account-wide type are named the same everywhere.
func TestSchema_accountIsEverywhere(t *testing.T) {
	t.Parallel()
	for name, schema := range everySchema(t) {
		if name == "provider" || name == "data iamguard_event_catalog" { // It asks no account.
			continue
		}
		found := map[string]bool{}
		for _, attribute := range schema.Block.Attributes {
			found[attribute.Name] = true
		}
		if !found["account"] || !found["account_id"] {
			t.Errorf("%s has no account", name)
		}
		if strings.HasPrefix(name, "resource") && !found["timeouts"] {
			t.Errorf("%s has no timeouts", name)
		}
	}
}

func TestSchema_identities(t *testing.T) {
	t.Parallel()
	server := providertest.NewServer(t, account.Runtime{})
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil || len(identities.Diagnostics) > 0 {
		t.Fatal(err, providertest.Text(identities.Diagnostics))
	}
	keys := map[string]string{"iamguard_trail": "name", "iamguard_log_bucket": "bucket"}
	for name := range server.Schemas.ResourceSchemas {
		identity := identities.IdentitySchemas[name]
		if identity == nil {
			t.Errorf("%s has no identity", name)
			continue
		}
		got := map[string]string{}
		for _, attribute := range identity.IdentityAttributes {
			got[attribute.Name] = fmt.Sprint(attribute.RequiredForImport)
			if attribute.Description == "" {
				t.Errorf("%s.%s is not described", name, attribute.Name)
			}
		}
		if key := keys[name]; key != "" && (got[key] != "true" || got["account_id"] != "false" || got["region"] != "false") {
			t.Errorf("the identity of %s is %v", name, got)
		}
	}
}
