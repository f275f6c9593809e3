package policy

// Session is a kind of session of an IAM user, as far as MFA goes.
type Session int

// The kinds of session.
const (
	// KeySession uses a long-term access key: the request says nothing of MFA.
	KeySession Session = iota
	// PlainSession is one of the console without MFA.
	PlainSession
	// MFASession was opened with MFA a minute ago.
	MFASession
)

// Sessions returns all the kinds, weakest first.
func Sessions() []Session { return []Session{KeySession, PlainSession, MFASession} }

// String returns the kind in words, such as "access key without MFA".
func (s Session) String() string {
	return [...]string{"access key without MFA", "console without MFA", "session with MFA"}[s]
}

// The condition keys on MFA.
const (
	keyMFAPresent = "aws:MultiFactorAuthPresent"
	keyMFAAge     = "aws:MultiFactorAuthAge"
	keyIssued     = "aws:TokenIssueTime"
)

// Context returns what the kind of session says of the condition keys.
func (s Session) Context() Context {
	switch s {
	case PlainSession:
		return Context{Values: map[string][]string{keyMFAPresent: {"false"}}, Absent: []string{keyMFAAge}}
	case MFASession:
		return Context{Values: map[string][]string{keyMFAPresent: {"true"}, keyMFAAge: {"60"}}}
	default:
		return Context{Absent: []string{keyMFAPresent, keyMFAAge, keyIssued}}
	}
}
