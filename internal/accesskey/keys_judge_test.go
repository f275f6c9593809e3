package accesskey_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/accesskey"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// A key is told by its date in the report; where that could be another one, it is not.
func TestKeys_reportedUse(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(days int) time.Time { return first.Add(time.Duration(days) * day) }
	reported := func(changed, used int) inventory.ReportedKey {
		return inventory.ReportedKey{Active: true, Rotated: at(changed), Used: at(used)}
	}
	for name, c := range map[string]struct {
		reported []inventory.ReportedKey
		live     []time.Time
		used     int
		told     bool
	}{
		"one":                    {[]inventory.ReportedKey{reported(0, 7)}, []time.Time{at(0)}, 7, true},
		"the first of two":       {[]inventory.ReportedKey{reported(0, 7), reported(3, 9)}, []time.Time{at(0), at(3)}, 7, true},
		"the second of two":      {[]inventory.ReportedKey{reported(0, 7), reported(3, 9)}, []time.Time{at(3), at(0)}, 9, true},
		"the other is deleted":   {[]inventory.ReportedKey{reported(0, 7), reported(3, 9)}, []time.Time{at(3)}, 9, true},
		"the other is new":       {[]inventory.ReportedKey{reported(0, 7)}, []time.Time{at(0), at(5)}, 7, true},
		"changed after creation": {[]inventory.ReportedKey{reported(2, 7)}, []time.Time{at(0)}, 7, true},
		"changed, one of two":    {[]inventory.ReportedKey{reported(2, 7), reported(3, 9)}, []time.Time{at(0), at(3)}, 0, false},
		"made at once":           {[]inventory.ReportedKey{reported(0, 7), reported(0, 9)}, []time.Time{at(0), at(0)}, 0, false},
		"made anew":              {[]inventory.ReportedKey{reported(0, 7)}, []time.Time{at(5)}, 0, false},
		"not in it":              {nil, []time.Time{at(0)}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			used, told := accesskey.ReportedUse(c.reported, c.live...)
			if told != c.told || told && !used.Equal(at(c.used)) {
				t.Errorf("used %v, told %t", used, told)
			}
		})
	}
}

// Only users with a key that counts are asked about. Nobody is asked about the root user.
func TestKeys_holders(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	user := func(name string, ages ...int) inventory.ReportedUser {
		user := inventory.ReportedUser{Name: name}
		for i := range len(ages) / 2 {
			user.Keys[i].Rotated = now.Add(-time.Duration(ages[2*i]) * day)
			if used := ages[2*i+1]; used >= 0 {
				user.Keys[i].Used = now.Add(-time.Duration(used) * day)
			}
		}
		return user
	}
	users := []inventory.ReportedUser{
		user("none"), user("never", 100, -1), user("busy", 100, 1), user("fresh", 1, -1), user("second", 1, 0, 100, 60),
	}
	root := user(inventory.RootUser, 100, 60)
	for name, c := range map[string]struct {
		older, unused int
		want          string
	}{
		"all": {0, 0, "[busy fresh never second]"}, "old": {90, 0, "[busy never second]"}, "unused": {0, 45, "[never second]"},
		"both": {90, 45, "[never second]"}, "on the day": {100, 60, "[never second]"}, "unused for longer": {90, 61, "[never]"},
		"older": {101, 0, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if names, open := accesskey.Holders(now, c.older, c.unused, users...); fmt.Sprint(names) != c.want || len(open) > 0 {
				t.Errorf("asked are %v, open is %v", names, open)
			}
		})
	}
	if names, open := accesskey.Holders(now, 90, 45, root); len(names) > 0 || len(open) != 1 {
		t.Errorf("of the root user, asked are %v, open is %v", names, open)
	}
}
