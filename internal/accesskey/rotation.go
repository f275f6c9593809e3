package accesskey

import (
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Phases of a rotation. In due and overlap_over the next apply takes a step, in the
// others it has none to take.
const (
	phaseCurrent     = "current"
	phaseDue         = "due"
	phaseOverlapping = "overlapping"
	phaseOver        = "overlap_over"
)

// Statuses of a key. AWS knows the first two; a key that is gone stays in state, as drift.
const (
	keyActive   = "Active"
	keyInactive = "Inactive"
	keyDeleted  = "Deleted"
)

const (
	day = 24 * time.Hour
	// rotationQuiet is how long an old key has to be unused before it is deactivated, and
	// inactive before it is deleted: whoever misses it can have it back until then.
	rotationQuiet = day
)

// rotationKey is one key of a user.
type rotationKey struct {
	ID, Status string
	Made       time.Time
}

// rotationUse is the last use of a key; At is zero where none is known.
type rotationUse struct {
	At              time.Time
	Service, Region string
}

// rotation is what a user has of keys, and what was kept about them.
type rotation struct {
	// Current is the newest key of ours, and Old the one that it replaces; the ID of Old is
	// "" where there is none.
	Current, Old rotationKey
	// Since is when Old was seen inactive first, Used its last use, which is asked only
	// where it decides.
	Since time.Time
	Used  rotationUse
	// Foreign are the IDs of keys that somebody else made.
	Foreign []string
	// Stored says that the secret of Current is where the configuration wants it.
	Stored bool
	Phase  string
	// Fresh is the model whose place has the secret of a key that this process made, nil
	// where it made none, and Encrypted what age made of that secret.
	Fresh     *accessKeyModel
	Encrypted string
}

// rotationTerms are how old a key may be, and how long two work side by side.
type rotationTerms struct{ rotateAfter, overlap time.Duration }

// phaseAt is the phase at a time.
func (t rotationTerms) phaseAt(now time.Time, r rotation) string {
	switch {
	case r.Current.Status == keyDeleted, !r.Stored:
		return phaseDue
	case r.Old.ID == "" && now.Sub(r.Current.Made) >= t.rotateAfter:
		return phaseDue
	case r.Old.ID == "":
		return phaseCurrent
	case r.Current.Status != keyActive:
		// The old key may be all that works, so it is left alone.
		return phaseOverlapping
	case r.Old.Status != keyActive && now.Sub(r.Since) >= rotationQuiet:
		return phaseOver
	case r.Old.Status == keyActive && t.overlapped(now, r) && !r.needed(now):
		return phaseOver
	}
	return phaseOverlapping
}

// overlapped tells whether the time is over in which two keys work.
func (t rotationTerms) overlapped(now time.Time, r rotation) bool {
	return now.Sub(r.Current.Made) >= t.overlap
}

// needed tells whether the old key was used a moment ago. A key of which no use is known
// counts as used when it was made.
func (r rotation) needed(now time.Time) bool {
	used := r.Used.At
	if used.IsZero() {
		used = r.Old.Made
	}
	return now.Sub(used) < rotationQuiet
}

// stillUsed tells of an old key that is kept for its use alone.
func (t rotationTerms) stillUsed(now time.Time, r rotation) bool {
	return r.Old.Status == keyActive && !r.Used.At.IsZero() && t.overlapped(now, r) && r.needed(now)
}

// shortIDs are key IDs as messages show them.
func shortIDs(ids []string) []string {
	short := make([]string, 0, len(ids))
	for _, id := range ids {
		short = append(short, framework.LastFour(id))
	}
	return short
}
