package alert

import (
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

// selection is what the keys select.
func selection(arguments framework.FunctionArguments) ([]events.Event, events.PatternOptions, error) {
	options := events.PatternOptions{
		IncludeFailed: arguments.Flag("include_failed"), ExcludePrincipals: arguments.Texts("exclude_principals"),
	}
	for _, principal := range options.ExcludePrincipals {
		if err := checkExcluded(principal); err != nil {
			return nil, options, fmt.Errorf("exclude_principals: %w", err)
		}
	}
	presets, names := arguments.Texts("presets"), arguments.Texts("event_names")
	if len(presets)+len(names) == 0 {
		return nil, options, fmt.Errorf("one of presets and event_names is required; the presets are: %s",
			strings.Join(events.Catalog().PresetNames(), ", "))
	}
	selected, err := events.Catalog().Select(presets, names, arguments.Texts("exclude_event_names"))
	return selected, options, err
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
	switch {
	case name == "" || strings.ContainsAny(name, "*?"):
		return fmt.Errorf("%q leaves out every principal whose name fits; name one role or user", pattern)
	case kind == "assumed-role" && session == "":
		return fmt.Errorf("%q matches no session: end it with /* or with the name of the session", pattern)
	}
	return nil
}
