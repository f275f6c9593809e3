package history

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// kind is the word that names of calls and parameters have for the identity.
func (r Removal) kind() (call, parameter, name string) {
	switch {
	case r.User != "":
		return "User", "userName", r.User
	case r.Role != "":
		return "Role", "roleName", r.Role
	}
	return "Group", "groupName", r.Group
}

// findInline takes the document out of the record of the call that wrote it last: IAM has
// nothing of an inline policy that is gone, and another one of its name says nothing of it.
func (t *taken) findInline(ctx context.Context, in *account.Account, details *inventory.Details) error {
	call, parameter, name := t.kind()
	label := fmt.Sprintf("%s %s: inline policy %s", strings.ToLower(call), name, t.PolicyName)
	records, err := t.earlier(ctx, in, t.At, "iam.Put"+call+"Policy")
	if err != nil {
		return err
	}
	for _, record := range records {
		if record.Target[parameter] == name && record.Target["policyName"] == t.PolicyName {
			t.takeRecorded(label, record)
			return nil
		}
	}
	if one, still := t.present(details); still {
		t.unknown = append(t.unknown, label+": no record of the last 90 days has its document; judged by the one of that name now")
		*t = t.holding([]policy.Source{one.Source})
		return nil
	}
	t.unknown = append(t.unknown, label+": IAM keeps nothing of it, and no record of the last 90 days has its document")
	return nil
}

// present is the inline policy where the identity has it.
func (t *taken) present(details *inventory.Details) (inventory.ManagedPolicy, bool) {
	call, _, name := t.kind()
	all := map[string]map[string]*inventory.Identity{"User": details.Users, "Group": details.Groups, "Role": details.Roles}
	if found := all[call][name]; found != nil {
		for _, one := range found.Inline {
			if one.Name == t.PolicyName && one.Unread == "" {
				return one, true
			}
		}
	}
	return inventory.ManagedPolicy{}, false
}

// takeRecorded takes the document of a record.
func (t *taken) takeRecorded(label string, record events.Record) {
	document, err := recordedDocument(record)
	if err != nil {
		t.unknown = append(t.unknown, label+": the document in its record cannot be read: "+err.Error())
		return
	}
	t.asOf = AsOfHistory
	*t = t.holding([]policy.Source{policy.NewSource(label, document)})
}

// findBoundary finds which policy was the boundary: the record of its removal does not say.
func (t *taken) findBoundary(ctx context.Context, in *account.Account, details *inventory.Details) error {
	call, parameter, name := t.kind()
	records, err := t.earlier(ctx, in, t.At, "iam.Put"+call+"PermissionsBoundary", "iam.Create"+call)
	if err != nil {
		return err
	}
	for _, record := range records {
		if arn, is := record.RequestParameters["permissionsBoundary"].(string); is && record.Target[parameter] == name && arn != "" {
			t.PolicyARN = arn
			return t.findManaged(ctx, in, details)
		}
	}
	t.unknown = append(t.unknown, fmt.Sprintf("the boundary of %s: no record of the last 90 days says which policy it was", name))
	return nil
}

// recordedPolicy is the document that the default version of a managed policy had before a
// time, if a record tells: another version that was made the default later has no document
// in its record.
func (t *taken) recordedPolicy(
	ctx context.Context, in *account.Account, arn string,
) (document policy.Document, found bool, err error) {
	records, err := t.earlier(ctx, in, t.At, "iam.CreatePolicy", "iam.CreatePolicyVersion", "iam.SetDefaultPolicyVersion")
	if err != nil {
		return policy.Document{}, false, err
	}
	for _, record := range records {
		switch {
		case record.Name == "SetDefaultPolicyVersion" && record.Target["policyArn"] == arn:
			return policy.Document{}, false, nil
		case makesDefault(record, arn):
			document, err := recordedDocument(record)
			return document, err == nil, nil
		}
	}
	return policy.Document{}, false, nil
}

// makesDefault tells whether a call gave a policy the document that it had then.
func makesDefault(record events.Record, arn string) bool {
	if record.Name == "CreatePolicyVersion" {
		return record.Target["policyArn"] == arn && record.RequestParameters["setAsDefault"] == true
	}
	name, _ := record.RequestParameters["policyName"].(string)
	path, _ := record.RequestParameters["path"].(string)
	if path == "" {
		path = "/"
	}
	return record.Name == "CreatePolicy" && name != "" && strings.HasSuffix(arn, ":policy"+path+name)
}

// recordedDocument is the policy document in the parameters of a call.
func recordedDocument(record events.Record) (policy.Document, error) {
	text, _ := record.RequestParameters["policyDocument"].(string)
	return policy.Parse(text)
}

// earlier are the calls of the last 90 days that succeeded before a time, the newest
// first; the zero time is now. What could not be read counts as unknown.
func (t *taken) earlier(ctx context.Context, in *account.Account, before time.Time, ids ...string) ([]events.Record, error) {
	records, told, err := since(ctx, in, ids, in.Pool().Now().Add(-retention))
	t.calls += told.calls
	if err != nil {
		return nil, err
	}
	for _, why := range told.unread {
		t.unknown = append(t.unknown, "not every record could be read: "+why)
	}
	records = slices.DeleteFunc(records, func(record events.Record) bool {
		return !before.IsZero() && record.EventTime.After(before)
	})
	slices.SortFunc(records, func(a, b events.Record) int { return b.EventTime.Compare(a.EventTime) })
	return records, nil
}
