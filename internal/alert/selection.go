package alert

import (
	"errors"
	"fmt"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// selectionKeys are what a pattern is made of.
func selectionKeys() []framework.FunctionKey {
	return []framework.FunctionKey{
		{
			Name: "presets", Kind: framework.ManyTexts,
			Description: "Presets of events, such as `iam_removal`; the data source `iamguard_event_catalog` lists what they hold.",
		},
		{
			Name: "event_names", Kind: framework.ManyTexts,
			Description: "Events by name (`RemoveUserFromGroup`) or catalogue ID (`iam.DeleteUser`), beside those of `presets`.",
		},
		{Name: "exclude_event_names", Kind: framework.ManyTexts, Description: "Events to take out of the selection."},
		{
			Name: "exclude_principals", Kind: framework.ManyTexts,
			Description: "ARN wildcards of `userIdentity.arn` whose calls do not match, such as " +
				"`arn:aws:sts::*:assumed-role/deploy/*`: one role or user each. Critical events match whoever makes them.",
		},
		{Name: "include_failed", Kind: framework.Flag, Description: "Matches attempts that failed too."},
	}
}

// selection is what a pattern is made of.
type selection struct {
	presets, names, excluded, principals []string
	failed                               bool
}

// selectionOf reads the keys of a function.
func selectionOf(arguments framework.FunctionArguments) selection {
	return selection{
		presets: arguments.Texts("presets"), names: arguments.Texts("event_names"),
		excluded: arguments.Texts("exclude_event_names"), principals: arguments.Texts("exclude_principals"),
		failed: arguments.Flag("include_failed"),
	}
}

// argumentError is an argument that means nothing, and why, as the end of a sentence.
type argumentError struct {
	argument string
	err      error
}

func (e *argumentError) Error() string { return e.argument + ": " + e.err.Error() }
func (e *argumentError) Unwrap() error { return e.err }

// events are those that are selected; an error is an *argumentError.
func (s selection) events() ([]events.Event, error) {
	for _, principal := range s.principals {
		if err := checkExcluded(principal); err != nil {
			return nil, &argumentError{"exclude_principals", err}
		}
	}
	if len(s.presets)+len(s.names) == 0 {
		return nil, &argumentError{"presets", fmt.Errorf("one of presets and event_names is required; the presets are: %s",
			strings.Join(events.Catalog().PresetNames(), ", "))}
	}
	selected, err := events.Catalog().Select(s.presets, s.names, s.excluded)
	if blamed, ok := errors.AsType[*events.SelectionError](err); ok {
		return nil, &argumentError{blamed.Argument, err}
	}
	return selected, err
}

// options are how the pattern of the events is written.
func (s selection) options() events.PatternOptions {
	return events.PatternOptions{IncludeFailed: s.failed, ExcludePrincipals: s.principals}
}

// pattern is that of the selection, which may not be longer than allowed.
func (s selection) pattern(longest int) (string, []events.Event, error) {
	selected, err := s.events()
	if err != nil {
		return "", nil, err
	}
	pattern := events.ComposePattern(selected, s.options())
	size, err := events.PatternSize([]byte(pattern))
	if err == nil && size > longest {
		err = fmt.Errorf("the pattern has %d characters, and %d are allowed: %s; function event_patterns gives one for each "+
			"source, for rules with for_each", size, longest, sizes(events.ComposePatterns(selected, s.options())))
	}
	return pattern, selected, err
}

// checkExcluded refuses exclusions that would leave out more than one principal, or
// nobody: CloudTrail shows a session of a role, never the role.
func checkExcluded(pattern string) error {
	parts := strings.SplitN(pattern, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return fmt.Errorf("%q is not the wildcard of an ARN, such as arn:aws:sts::*:assumed-role/deploy/*", pattern)
	}
	service, resource := parts[2], parts[5]
	kind, rest, _ := strings.Cut(resource, "/")
	switch service + ":" + kind {
	case "iam:root":
		return fmt.Errorf("%q is the root user, whose calls are never left out", pattern)
	case "iam:role":
		return fmt.Errorf("%q is a role; CloudTrail shows its sessions: arn:%s:sts::%s:assumed-role/%s/*",
			pattern, parts[1], parts[4], rest[strings.LastIndex(rest, "/")+1:])
	case "sts:assumed-role", "sts:federated-user", "iam:user":
		return checkOne(pattern, kind, rest)
	}
	return fmt.Errorf("%q names no user and no session of a role", pattern)
}

// checkOne refuses what names several users or roles, or no session.
func checkOne(pattern, kind, rest string) error {
	name, session, _ := strings.Cut(rest, "/")
	if kind != "assumed-role" { // The name of a user stands behind its path.
		name = rest
	}
	switch {
	case name == "" || strings.ContainsAny(name, "*?"):
		return fmt.Errorf("%q leaves out every principal whose name fits; name one role or user", pattern)
	case kind == "assumed-role" && session == "":
		return fmt.Errorf("%q matches no session: end it with /* or with the name of the session", pattern)
	}
	return nil
}
