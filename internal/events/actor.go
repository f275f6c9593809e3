package events

import "strings"

// Actor is who made the call, worked out from userIdentity.
type Actor struct {
	// Type is userIdentity.type; AWSService when it is absent and a service
	// called, Unknown when nothing tells.
	Type string
	// ARN is the principal's, often empty for services and Identity Center users.
	ARN string
	// Name is the person or workload: the user, the session of a role (its
	// source identity if it has one), the service, "root". It may be a
	// placeholder, see [Record.Hidden].
	Name string
	// AccountID is the actor's own account, which may differ from the record's.
	AccountID string
	// AccessKeyID is whole; whoever shows it shortens it.
	AccessKeyID string
	// MFA says whether the session was authenticated with MFA; nil when the
	// record does not tell, as for long-term keys.
	MFA *bool
	// Via is the way the actor came in.
	Via Via
}

// Via is the way an actor came in; each part may be empty.
type Via struct {
	// SessionIssuer is the name of the role or user whose session was used.
	SessionIssuer string
	// SourceIdentity is the identity set when the role was assumed.
	SourceIdentity string
	// IdentityProvider is the SAML or web identity provider.
	IdentityProvider string
	// InvokedBy is the service that called for the actor, or "AWS Internal".
	InvokedBy string
	// Console says that the session came from the AWS console.
	Console bool
}

// String lists the parts that are set, such as
// "session of Admin, source identity alice, console", or "".
func (v Via) String() string {
	var parts []string
	add := func(label, value string) {
		if value != "" {
			parts = append(parts, label+value)
		}
	}
	add("session of ", v.SessionIssuer)
	add("source identity ", v.SourceIdentity)
	add("identity provider ", v.IdentityProvider)
	add("invoked by ", v.InvokedBy)
	if v.Console {
		parts = append(parts, "console")
	}
	return strings.Join(parts, ", ")
}

// consoleService is the name under which the console calls.
const consoleService = "signin.amazonaws.com"

// newActor works out the actor; console is what the record says of the
// session, mfaUsed what a sign-in event says of the second factor.
func newActor(id *Identity, console bool, mfaUsed *bool) Actor {
	actor := Actor{
		Type:        id.Type,
		ARN:         id.ARN,
		AccountID:   id.AccountID,
		AccessKeyID: id.AccessKeyID,
		MFA:         id.MFAAuthenticated,
		Via: Via{
			SessionIssuer:    firstOf(id.Issuer.UserName, lastSegment(id.Issuer.ARN)),
			SourceIdentity:   id.SourceIdentity,
			IdentityProvider: firstOf(id.IdentityProvider, id.FederatedProvider),
			InvokedBy:        id.InvokedBy,
			Console:          console || id.InvokedBy == consoleService,
		},
	}
	if actor.MFA == nil {
		actor.MFA = mfaUsed
	}
	if actor.AccountID == "" {
		actor.AccountID = accountOfARN(id.ARN)
	}
	if actor.Type == "" {
		actor.Type = typeOf(id)
	}
	actor.Name = nameOf(actor.Type, id)
	return actor
}

// typeOf stands in for an absent userIdentity.type.
func typeOf(id *Identity) string {
	switch {
	case strings.HasSuffix(id.ARN, ":root"):
		return "Root"
	case strings.Contains(id.ARN, ":assumed-role/"):
		return "AssumedRole"
	case strings.Contains(id.ARN, ":user/"):
		return "IAMUser"
	case id.InvokedBy != "":
		return "AWSService"
	case id.OnBehalfOf.UserID != "":
		return "IdentityCenterUser"
	}
	return "Unknown"
}

// nameOf finds the person or workload behind an identity.
func nameOf(kind string, id *Identity) string {
	session := afterColon(id.PrincipalID)
	switch kind {
	case "Root":
		return "root" // userName would be the account alias
	case "AssumedRole":
		person := firstOf(id.SourceIdentity, sessionOfARN(id.ARN), session)
		return firstOf(person, id.Issuer.UserName, id.UserName, lastSegment(id.ARN), id.PrincipalID)
	case "IdentityCenterUser":
		return firstOf(id.UserName, id.OnBehalfOf.UserID, id.PrincipalID)
	case "AWSService":
		return firstOf(id.InvokedBy, id.PrincipalID)
	case "AWSAccount":
		return firstOf(id.UserName, lastSegment(id.ARN), session, id.PrincipalID, id.AccountID)
	case "FederatedUser", "SAMLUser", "WebIdentityUser":
		return firstOf(id.UserName, lastSegment(id.ARN), session, id.PrincipalID)
	}
	return firstOf(id.UserName, lastSegment(id.ARN), session, id.PrincipalID, id.OnBehalfOf.UserID, id.InvokedBy, id.AccountID)
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// lastSegment returns what follows the last slash of an ARN's resource, or
// "root" for an account.
func lastSegment(arn string) string {
	if !strings.HasPrefix(arn, "arn:") {
		return ""
	}
	if i := strings.LastIndexByte(arn, '/'); i >= 0 {
		return arn[i+1:]
	}
	return arn[strings.LastIndexByte(arn, ':')+1:]
}

// sessionOfARN returns the session of arn:<partition>:sts::<account>:assumed-role/<role>/<session>.
func sessionOfARN(arn string) string {
	if strings.Count(arn, "/") < 2 {
		return ""
	}
	return lastSegment(arn)
}

// afterColon returns what follows the last colon: the session name of a
// principal ID.
func afterColon(principalID string) string {
	if i := strings.LastIndexByte(principalID, ':'); i >= 0 {
		return principalID[i+1:]
	}
	return ""
}

// accountOfARN returns the account in an ARN, or "".
func accountOfARN(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[4]
}
