package leastprivilege

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/iamguard/terraform-provider-iamguard/examples"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// The phases of a run. Apply and destroy begin with a plan.
const (
	phasePlan    = "plan"
	phaseApply   = "apply"
	phaseDestroy = "destroy"
)

var phases = []string{phasePlan, phaseApply, phaseDestroy}

// lookUp is how a plan finds out who changed a resource outside Terraform. A
// recorded plan without drift does not need it.
const lookUp = "cloudtrail:LookupEvents"

// prefixes are how types of one kind are told from those of another with the same
// name, as in the address of a block; by folder of the examples.
var prefixes = map[string]string{"resources": "", "data-sources": "data.", "list-resources": "list.", "actions": "action."}

// asksNobody are the types that make no call, so that there is nothing to record.
var asksNobody = []string{"data.iamguard_event_catalog"}

// needs are the IAM actions of one type by phase; those of plan are not repeated.
type needs map[string][]string

// table has every type under its prefix and name. It is read once, when first used.
var table = sync.OnceValues(func() (map[string]needs, error) {
	types := map[string]needs{}
	for _, name := range asksNobody {
		types[name] = needs{}
	}
	err := fs.WalkDir(examples.Permissions, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := examples.Permissions.ReadFile(file)
		if err != nil {
			return err
		}
		found, err := readNeeds(text)
		if err != nil {
			return fmt.Errorf("reading %s: %w", file, err)
		}
		folder, name := path.Split(path.Dir(file))
		prefix, known := prefixes[path.Clean(folder)]
		if !known {
			return fmt.Errorf("reading %s: no kind of type has this folder", file)
		}
		types[prefix+name] = found
		return nil
	})
	return types, err
})

// readNeeds reads a recorded policy, whose statements are named after the phases.
func readNeeds(text []byte) (needs, error) {
	var document struct {
		Statement []struct {
			Sid    string
			Action []string
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	found := needs{}
	for _, statement := range document.Statement {
		phase := strings.ToLower(statement.Sid)
		if !slices.Contains(phases, phase) {
			return nil, fmt.Errorf("%q is no phase", statement.Sid)
		}
		found[phase] = statement.Action
	}
	return found, nil
}

// resolve finds a type by its name, with or without its prefix. A bare name is that
// of the resource; where there is none, of what else has it.
func resolve(types map[string]needs, name string) (string, bool) {
	for _, prefix := range []string{"", "data.", "action.", "list."} {
		if _, found := types[prefix+name]; found {
			return prefix + name, true
		}
	}
	return "", false
}

// policyFor is the policy of a role that goes through a phase with these types. An
// action that a plan needs already is in the statement of the plan alone.
func policyFor(types map[string]needs, names []string, phase string) policy.Document {
	var document policy.Document
	document.Version = policy.Version2012
	given := map[string]bool{}
	allow := func(sid string, actions []string) {
		added := map[string]bool{}
		for _, action := range actions {
			if !given[action] {
				added[action], given[action] = true, true
			}
		}
		if len(added) > 0 {
			document.Statements = append(document.Statements, policy.Statement{
				Sid: sid, Effect: policy.Allow, Action: slices.Sorted(maps.Keys(added)), Resource: []string{"*"},
			})
		}
	}
	collect := func(phase string) (actions []string) {
		for _, name := range names {
			actions = append(actions, types[name][phase]...)
		}
		return actions
	}
	allow("Plan", collect(phasePlan))
	if slices.ContainsFunc(names, func(name string) bool { return !strings.Contains(name, ".") }) {
		allow("ExplainDrift", []string{lookUp})
	}
	if phase != phasePlan {
		allow(strings.ToUpper(phase[:1])+phase[1:], collect(phase))
	}
	return document
}
