package membership

import (
	"context"

	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// costOfLeaving says what users may do since they are out of a group.
func costOfLeaving(ctx context.Context, object history.Object, lost map[string][]string) (fact, detail string, whole bool) {
	var removals []history.Removal
	for _, user := range lost["users"] {
		removals = append(removals, history.Removal{User: user, Group: object.Names[0]})
	}
	return history.Told(ctx, object.Place.Account, removals)
}

// costOfTakingOff says which roles are out of reach without client IDs.
func costOfTakingOff(ctx context.Context, object history.Object, lost map[string][]string) (fact, detail string, whole bool) {
	var removals []history.Removal
	for _, id := range lost["client_ids"] {
		removals = append(removals, history.Removal{ProviderARN: object.Names[0], ClientID: id})
	}
	return history.Told(ctx, object.Place.Account, removals)
}
