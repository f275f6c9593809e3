package history

import (
	"context"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// removalIn is what a record took away, nil where that cannot be assessed.
func removalIn(record recorded) *Removal {
	removed, err := RemovalOf(record.Record)
	if err != nil {
		return nil
	}
	return &removed
}

// removalKey tells removals from each other. When counts too: between two removals of one
// policy it may have got another document.
type removalKey struct {
	account                                    string
	user, group, role, arn, name, provider, id string
	boundary                                   bool
	at                                         time.Time
}

func (r Removal) key(account string) removalKey {
	return removalKey{
		account: account, user: r.User, group: r.Group, role: r.Role, arn: r.PolicyARN, name: r.PolicyName,
		provider: r.ProviderARN, id: r.ClientID, boundary: r.Boundary, at: r.At,
	}
}

// weigh raises events to the grade of what they took away, and tells how many look-ups in
// CloudTrail that took. It reads each account once.
func (s *sieve) weigh(ctx context.Context, accounts []*account.Account) (calls int64, err error) {
	if !s.assesses {
		return 0, nil
	}
	reached := map[string]*account.Account{}
	for _, in := range accounts {
		reached[in.ID] = in
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := map[removalKey]*Impact{}
	for i := range s.entries {
		one := &s.entries[i]
		in := reached[one.place.Value().accountID]
		if one.lost == nil || in == nil || one.verdict != verdictReported && one.verdict != verdictMinor {
			continue
		}
		key := one.lost.key(in.ID)
		if known[key] == nil {
			impact, err := Assess(ctx, in, *one.lost)
			if err != nil {
				return calls, &placeError{accountID: in.ID, account: in, err: err}
			}
			known[key], calls = &impact, calls+impact.calls
		}
		one.impact = known[key]
		one.severity = max(one.severity, one.impact.Grade)
	}
	return calls, nil
}

// weight says what the removal took away where that makes the grade.
func (e entry) weight() []string {
	if e.impact == nil || e.impact.Grade < e.severity {
		return nil
	}
	if len(e.impact.Sentences) == 0 {
		return []string{"What it took away makes it " + e.impact.Grade.String() + ", because not all could be considered"}
	}
	return []string{"What it took away makes it " + e.impact.Grade.String() + ": " + e.impact.Sentences[0]}
}
