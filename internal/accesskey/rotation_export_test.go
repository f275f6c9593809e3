package accesskey

import "time"

// PhaseOf is the phase of a rotation for the tests of it: ages count back from a moment,
// and an age below zero is none.
func PhaseOf(status, oldStatus string, stored bool, age, oldUsed, oldInactive time.Duration) string {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	have := rotation{Current: rotationKey{ID: "new", Status: status, Made: now.Add(-age)}, Stored: stored}
	if oldStatus != "" {
		have.Old = rotationKey{ID: "old", Status: oldStatus, Made: now.Add(-age - 90*day)}
	}
	if oldUsed >= 0 {
		have.Used.At = now.Add(-oldUsed)
	}
	if oldInactive >= 0 {
		have.Since = now.Add(-oldInactive)
	}
	return rotationTerms{rotateAfter: 90 * day, overlap: 7 * day}.phaseAt(now, have)
}
