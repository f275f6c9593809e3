// Package examples holds the IAM permissions that each type of the provider needs,
// as its documentation page shows them. They are recorded by tests from the calls
// that were really made, and are linked into the provider for the function
// permissions, so that there is one table and not two.
package examples

import "embed"

// Permissions has a file permissions.json for each type, in a folder by the name of
// the type below one by its kind: resources, data-sources, list-resources, actions.
// It is an IAM policy with a statement for each phase: Plan, and what Apply and
// Destroy need beyond it.
//
//go:embed */*/permissions.json
var Permissions embed.FS
