package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// errNoImpact is a removal of which nothing can be told.
var errNoImpact = errors.New("iamguard does not assess it")

// Removal is what was taken from whom: a user from a group, a policy from a user, group or
// role, a boundary from a user or role, or a client ID from a provider.
type Removal struct {
	User, Group, Role string
	// PolicyARN is a managed policy, or the one that is the boundary; PolicyName is an
	// inline one.
	PolicyARN, PolicyName string
	// Boundary says that the boundary went; without PolicyARN it is looked for in records.
	Boundary bool
	// ProviderARN and ClientID are those of a client ID.
	ProviderARN, ClientID string
	// At is when, zero for now.
	At time.Time
	// Declared are documents of what was removed, as a configuration declares them.
	Declared []policy.Source
}

// RemovalOf reads a removal out of a record. The error wraps errNoImpact where the event
// is none that is assessed, or where its record does not name what it is about.
func RemovalOf(record events.Record) (Removal, error) {
	r := Removal{
		User: record.Target["userName"], Group: record.Target["groupName"], Role: record.Target["roleName"],
		PolicyARN: record.Target["policyArn"], PolicyName: record.Target["policyName"], At: record.EventTime,
	}
	var wants []string
	switch record.Name {
	case "RemoveUserFromGroup":
		r.PolicyARN, wants = "", []string{r.User, r.Group}
	case "DetachUserPolicy", "DetachGroupPolicy", "DetachRolePolicy":
		r.PolicyName, wants = "", []string{r.User + r.Group + r.Role, r.PolicyARN}
	case "DeleteUserPolicy", "DeleteGroupPolicy", "DeleteRolePolicy":
		wants = []string{r.User + r.Group + r.Role, r.PolicyName}
	case "DeleteUserPermissionsBoundary", "DeleteRolePermissionsBoundary":
		r.Boundary, wants = true, []string{r.User + r.Role}
	case "RemoveClientIDFromOpenIDConnectProvider":
		r.ProviderARN, r.ClientID = record.Target["openIDConnectProviderArn"], record.Target["clientID"]
		wants = []string{r.ProviderARN, r.ClientID}
	default:
		return Removal{}, fmt.Errorf("%s: %w", record.Name, errNoImpact)
	}
	for _, want := range wants {
		if want == "" || events.IsHidden(want) {
			return Removal{}, fmt.Errorf("%s: the record does not name what was removed: %w", record.Name, errNoImpact)
		}
	}
	return r, nil
}

// find finds who lost something, and the policies.
func (r Removal) find(ctx context.Context, in *account.Account, details *inventory.Details) (taken, error) {
	t := taken{Removal: r, asOf: AsOfPresent}
	if err := t.affect(ctx, in, details); err != nil {
		return t, err
	}
	if len(r.Declared) > 0 {
		t.asOf = AsOfDeclared
		return t.holding(r.Declared), nil
	}
	var err error
	switch {
	case r.Group != "" && r.User != "":
		err = t.findGroup(ctx, in, details)
	case r.PolicyName != "":
		err = t.findInline(ctx, in, details)
	case r.Boundary && r.PolicyARN == "":
		err = t.findBoundary(ctx, in, details)
	default:
		err = t.findManaged(ctx, in, details)
	}
	return t, err
}

// holding is the removal with the documents that went.
func (t taken) holding(sources []policy.Source) taken {
	if !t.Boundary {
		t.sources = append(t.sources, sources...)
		return t
	}
	for _, source := range sources {
		t.bound = &source
	}
	return t
}

// affect finds the identities: of a policy that went from a group, all its members, and
// who has left it since.
func (t *taken) affect(ctx context.Context, in *account.Account, details *inventory.Details) error {
	take := func(kind, name string, all map[string]*inventory.Identity) {
		if found := all[name]; found != nil {
			t.from = append(t.from, found)
		} else {
			t.unknown = append(t.unknown, fmt.Sprintf("the %s %s is not in the account now", kind, name))
		}
	}
	switch {
	case t.User != "":
		take("user", t.User, details.Users)
	case t.Role != "":
		take("role", t.Role, details.Roles)
	case details.Groups[t.Group] == nil:
		t.unknown = append(t.unknown, "the group "+t.Group+" is not in the account now, so its members are not known")
	default:
		former, err := t.formerMembers(ctx, in)
		if err != nil {
			return err
		}
		members := slices.Concat(details.Groups[t.Group].Members, former)
		slices.Sort(members)
		for _, member := range slices.Compact(members) {
			take("user", member, details.Users)
		}
		if len(members) == 0 {
			t.unknown = append(t.unknown, "the group "+t.Group+" has no members now, and who was in it then is not known")
		}
	}
	return nil
}

// findManaged takes the default version as it is, or, where the policy is gone, the one
// that records have.
func (t *taken) findManaged(ctx context.Context, in *account.Account, details *inventory.Details) error {
	found := details.Policy(t.PolicyARN)
	if found.Unread != "" {
		document, recorded, err := t.recordedPolicy(ctx, in, t.PolicyARN)
		if err != nil || !recorded {
			t.unknown = append(t.unknown, found.Source.Label+": "+found.Unread+", and no record has it")
			return err
		}
		found.Source, t.asOf = policy.NewSource(found.Source.Label, document), AsOfHistory
	}
	if t.Group != "" {
		found.Source = inventory.OfGroup(t.Group, found.Source)
	}
	*t = t.holding([]policy.Source{found.Source})
	return nil
}
