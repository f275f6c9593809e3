package providertest

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/provider"
)

// Unknown stands in a configuration for a value that Terraform does not know yet.
const Unknown = unknown("unknown")

type unknown string

// Server is the provider spoken to without Terraform: what a test asks of it takes
// milliseconds, and a value can be unknown.
type Server struct {
	tfprotov6.ProviderServer
	Schemas *tfprotov6.GetProviderSchemaResponse
}

// NewServer serves the provider with a runtime, not configured yet.
func NewServer(tb testing.TB, runtime account.Runtime) *Server {
	tb.Helper()
	server := &Server{ProviderServer: providerserver.NewProtocol6(provider.New("test", runtime)())()}
	schemas, err := server.GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.Diagnostics) > 0 {
		tb.Fatalf("the provider's schema: %v %s", err, Text(schemas.Diagnostics))
	}
	server.Schemas = schemas
	return server
}

// ProviderArguments are those of Provider as values for Configure.
func (s *Stage) ProviderArguments(as localaws.Principal) map[string]any {
	endpoints := map[string]any{}
	for name, url := range s.Endpoints() {
		endpoints[name] = url
	}
	arguments := map[string]any{
		"region": Region, "access_key": as.AccessKeyID, "secret_key": as.SecretAccessKey, "max_retries": 3,
		"endpoints": []any{endpoints},
	}
	if as.SessionToken != "" {
		arguments["token"] = as.SessionToken
	}
	return arguments
}

// Server is the provider of this stage, configured as its admin with extra
// arguments.
func (s *Stage) Server(tb testing.TB, extra map[string]any) *Server {
	tb.Helper()
	server := NewServer(tb, s.Runtime())
	arguments := s.ProviderArguments(s.Admin())
	maps.Copy(arguments, extra)
	if diags := server.Configure(tb, arguments); Errors(diags) {
		tb.Fatalf("configuring the provider: %s", Text(diags))
	}
	return server
}

// Validate checks a provider block.
func (s *Server) Validate(tb testing.TB, arguments map[string]any) []*tfprotov6.Diagnostic {
	tb.Helper()
	resp, err := s.ValidateProviderConfig(
		tb.Context(),
		&tfprotov6.ValidateProviderConfigRequest{Config: dynamic(tb, s.Schemas.Provider, arguments)},
	)
	if err != nil {
		tb.Fatal(err)
	}
	return resp.Diagnostics
}

// Configure hands over a provider block.
func (s *Server) Configure(tb testing.TB, arguments map[string]any) []*tfprotov6.Diagnostic {
	tb.Helper()
	resp, err := s.ConfigureProvider(
		tb.Context(),
		&tfprotov6.ConfigureProviderRequest{Config: dynamic(tb, s.Schemas.Provider, arguments)},
	)
	if err != nil {
		tb.Fatal(err)
	}
	return resp.Diagnostics
}

// ValidateData checks the configuration of a data source.
func (s *Server) ValidateData(tb testing.TB, name string, arguments map[string]any) []*tfprotov6.Diagnostic {
	tb.Helper()
	resp, err := s.ValidateDataResourceConfig(tb.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: name, Config: dynamic(tb, s.Schemas.DataSourceSchemas[name], arguments),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return resp.Diagnostics
}

// ReadData validates and reads a data source. What it answers is nil where it failed.
func (s *Server) ReadData(tb testing.TB, name string, arguments map[string]any) (map[string]any, []*tfprotov6.Diagnostic) {
	tb.Helper()
	return s.ReadDataWith(tb.Context(), tb, name, arguments)
}

// ReadDataWith is ReadData within a context.
func (s *Server) ReadDataWith(ctx context.Context, tb testing.TB, name string, arguments map[string]any) (
	map[string]any, []*tfprotov6.Diagnostic,
) {
	tb.Helper()
	schema := s.Schemas.DataSourceSchemas[name]
	if schema == nil {
		tb.Fatalf("the provider has no data source %s", name)
	}
	config := dynamic(tb, schema, arguments)
	checked, err := s.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
	if err != nil {
		tb.Fatal(err)
	}
	if Errors(checked.Diagnostics) {
		return nil, checked.Diagnostics
	}
	resp, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: config})
	if err != nil {
		tb.Fatal(err)
	}
	if Errors(resp.Diagnostics) {
		return nil, resp.Diagnostics
	}
	state, err := resp.State.Unmarshal(schema.ValueType())
	if err != nil {
		tb.Fatal(err)
	}
	plain, ok := Plain(tb, state).(map[string]any)
	if !ok {
		tb.Fatalf("the state of %s is no object", name)
	}
	return plain, append(checked.Diagnostics, resp.Diagnostics...)
}

