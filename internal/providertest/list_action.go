package providertest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Lists and actions are served by interfaces of their own until plugin-go joins them
// to the others.
func (s *Server) lists(tb testing.TB) tfprotov6.ListResourceServer {
	tb.Helper()
	server, ok := s.ProviderServer.(tfprotov6.ListResourceServer)
	if !ok {
		tb.Fatal("the provider serves no list resources")
	}
	return server
}

func (s *Server) actions(tb testing.TB) tfprotov6.ActionServer {
	tb.Helper()
	server, ok := s.ProviderServer.(tfprotov6.ActionServer)
	if !ok {
		tb.Fatal("the provider serves no actions")
	}
	return server
}

// ListQuery is what Terraform asks a list resource for.
type ListQuery struct {
	Config map[string]any
	// IncludeResource asks for the state of each object too.
	IncludeResource bool
	// Limit is how many objects are wanted at most; 0 is all.
	Limit int64
}

// ListedObject is one result of a list resource. Resource is nil unless asked for.
type ListedObject struct {
	DisplayName        string
	Identity, Resource map[string]any
}

// ValidateList checks the configuration of a list resource.
func (s *Server) ValidateList(tb testing.TB, name string, config map[string]any) []*tfprotov6.Diagnostic {
	tb.Helper()
	schema := s.Schemas.ListResourceSchemas[name]
	if schema == nil {
		tb.Fatalf("the provider has no list resource %s", name)
	}
	resp, err := s.lists(tb).ValidateListResourceConfig(tb.Context(), &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: name, Config: dynamic(tb, schema, config),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return resp.Diagnostics
}

// List validates and lists. Every diagnostic is in one list, whichever result it
// came with.
func (s *Server) List(tb testing.TB, name string, query ListQuery) ([]ListedObject, []*tfprotov6.Diagnostic) {
	tb.Helper()
	diags := s.ValidateList(tb, name, query.Config)
	if Errors(diags) {
		return nil, diags
	}
	stream, err := s.lists(tb).ListResource(tb.Context(), &tfprotov6.ListResourceRequest{
		TypeName: name, Config: dynamic(tb, s.Schemas.ListResourceSchemas[name], query.Config),
		IncludeResource: query.IncludeResource, Limit: query.Limit,
	})
	if err != nil {
		tb.Fatal(err)
	}
	identities, err := s.GetResourceIdentitySchemas(tb.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	var objects []ListedObject
	for result := range stream.Results {
		diags = append(diags, result.Diagnostics...)
		if result.Identity == nil {
			continue
		}
		object := ListedObject{DisplayName: result.DisplayName}
		identity, err := result.Identity.IdentityData.Unmarshal(identities.IdentitySchemas[name].ValueType())
		if err != nil {
			tb.Fatal(err)
		}
		object.Identity = object.plain(tb, Plain(tb, identity))
		if result.Resource != nil {
			resource, err := result.Resource.Unmarshal(s.Schemas.ResourceSchemas[name].ValueType())
			if err != nil {
				tb.Fatal(err)
			}
			object.Resource = object.plain(tb, Plain(tb, resource))
		}
		objects = append(objects, object)
	}
	return objects, diags
}

func (ListedObject) plain(tb testing.TB, value any) map[string]any {
	tb.Helper()
	plain, ok := value.(map[string]any)
	if !ok && value != nil {
		tb.Fatalf("%v is no object", value)
	}
	return plain
}

// PlanAction validates and plans an action.
func (s *Server) PlanAction(tb testing.TB, name string, config map[string]any) []*tfprotov6.Diagnostic {
	tb.Helper()
	schema := s.Schemas.ActionSchemas[name]
	if schema == nil {
		tb.Fatalf("the provider has no action %s", name)
	}
	value := dynamic(tb, schema.Schema, config)
	checked, err := s.actions(tb).ValidateActionConfig(tb.Context(), &tfprotov6.ValidateActionConfigRequest{
		ActionType: name, Config: value,
	})
	if err != nil {
		tb.Fatal(err)
	}
	if Errors(checked.Diagnostics) {
		return checked.Diagnostics
	}
	planned, err := s.actions(tb).PlanAction(tb.Context(), &tfprotov6.PlanActionRequest{ActionType: name, Config: value})
	if err != nil {
		tb.Fatal(err)
	}
	return append(checked.Diagnostics, planned.Diagnostics...)
}

// InvokeAction plans and invokes an action, and returns the lines of its progress.
func (s *Server) InvokeAction(tb testing.TB, name string, config map[string]any) (
	progress []string, diags []*tfprotov6.Diagnostic,
) {
	tb.Helper()
	diags = s.PlanAction(tb, name, config)
	if Errors(diags) {
		return nil, diags
	}
	stream, err := s.actions(tb).InvokeAction(tb.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: name, Config: dynamic(tb, s.Schemas.ActionSchemas[name].Schema, config),
	})
	if err != nil {
		tb.Fatal(err)
	}
	for event := range stream.Events {
		switch typed := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, typed.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			diags = append(diags, typed.Diagnostics...)
		}
	}
	return progress, diags
}
