package events_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func actor(kind, name, via string) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		equal(t, "actor type", r.Actor.Type, kind)
		equal(t, "actor name", r.Actor.Name, name)
		equal(t, "actor via", r.Actor.Via.String(), via)
	}
}

func outcome(want events.Outcome) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		equal(t, "outcome", string(r.Outcome), string(want))
		if r.Failed() != (want != events.OutcomeSucceeded) || r.Denied() != (want == events.OutcomeDenied) {
			t.Errorf("failed %v, denied %v", r.Failed(), r.Denied())
		}
	}
}

func target(pairs ...string) func(t *testing.T, r events.Record) {
	want := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		want[pairs[i]] = pairs[i+1]
	}
	return func(t *testing.T, r events.Record) {
		t.Helper()
		if !maps.Equal(r.Target, want) {
			t.Errorf("target: got %v, want %v", r.Target, want)
		}
	}
}

func unreadable(want string) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		if !slices.Contains(r.Unreadable, want) {
			t.Errorf("unreadable: got %q, want %q among them", r.Unreadable, want)
		}
	}
}

func both(checks ...func(t *testing.T, r events.Record)) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		for _, check := range checks {
			check(t, r)
		}
	}
}

func mfa(want string) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		equal(t, "mfa", tri(r.Actor.MFA), want)
	}
}

func flags(want string) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		equal(t, "readOnly and managementEvent", tri(r.ReadOnly)+tri(r.Management), want)
	}
}

func truncated(want string) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		equal(t, "truncated", strings.Join(r.Truncated, " "), want)
	}
}

func hidden(want string) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		equal(t, "hidden", strings.Join(r.Hidden, " "), want)
	}
}

func version(want string) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		equal(t, "version", r.Version.String(), want)
	}
}

func account(want string) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		equal(t, "account", r.AccountID, want)
	}
}

func named(want string) func(t *testing.T, r events.Record) {
	return func(t *testing.T, r events.Record) {
		t.Helper()
		equal(t, "name", r.Name, want)
	}
}