// Errors tells whether one of the diagnostics is an error.
func Errors(diags []*tfprotov6.Diagnostic) bool {
	for _, diag := range diags {
		if diag.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// Text writes diagnostics as "attribute: summary: detail", one after the other.
func Text(diags []*tfprotov6.Diagnostic) string {
	var text strings.Builder
	for _, diag := range diags {
		at := ""
		if diag.Attribute != nil {
			at = diag.Attribute.String() + ": "
		}
		fmt.Fprintf(&text, "%s: %s%s: %s\n", diag.Severity, at, diag.Summary, diag.Detail)
	}
	return text.String()
}

func dynamic(tb testing.TB, schema *tfprotov6.Schema, arguments map[string]any) *tfprotov6.DynamicValue {
	tb.Helper()
	kind, given := schema.ValueType(), map[string]any{}
	maps.Copy(given, arguments)
	for _, block := range schema.Block.BlockTypes {
		// Terraform sends a block that is absent as an empty list.
		if _, ok := given[block.TypeName]; !ok {
			given[block.TypeName] = []any{}
		}
	}
	value, err := tfprotov6.NewDynamicValue(kind, Value(tb, kind, given))
	if err != nil {
		tb.Fatal(err)
	}
	return &value
}

// Value makes a value of a type from plain Go: maps, slices, strings, numbers and
// booleans; nil is null, Unknown is unknown, and what an object lacks is null.
func Value(tb testing.TB, kind tftypes.Type, plain any) tftypes.Value {
	tb.Helper()
	switch typed := plain.(type) {
	case nil:
		return tftypes.NewValue(kind, nil)
	case unknown:
		return tftypes.NewValue(kind, tftypes.UnknownValue)
	case map[string]any:
		return compound(tb, kind, typed)
	case []any:
		var element tftypes.Type
		switch list := kind.(type) {
		case tftypes.List:
			element = list.ElementType
		case tftypes.Set:
			element = list.ElementType
		default:
			tb.Fatalf("%s is neither list nor set", kind)
		}
		values := make([]tftypes.Value, len(typed))
		for i, inner := range typed {
			values[i] = Value(tb, element, inner)
		}
		return tftypes.NewValue(kind, values)
	case int:
		return tftypes.NewValue(kind, big.NewFloat(float64(typed)))
	}
	return tftypes.NewValue(kind, plain)
}

func compound(tb testing.TB, kind tftypes.Type, plain map[string]any) tftypes.Value {
	tb.Helper()
	values := map[string]tftypes.Value{}
	switch typed := kind.(type) {
	case tftypes.Map:
		for key, inner := range plain {
			values[key] = Value(tb, typed.ElementType, inner)
		}
	case tftypes.Object:
		for name, attribute := range typed.AttributeTypes {
			values[name] = Value(tb, attribute, plain[name])
		}
		for name := range plain {
			if typed.AttributeTypes[name] == nil {
				tb.Fatalf("there is no argument %s", name)
			}
		}
	default:
		tb.Fatalf("%s is neither map nor object", kind)
	}
	return tftypes.NewValue(kind, values)
}

// Plain is the reverse of Value; numbers are int64.
func Plain(tb testing.TB, value tftypes.Value) any {
	tb.Helper()
	switch {
	case value.IsNull():
		return nil
	case !value.IsKnown():
		return Unknown
	case value.Type().Is(tftypes.String):
		return as[string](tb, value)
	case value.Type().Is(tftypes.Bool):
		return as[bool](tb, value)
	case value.Type().Is(tftypes.Number):
		number := as[big.Float](tb, value)
		whole, _ := number.Int64()
		return whole
	case value.Type().Is(tftypes.Object{}), value.Type().Is(tftypes.Map{}):
		out := map[string]any{}
		for name, inner := range as[map[string]tftypes.Value](tb, value) {
			out[name] = Plain(tb, inner)
		}
		return out
	}
	out := []any{}
	for _, inner := range as[[]tftypes.Value](tb, value) {
		out = append(out, Plain(tb, inner))
	}
	return out
}

func as[T any](tb testing.TB, value tftypes.Value) T {
	tb.Helper()
	var out T
	if err := value.As(&out); err != nil {
		tb.Fatal(err)
	}
	return out
}
