// Command schemajson prints the provider's schemas in the form of
// `terraform providers schema -json`, for the documentation generator. It asks the
// provider itself and not a Terraform CLI, because an older one leaves out what it
// does not know.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/provider"
)

// address is the key under which the generator looks for the provider.
const address = "registry.terraform.io/hashicorp/iamguard"

func main() {
	ctx := context.Background()
	server := providerserver.NewProtocol6(provider.New("dev", account.Runtime{})())()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		log.Fatal(err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		log.Fatal(err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(document(schemas, identities)); err != nil {
		log.Fatal(err)
	}
}

// document is the whole answer.
func document(
	schemas *tfprotov6.GetProviderSchemaResponse,
	identities *tfprotov6.GetResourceIdentitySchemasResponse,
) map[string]any {
	resources, data := map[string]any{}, map[string]any{}
	for name, schema := range schemas.ResourceSchemas {
		resources[name] = schemaOf(schema)
	}
	for name, schema := range schemas.DataSourceSchemas {
		data[name] = schemaOf(schema)
	}
	lists, actions, ephemerals := map[string]any{}, map[string]any{}, map[string]any{}
	for name, schema := range schemas.EphemeralResourceSchemas {
		ephemerals[name] = schemaOf(schema)
	}
	for name, schema := range schemas.ListResourceSchemas {
		lists[name] = schemaOf(schema)
	}
	for name, action := range schemas.ActionSchemas {
		actions[name] = schemaOf(action.Schema)
	}
	identity := map[string]any{}
	for name, schema := range identities.IdentitySchemas {
		identity[name] = identityOf(schema)
	}
	return map[string]any{
		"format_version": "1.0",
		"provider_schemas": map[string]any{address: map[string]any{
			"provider": schemaOf(schemas.Provider), "resource_schemas": resources, "data_source_schemas": data,
			"resource_identity_schemas": identity, "functions": functionsOf(schemas.Functions),
			"list_resource_schemas": lists, "action_schemas": actions, "ephemeral_resource_schemas": ephemerals,
		}},
	}
}

func functionsOf(functions map[string]*tfprotov6.Function) map[string]any {
	out := map[string]any{}
	for name, function := range functions {
		parameters := []any{}
		for _, parameter := range function.Parameters {
			entry := map[string]any{"name": parameter.Name, "description": parameter.Description, "type": parameter.Type}
			setIf(entry, "is_nullable", parameter.AllowNullValue)
			parameters = append(parameters, entry)
		}
		out[name] = map[string]any{
			"summary": function.Summary, "description": function.Description, "return_type": function.Return.Type,
			"parameters": parameters,
		}
	}
	return out
}

func schemaOf(schema *tfprotov6.Schema) map[string]any {
	return map[string]any{"version": schema.Version, "block": blockOf(schema.Block)}
}

func identityOf(schema *tfprotov6.ResourceIdentitySchema) map[string]any {
	attributes := map[string]any{}
	for _, attribute := range schema.IdentityAttributes {
		entry := map[string]any{"type": attribute.Type, "description": attribute.Description}
		setIf(entry, "required_for_import", attribute.RequiredForImport)
		setIf(entry, "optional_for_import", attribute.OptionalForImport)
		attributes[attribute.Name] = entry
	}
	return map[string]any{"version": schema.Version, "attributes": attributes}
}

func blockOf(block *tfprotov6.SchemaBlock) map[string]any {
	out := described(block.Description, block.DescriptionKind)
	if len(block.Attributes) > 0 {
		out["attributes"] = attributesOf(block.Attributes)
	}
	if len(block.BlockTypes) > 0 {
		blocks := map[string]any{}
		for _, nested := range block.BlockTypes {
			entry := map[string]any{"nesting_mode": blockNesting[nested.Nesting], "block": blockOf(nested.Block)}
			if nested.MinItems > 0 {
				entry["min_items"] = nested.MinItems
			}
			if nested.MaxItems > 0 {
				entry["max_items"] = nested.MaxItems
			}
			blocks[nested.TypeName] = entry
		}
		out["block_types"] = blocks
	}
	return out
}

func attributesOf(attributes []*tfprotov6.SchemaAttribute) map[string]any {
	out := map[string]any{}
	for _, attribute := range attributes {
		entry := described(attribute.Description, attribute.DescriptionKind)
		if attribute.NestedType != nil {
			entry["nested_type"] = map[string]any{
				"attributes": attributesOf(attribute.NestedType.Attributes), "nesting_mode": objectNesting[attribute.NestedType.Nesting],
			}
		} else {
			entry["type"] = attribute.Type
		}
		setIf(entry, "required", attribute.Required)
		setIf(entry, "optional", attribute.Optional)
		setIf(entry, "computed", attribute.Computed)
		setIf(entry, "sensitive", attribute.Sensitive)
		setIf(entry, "write_only", attribute.WriteOnly)
		setIf(entry, "deprecated", attribute.Deprecated)
		out[attribute.Name] = entry
	}
	return out
}

var blockNesting = map[tfprotov6.SchemaNestedBlockNestingMode]string{
	tfprotov6.SchemaNestedBlockNestingModeSingle: "single", tfprotov6.SchemaNestedBlockNestingModeList: "list",
	tfprotov6.SchemaNestedBlockNestingModeSet: "set", tfprotov6.SchemaNestedBlockNestingModeMap: "map",
	tfprotov6.SchemaNestedBlockNestingModeGroup: "group",
}

var objectNesting = map[tfprotov6.SchemaObjectNestingMode]string{
	tfprotov6.SchemaObjectNestingModeSingle: "single", tfprotov6.SchemaObjectNestingModeList: "list",
	tfprotov6.SchemaObjectNestingModeSet: "set", tfprotov6.SchemaObjectNestingModeMap: "map",
}

// described is an object with its description, which the CLI leaves out when it is
// empty.
func described(description string, kind tfprotov6.StringKind) map[string]any {
	out := map[string]any{"description_kind": kindOf(kind)}
	if description != "" {
		out["description"] = description
	}
	return out
}

func kindOf(kind tfprotov6.StringKind) string {
	if kind == tfprotov6.StringKindMarkdown {
		return "markdown"
	}
	return "plain"
}

func setIf(entry map[string]any, key string, value bool) {
	if value {
		entry[key] = true
	}
}
