package history

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// findGroup takes the policies of the group that the user left. A group of that name which
// was made after is another one: the one that was left was renamed, or deleted.
func (t *taken) findGroup(ctx context.Context, in *account.Account, details *inventory.Details) error {
	group := details.Groups[t.Group]
	if group != nil && (t.At.IsZero() || !group.Created.Truncate(time.Second).After(t.At)) {
		t.takeGroup(details, group)
		return nil
	}
	renamed, err := t.renamedTo(ctx, in, details)
	if err != nil {
		return err
	}
	if renamed != nil {
		t.unknown = append(t.unknown, fmt.Sprintf("the group %s is called %s now", t.Group, renamed.Name))
		t.takeGroup(details, renamed)
		return nil
	}
	return t.findDeletedGroup(ctx, in, details)
}

// takeGroup takes what a group holds. One that holds nothing may have been emptied first.
func (t *taken) takeGroup(details *inventory.Details, group *inventory.Identity) {
	sources, unread := details.Sources(group)
	for _, source := range sources {
		t.sources = append(t.sources, inventory.OfGroup(group.Name, source))
	}
	t.unknown = append(t.unknown, unread...)
	if len(sources)+len(unread) == 0 {
		t.unknown = append(
			t.unknown,
			"the group "+group.Name+" holds no policy now; what was taken from it before shows as events of its own",
		)
	}
}

// renamedTo is the group as it is called now, nil where no record tells that it was renamed.
func (t *taken) renamedTo(ctx context.Context, in *account.Account, details *inventory.Details) (*inventory.Identity, error) {
	records, err := t.earlier(ctx, in, time.Time{}, "iam.UpdateGroup")
	if err != nil {
		return nil, err
	}
	slices.Reverse(records) // The oldest first: a group may be renamed more than once.
	name := t.Group
	for _, record := range records {
		if to, is := record.RequestParameters["newGroupName"].(string); is && record.Target["groupName"] == name &&
			!record.EventTime.Before(t.At) {
			name = to
		}
	}
	found := details.Groups[name]
	if name == t.Group || found == nil || found.Created.Truncate(time.Second).After(t.At) {
		return nil, nil //nolint:nilnil // None is an answer here.
	}
	return found, nil
}

// findDeletedGroup takes what was detached and deleted from the group before it went.
func (t *taken) findDeletedGroup(ctx context.Context, in *account.Account, details *inventory.Details) error {
	records, err := t.earlier(ctx, in, time.Time{}, "iam.DetachGroupPolicy", "iam.DeleteGroupPolicy")
	if err != nil {
		return err
	}
	t.asOf = AsOfHistory
	t.unknown = append(t.unknown, "the group "+t.Group+" is gone; what it held is known from records of what was taken from it")
	for _, record := range records {
		if record.Target["groupName"] != t.Group || record.EventTime.Before(t.At) {
			continue
		}
		part := taken{Removal: Removal{
			Group: t.Group, PolicyARN: record.Target["policyArn"], PolicyName: record.Target["policyName"], At: record.EventTime,
		}}
		find := part.findManaged
		if record.Name == "DeleteGroupPolicy" {
			find = part.findInline
		}
		if err := find(ctx, in, details); err != nil {
			return err
		}
		t.calls += part.calls
		t.sources, t.unknown = append(t.sources, part.sources...), append(t.unknown, part.unknown...)
	}
	return nil
}

// formerMembers are the users who left a group after it lost a policy: they lost it too.
func (t *taken) formerMembers(ctx context.Context, in *account.Account) ([]string, error) {
	if t.At.IsZero() {
		return nil, nil
	}
	records, err := t.earlier(ctx, in, time.Time{}, "iam.RemoveUserFromGroup")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, record := range records {
		if record.Target["groupName"] == t.Group && !record.EventTime.Before(t.At) {
			names = append(names, record.Target["userName"])
		}
	}
	return names, nil
}
