package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// assessClient finds the roles that trust a provider: those whose condition on the
// audience names the client ID are out of reach without it, and those that pin no
// audience take every ID that is on the provider's list.
func assessClient(details *inventory.Details, removed Removal) Impact {
	impact := Impact{Grade: events.SeverityInfo, AsOf: AsOfPresent}
	_, host, _ := strings.Cut(removed.ProviderARN, ":oidc-provider/")
	for _, name := range slices.Sorted(maps.Keys(details.Roles)) {
		trust := details.Roles[name].Trust
		if trust.Unread != "" {
			impact.NotConsidered = append(impact.NotConsidered, trust.Source.Label+": "+trust.Unread)
			continue
		}
		named, unpinned := trustOf(trust.Source.Document, removed.ProviderARN, host, removed.ClientID)
		if named {
			impact.BrokenRoles = append(impact.BrokenRoles, name)
		}
		if unpinned {
			impact.UnpinnedRoles = append(impact.UnpinnedRoles, name)
		}
	}
	told := "no role's trust policy names " + removed.ClientID
	if len(impact.BrokenRoles) > 0 {
		impact.Grade = events.SeverityLow
		told = fmt.Sprintf("with %s nobody gets %s, whose trust policy names it", removed.ClientID, roleList(impact.BrokenRoles))
	}
	impact.Sentences = append(impact.Sentences, told)
	if len(impact.UnpinnedRoles) > 0 {
		impact.Sentences = append(impact.Sentences, fmt.Sprintf("%s pin no audience: every client ID on the list of the provider "+
			"is good for them", roleList(impact.UnpinnedRoles)))
	}
	if len(impact.NotConsidered) > 0 {
		impact.Grade = max(impact.Grade, events.SeverityMedium)
	}
	return impact
}

// rolesNamed is how many roles a sentence names.
const rolesNamed = 5

func roleList(names []string) string {
	word := "the roles "
	if len(names) == 1 {
		word = "the role "
	}
	if len(names) > rolesNamed {
		return fmt.Sprintf("%s%s and %d more", word, strings.Join(names[:rolesNamed], ", "), len(names)-rolesNamed)
	}
	return word + strings.Join(names, ", ")
}

// trustOf tells whether a trust policy takes a client ID of a provider by name, and
// whether it takes any that the provider does.
func trustOf(trust policy.Document, providerARN, host, clientID string) (named, unpinned bool) {
	for _, s := range trust.Statements {
		if s.Effect != policy.Allow || !slices.Contains(s.Principal[policy.PrincipalFederated], providerARN) {
			continue
		}
		pins, takes := audience(s.Condition, host, clientID)
		unpinned, named = unpinned || !pins, named || takes
	}
	return named, unpinned
}

// audience tells whether a condition asks for an audience at all, and whether it takes a
// client ID. Only an operator that takes the key as it is pins one: one with IfExists, or
// with Not, does not.
func audience(condition policy.Condition, host, clientID string) (pins, takes bool) {
	matches := map[string]func(value, id string) bool{
		"stringequals": func(value, id string) bool { return value == id }, "stringequalsignorecase": strings.EqualFold,
		"stringlike": policy.MatchWildcard,
	}
	for operator, keys := range condition {
		match := matches[strings.TrimPrefix(strings.ToLower(operator), "foranyvalue:")]
		for key, values := range keys {
			if match != nil && strings.EqualFold(key, host+":aud") {
				pins = true
				takes = takes || slices.ContainsFunc(values, func(value string) bool { return match(value, clientID) })
			}
		}
	}
	return pins, takes
}
