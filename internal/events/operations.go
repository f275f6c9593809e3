package events

import (
	"fmt"
	"sync"
)

// ServiceOperations classes the write operations of one service.
type ServiceOperations struct {
	// Model is the name of the service's API model, such as "iam".
	Model string `json:"model"`
	// APIVersion is the version of the model, a date.
	APIVersion string `json:"api_version"`
	// TotalOperations counts reads too.
	TotalOperations int `json:"total_operations"`
	// Classes maps an operation to "catalogued", "grant_or_create", "tag" or
	// "neutral_or_out_of_scope".
	Classes map[string]string `json:"write_operations"`
}

// writeOperations decodes its part of the catalogue on first use.
var writeOperations = sync.OnceValue(func() map[string]ServiceOperations {
	var file struct {
		WriteOperations map[string]ServiceOperations `json:"write_operations"`
	}
	if err := decodeFile("data/catalog.json", &file); err != nil {
		panic(fmt.Sprintf("events: embedded catalogue: %v", err))
	}
	return file.WriteOperations
})

// WriteOperations returns, by event source, how every write operation of the
// services with identity guardrails is classed, so that an operation AWS adds
// later is noticed. It is the catalogue's own and must not be changed.
func WriteOperations() map[string]ServiceOperations { return writeOperations() }
