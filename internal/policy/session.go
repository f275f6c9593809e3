package policy

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Session is a kind of session of an IAM user, as far as MFA goes.
type Session int

// The kinds of session.
const (
	// KeySession uses a long-term access key: the request says nothing of MFA.
	KeySession Session = iota
	// PlainSession is one of the console without MFA.
	PlainSession
	// OldMFASession was opened with MFA long ago, at most as long as AWS lets
	// the session of an IAM user last.
	OldMFASession
	// MFASession was opened with MFA a minute ago.
	MFASession
)

// Sessions returns all the kinds, weakest first.
func Sessions() []Session { return []Session{KeySession, PlainSession, OldMFASession, MFASession} }

// String returns the kind in words, such as "access key without MFA".
func (s Session) String() string {
	return [...]string{"access key without MFA", "console without MFA", "session with old MFA", "session with MFA"}[s]
}

// The condition keys on MFA.
const (
	keyMFAPresent = "aws:MultiFactorAuthPresent"
	keyMFAAge     = "aws:MultiFactorAuthAge"
	keyIssued     = "aws:TokenIssueTime"
)

// The ages of MFA in seconds; old is that of the longest session of an IAM
// user, 36 hours.
const (
	freshAge = 60
	oldAge   = 129600
)

// Context returns what the kind of session says of the condition keys.
func (s Session) Context() Context {
	switch s {
	case PlainSession:
		return Context{Values: map[string][]string{keyMFAPresent: {"false"}}, Absent: []string{keyMFAAge}}
	case OldMFASession:
		return aged(oldAge)
	case MFASession:
		return aged(freshAge)
	default:
		return Context{Absent: []string{keyMFAPresent, keyMFAAge, keyIssued}}
	}
}

// aged is what a session says whose MFA is so many seconds old.
func aged(seconds int64) Context {
	return Context{Values: map[string][]string{keyMFAPresent: {"true"}, keyMFAAge: {strconv.FormatInt(seconds, 10)}}}
}

// at returns the contexts of the kind, of those with MFA one for each age.
func (s Session) at(ages []int64) []Context {
	if s != MFASession && s != OldMFASession {
		return []Context{s.Context()}
	}
	var contexts []Context
	for _, age := range ages {
		if (age <= freshAge) == (s == MFASession) {
			contexts = append(contexts, aged(age))
		}
	}
	return contexts
}

// maxAges bounds the ages that are tried: somebody else writes the limits.
const maxAges = 24

// ages are those at which MFA is tried. Between two limits a lost Deny may hold
// where a remaining one does not, so each limit is tried with its neighbors.
type ages struct {
	list []int64
	// cut says that there were more than are tried.
	cut bool
}

// add adds the limits of statements.
func (a *ages) add(rules []labeled, counts func(*rule) bool) {
	for i := range rules {
		if len(rules[i].ages) == 0 || !counts(rules[i].rule) {
			continue
		}
		for _, limit := range rules[i].ages {
			for _, age := range [...]int64{limit + 1, limit, limit - 1} {
				switch {
				case age < 0 || age > oldAge || slices.Contains(a.list, age):
				case len(a.list) < maxAges:
					a.list = append(a.list, age)
				default:
					a.cut = true
				}
			}
		}
	}
}

// agesOf returns the limits that terms set to the age of MFA, in whole seconds.
func agesOf(terms []term) []int64 {
	var limits []int64
	for _, t := range terms {
		if !strings.EqualFold(t.key, keyMFAAge) {
			continue
		}
		for _, value := range t.values {
			if limit, ok := readNumber(value); ok {
				if whole := new(big.Int).Quo(limit.Num(), limit.Denom()); whole.IsInt64() {
					limits = append(limits, whole.Int64())
				}
			}
		}
	}
	return limits
}
