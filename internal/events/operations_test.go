package events_test

import (
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

func TestWriteOperations(t *testing.T) {
	t.Parallel()
	operations := events.WriteOperations()
	if len(operations) != 16 || len(operations["iam.amazonaws.com"].Classes) != 108 {
		t.Errorf("%d services, %d operations of IAM", len(operations), len(operations["iam.amazonaws.com"].Classes))
	}
	for source, service := range operations {
		for operation, class := range service.Classes {
			_, known := events.Catalog().Lookup(source, operation)
			if (class == "catalogued") != known {
				t.Errorf("%s %s: class %s, in the catalogue %v", source, operation, class, known)
			}
		}
	}
}

// reads are the verbs of operations that change nothing. Generate only makes
// reports, Simulate and Lookup ask, Search lists samples of queries.
var reads = regexp.MustCompile(`^(Get|List|Describe|Lookup|Simulate|Generate|Search)`)

// unclassed are the operations of a client that change something and that the
// catalogue does not class.
func unclassed(operations []string, classes map[string]string) []string {
	return slices.DeleteFunc(operations, func(operation string) bool {
		return reads.MatchString(operation) || classes[operation] != ""
	})
}

// operationsOf are the operations of a client: its methods that take a context,
// an input and options.
func operationsOf(client reflect.Type) []string {
	var names []string
	for method := range client.Methods() {
		if method.Type.NumIn() == 4 && method.Type.NumOut() == 2 {
			names = append(names, method.Name)
		}
	}
	return names
}

func TestWriteOperations_sdk(t *testing.T) {
	t.Parallel()
	for source, client := range map[string]reflect.Type{
		"iam.amazonaws.com":        reflect.TypeFor[*iam.Client](),
		"cloudtrail.amazonaws.com": reflect.TypeFor[*cloudtrail.Client](),
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			service := events.WriteOperations()[source]
			operations := operationsOf(client)
			if len(operations) < service.TotalOperations {
				t.Errorf("the client has %d operations, the catalogue counts %d", len(operations), service.TotalOperations)
			}
			for operation := range service.Classes {
				if !slices.Contains(operations, operation) {
					t.Errorf("%s is no operation of the service", operation)
				}
			}
			if left := unclassed(operations, service.Classes); len(left) > 0 {
				t.Errorf("not classed: %v", left)
			}
		})
	}
	t.Run("an operation that AWS adds is noticed", func(t *testing.T) {
		t.Parallel()
		classes := events.WriteOperations()["iam.amazonaws.com"].Classes
		left := unclassed([]string{"GetUser", "DeleteUser", "RemoveEveryGuardrail"}, classes)
		if !slices.Equal(left, []string{"RemoveEveryGuardrail"}) {
			t.Errorf("not classed: %v", left)
		}
	})
}
