package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// ofID is one event.
func ofID(id string) attribute {
	return attribute{key: types.LookupAttributeKeyEventId, value: id}
}

// undoRegions are where an event is looked for: in the region that is named, else in
// those that record the global services of the catalogue, IAM first, in that of the
// provider, and in the home regions that event_regions names.
func undoRegions(in *account.Account, named string) ([]string, error) {
	if named != "" {
		partition, err := account.PartitionOf(named)
		if err == nil && partition != in.Partition {
			err = &foreignRegionError{region: named, partition: in.Partition}
		}
		return []string{named}, err
	}
	var global, home []string
	for _, event := range events.Catalog().Events() {
		region, err := RecordingRegion(in, event)
		if err != nil {
			return nil, err
		}
		if event.Region.Rule.Global() {
			global = append(global, region)
		} else {
			home = append(home, region)
		}
	}
	region, err := in.Region()
	if err != nil && !errors.Is(err, account.ErrNoRegion) {
		return nil, err
	}
	return eachOnce(append(append(global, region), home...)), nil
}

// eachOnce are the texts in their order, without those that are there already or empty.
func eachOnce(texts []string) []string {
	var once []string
	for _, text := range texts {
		if text != "" && !slices.Contains(once, text) {
			once = append(once, text)
		}
	}
	return once
}

// findEvent fetches a record by the ID of its event from the regions, one after the
// other: a region that does not answer is an error, for the event may be there.
func findEvent(ctx context.Context, in *account.Account, regions []string, id string) (recorded, error) {
	now := in.Pool().Now()
	whole := window{from: now.Add(-retention), to: now}
	for _, region := range regions {
		found, err := recordsOf(ctx, in, region, whole, id)
		if err != nil {
			return recorded{}, &placeError{accountID: in.ID, region: region, account: in, err: err}
		}
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return recorded{}, &placeError{accountID: in.ID, region: region, account: in, err: fmt.Errorf(
				"CloudTrail answers %d records that differ and have the event ID %s", len(found), id)}
		}
	}
	return recorded{}, refuse("check the event ID, and name the account and the region of the event: a regional service records "+
		"its calls where they are made, IAM Identity Center in its home region. An event that is younger may not be there yet; "+
		"try again in a quarter of an hour. One that is older than 90 days is never found.",
		"there is no event %s in account %s, in %s, recorded between %s and %s", id, in.ID, strings.Join(regions, ", "),
		stamp(whole.from), stamp(whole.coveredTo(now)))
}

// recordsOf are the different records of one ID in a region. All pages are read, because
// an empty one is not the end.
func recordsOf(ctx context.Context, in *account.Account, region string, whole window, id string) ([]recorded, error) {
	var found []recorded
	for c := (&chain{by: ofID(id), window: whole, read: whole.to}); !c.over; {
		page, _, err := ask(ctx, in, region, c)
		if err != nil {
			return nil, err
		}
		for _, event := range page {
			record, err := toRecorded(event, in.ID, region)
			switch {
			case err != nil && aws.ToString(event.EventId) == id:
				return nil, fmt.Errorf("the record of the event cannot be read: %w", err)
			case err != nil || record.EventID != id:
				continue
			case !slices.ContainsFunc(found, func(other recorded) bool { return other.text == record.text }):
				found = append(found, record)
			}
		}
	}
	return found, nil
}
