package accesskey_test

import (
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/accesskey"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// A year in which somebody applies whenever there is something to do: what is stored works
// at every moment, each step is a plan of its own, and between the steps plans are empty.
func TestAccessKey_year(t *testing.T) {
	t.Parallel()
	for name, argument := range map[string]func(*keyStage) string{
		"age": (*keyStage).viaAge, "Secrets Manager": func(*keyStage) string { return viaManager },
		"Systems Manager": func(*keyStage) string { return viaParameter },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newKeyStage(t)
			cli := s.applied(argument(s))
			first := s.works(cli)
			began, rotations := s.Clock.Now(), 0
			for s.Clock.Now().Sub(began) < 365*day {
				s.expect(cli, map[string]any{"phase": "current", "status": "Active", "old_access_key_id": nil, "old_key_status": nil})
				cli.ExpectNoChange(t)
				old := s.works(cli)
				s.later(90 * day)
				providertest.ExpectTexts(t, cli.Must(t, "plan"), `phase = "due" -> "overlapping"`,
					"apply makes another key beside "+short(old.AccessKeyId))
				s.apply(cli)
				rotations++
				s.expect(cli, map[string]any{
					"phase": "overlapping", "status": "Active", "old_access_key_id": old.AccessKeyId, "old_key_status": "Active",
				})
				s.use(old)
				if now := s.works(cli); now == old {
					t.Error("the key was not rotated")
				}
				cli.ExpectNoChange(t)
				s.later(7 * day)
				providertest.ExpectTexts(t, cli.Must(t, "plan"), `phase = "overlap_over" -> "overlapping"`,
					`old_key_status = "Active" -> "Inactive"`, "apply deactivates the old key "+short(old.AccessKeyId))
				s.apply(cli)
				s.expect(cli, map[string]any{"phase": "overlapping", "old_key_status": "Inactive"})
				s.works(cli)
				cli.ExpectNoChange(t)
				s.later(25 * time.Hour)
				providertest.ExpectTexts(t, cli.Must(t, "plan"), `phase = "overlap_over" -> "current"`,
					"apply deletes the old key "+short(old.AccessKeyId))
				s.apply(cli)
				if len(s.keys()) != 1 {
					t.Errorf("the user has %v", s.keys())
				}
			}
			t.Logf("%d rotations", rotations)
			if s.works(cli) == first || rotations < 4 {
				t.Errorf("%d rotations in a year", rotations)
			}
			cli.Must(t, "destroy", "-auto-approve")
			if len(s.keys()) > 0 {
				t.Errorf("left behind are %v", s.keys())
			}
		})
	}
}

// Whoever applies months late takes the same steps, one an apply.
func TestAccessKey_late(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(viaManager)
	for range 3 {
		old := s.works(cli)
		s.later(200 * day)
		s.apply(cli)
		s.expect(cli, map[string]any{"phase": "overlapping", "old_access_key_id": old.AccessKeyId, "old_key_status": "Active"})
		s.works(cli)
		s.later(200 * day)
		s.apply(cli)
		s.expect(cli, map[string]any{"phase": "overlapping", "old_key_status": "Inactive"})
		s.works(cli)
		s.later(200 * day)
		s.apply(cli)
		s.expect(cli, map[string]any{"phase": "current", "old_access_key_id": nil})
		s.works(cli)
	}
	providertest.ExpectTexts(t, cli.Must(t, "plan"), `"due" -> "overlapping"`)
}

// The phase follows from ages and uses alone, to the hour.
func TestPhase(t *testing.T) {
	t.Parallel()
	const none = -time.Hour
	for name, c := range map[string]struct {
		status, old            string
		unknown                bool
		age, used, deactivated time.Duration
		want                   string
	}{
		"new":                      {"Active", "", false, 0, none, none, "current"},
		"an hour before":           {"Active", "", false, 90*day - time.Hour, none, none, "current"},
		"old":                      {"Active", "", false, 90 * day, none, none, "due"},
		"secret unknown":           {"Active", "", true, 0, none, none, "due"},
		"deleted":                  {"Deleted", "", false, 0, none, none, "due"},
		"deleted beside an old":    {"Deleted", "Active", false, 0, none, none, "due"},
		"inactive":                 {"Inactive", "", false, day, none, none, "current"},
		"both work":                {"Active", "Active", false, 7*day - time.Hour, none, none, "overlapping"},
		"over, never used":         {"Active", "Active", false, 7 * day, none, none, "overlap_over"},
		"over, used long ago":      {"Active", "Active", false, 7 * day, day, none, "overlap_over"},
		"over, used a moment ago":  {"Active", "Active", false, 7 * day, day - time.Hour, none, "overlapping"},
		"over, and older than due": {"Active", "Active", false, 200 * day, day, none, "overlap_over"},
		"over, and only the old":   {"Inactive", "Active", false, 8 * day, 3 * day, none, "overlapping"},
		"just deactivated":         {"Active", "Inactive", false, 8 * day, none, 0, "overlapping"},
		"deactivated an hour less": {"Active", "Inactive", false, 8 * day, none, day - time.Hour, "overlapping"},
		"deactivated for a day":    {"Active", "Inactive", false, 8 * day, none, day, "overlap_over"},
		"deactivated, the new too": {"Inactive", "Inactive", false, 8 * day, none, day, "overlapping"},
	} {
		if got := accesskey.PhaseOf(c.status, c.old, !c.unknown, c.age, c.used, c.deactivated); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
