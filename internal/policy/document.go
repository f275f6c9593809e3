package policy

// The versions of the policy language.
const (
	// Version2012 is the current one.
	Version2012 = "2012-10-17"
	// Version2008 is what a document without Version has; it knows no variables.
	Version2008 = "2008-10-17"
)

// Effect is what a statement does.
type Effect string

// The two effects.
const (
	// Allow grants.
	Allow Effect = "Allow"
	// Deny refuses, whatever else grants.
	Deny Effect = "Deny"
)

// The principal types.
const (
	// PrincipalAWS holds account IDs, ARNs, unique IDs or "*".
	PrincipalAWS = "AWS"
	// PrincipalService holds service names such as "events.amazonaws.com".
	PrincipalService = "Service"
	// PrincipalFederated holds provider ARNs and names.
	PrincipalFederated = "Federated"
	// PrincipalCanonicalUser holds S3 canonical user IDs.
	PrincipalCanonicalUser = "CanonicalUser"
	// PrincipalEveryone is the key under which Principal holds the plain "*".
	PrincipalEveryone = "*"
)

// Document is an IAM policy document.
type Document struct {
	// Version is Version2012, Version2008 or empty, which means Version2008.
	Version string
	// ID is a label, often empty.
	ID string
	// Statements may be in any order.
	Statements []Statement
}

// Statement is one statement. A nil list is an absent element; one of each
// pair (Principal and NotPrincipal, and so on) is absent.
type Statement struct {
	// Sid is a label, often empty.
	Sid string
	// Effect is Allow or Deny.
	Effect Effect
	// Principal is nil in identity policies.
	Principal Principal
	// NotPrincipal names everyone but these.
	NotPrincipal Principal
	// Action holds "service:Action" patterns, or "*".
	Action []string
	// NotAction stands for every action but these.
	NotAction []string
	// Resource holds ARN patterns; nil in trust policies.
	Resource []string
	// NotResource stands for every resource but these.
	NotResource []string
	// Condition must hold in every operator and key.
	Condition Condition
}

// Principal maps a principal type to its values; Everyone() is "*".
type Principal map[string][]string

// Everyone returns the principal written as "*".
func Everyone() Principal {
	return Principal{PrincipalEveryone: {"*"}}
}

// Condition maps operator to condition key to values, such as
// {"Bool": {"aws:SecureTransport": {"false"}}}. One of the values must match.
type Condition map[string]map[string][]string
