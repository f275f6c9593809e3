package accesskey

import (
	"maps"
	"slices"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// ReportedUse is the last use of the first of some live keys, by their dates of creation.
func ReportedUse(reported []inventory.ReportedKey, live ...time.Time) (time.Time, bool) {
	keys := make([]rotationKey, len(live))
	for i, made := range live {
		keys[i].Made = made
	}
	use, told := reportedUse(keys[0], keys, reported)
	return use.At, told
}

// Holders are the users of a report who are asked about, and what is said to be open.
func Holders(now time.Time, olderDays, unusedDays int, users ...inventory.ReportedUser) (names, open []string) {
	var found foundKeys
	q := keysQuestion{now: now, older: time.Duration(olderDays) * day, unused: time.Duration(unusedDays) * day}
	holders := q.holders(&inventory.CredentialReport{Users: users}, &found)
	return slices.Sorted(maps.Keys(holders)), found.open
}
