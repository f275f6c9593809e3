package accesskey

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// keysDelay is how long after a call its event may still be missing.
const keysDelay = 15 * time.Minute

// changedKeys are the users whom calls since the report are about.
type changedKeys struct {
	ask []string
	// gone are those who were deleted, or have another name.
	gone map[string]bool
}

// changedSince looks for what the report does not know yet. Where that cannot be read, the
// answer is only as of the report, and says so.
func (q keysQuestion) changedSince(ctx context.Context, found *foundKeys) (changedKeys, error) {
	changed, ids := changedKeys{gone: map[string]bool{}}, []string{"iam.UpdateUser", "iam.DeleteUser"}
	if q.everything() {
		ids = append(ids, "iam.CreateAccessKey")
		if found.covered = q.now.Add(-keysDelay); found.covered.Before(found.reported) {
			found.covered = found.reported
		}
	}
	since := found.reported.Format(time.RFC3339)
	records, unread, err := history.Since(ctx, q.place.Account, ids, found.reported)
	if denied := account.AsError(err); denied != nil && errors.Is(err, account.ErrDenied) {
		found.open = append(found.open, "Changes since "+since+" were not looked for: "+denied.Action()+" is denied.")
		found.covered = found.reported
		return changed, nil
	}
	if err != nil {
		return changed, err
	}
	for _, reason := range unread {
		found.open, found.covered = append(found.open, "Changes since the report were not all read: "+reason+"."), found.reported
	}
	for _, record := range records {
		name := record.Target["userName"]
		renamed, _ := record.RequestParameters["newUserName"].(string)
		switch {
		case name == "":
			found.open = append(found.open, "The call "+record.Name+" ("+record.EventID+") names no user.")
		case record.Name == "DeleteUser":
			changed.gone[name] = true
		case renamed != "":
			changed.gone[name] = true
			changed.ask = append(changed.ask, renamed)
		case record.Name == "CreateAccessKey":
			changed.ask = append(changed.ask, name)
		}
	}
	slices.Sort(changed.ask)
	return changed, nil
}
