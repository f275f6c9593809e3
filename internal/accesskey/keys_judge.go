package accesskey

import (
	"slices"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// Where the last use of a key comes from.
const (
	fromReport = "report"
	fromLive   = "live"
)

// keysSlack is how far the dates of one key may be apart in two answers of IAM.
const keysSlack = 5 * time.Second

// keysQuestion is what is asked of an account.
type keysQuestion struct {
	place framework.Place
	// users is empty for all of them.
	users []string
	// older and unused are zero where any age will do.
	older, unused time.Duration
	now           time.Time
}

// foundKey is one key of the answer.
type foundKey struct {
	rotationKey
	user   string
	use    rotationUse
	source string
}

// everything tells whether keys count whatever their age, also those of the last hours.
func (q keysQuestion) everything() bool { return q.older == 0 && q.unused == 0 }

// counts tells whether a key does. One whose use nobody knows counts from its creation.
func (q keysQuestion) counts(made, used time.Time) bool {
	if used.IsZero() {
		used = made
	}
	return q.now.Sub(made) >= q.older && q.now.Sub(used) >= q.unused
}

// mayCount tells the same before the last use is asked for.
func (q keysQuestion) mayCount(made time.Time) bool { return q.counts(made, made) }

// reportedKeys are the keys that a user has by the report.
func reportedKeys(user inventory.ReportedUser) []inventory.ReportedKey {
	return slices.DeleteFunc(slices.Clone(user.Keys[:]), func(key inventory.ReportedKey) bool { return !key.Exists() })
}

// anyCounts tells whether one of the keys of the report does.
func (q keysQuestion) anyCounts(keys []inventory.ReportedKey) bool {
	return slices.ContainsFunc(keys, func(key inventory.ReportedKey) bool { return q.counts(key.Rotated, key.Used) })
}

// reportedUse is the last use of a key by the report, which has no IDs: keys are told by
// their dates. It is false where that leaves a doubt.
func reportedUse(one rotationKey, live []rotationKey, reported []inventory.ReportedKey) (rotationUse, bool) {
	near := func(a, b time.Time) bool { return a.Sub(b).Abs() <= keysSlack }
	only := len(live) == 1 && len(reported) == 1
	var match []inventory.ReportedKey
	for _, key := range reported {
		// The date of the report is that of the last change: it is never before the creation.
		if near(key.Rotated, one.Made) || only && key.Rotated.After(one.Made) {
			match = append(match, key)
		}
	}
	alike := 0
	for _, other := range live {
		if near(other.Made, one.Made) {
			alike++
		}
	}
	if len(match) != 1 || alike != 1 {
		return rotationUse{}, false
	}
	return rotationUse{At: match[0].Used, Service: match[0].Service, Region: match[0].Region}, true
}
