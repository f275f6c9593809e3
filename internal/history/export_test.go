package history

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// ParsedEventTypes are the attributes of what parse_event returns.
func ParsedEventTypes() map[string]attr.Type { return parsedEventTypes() }

// Sift parses, grades and filters records, and returns how many are reported and
// how grave each is, by its ID.
func Sift(raws [][]byte, deployers ...string) (map[string]events.Severity, map[string][]string, error) {
	records := make([]recorded, 0, len(raws))
	for _, raw := range raws {
		record, err := events.Parse(raw)
		if err != nil {
			return nil, nil, err
		}
		records = append(records, recorded{Record: record, accountID: record.AccountID, region: record.Region})
	}
	sieve := filter{deployers: deployers, includeFailed: true}
	severities, reasons := map[string]events.Severity{}, map[string][]string{}
	for _, event := range sieve.apply(records).reported {
		severities[event.EventID], reasons[event.EventID] = event.severity, event.reasons
	}
	return severities, reasons, nil
}

// SearchNames counts the events of these IAM names in one region and window.
func SearchNames(ctx context.Context, in *account.Account, region string, names []string, from, to time.Time) (int, error) {
	for i := range names {
		names[i] = "iam." + names[i]
	}
	wanted, err := selectEvents(nil, names, nil)
	if err != nil {
		return 0, err
	}
	asked := search{
		accounts: []*account.Account{in}, regions: []string{region}, wanted: wanted, window: window{from, to}, now: to,
	}
	answer, err := asked.run(ctx)
	return len(answer.records), err
}
