package events

// Identity is userIdentity as recorded. Fields that the record does not have
// are empty.
type Identity struct {
	// Type is such as IAMUser, AssumedRole, Root, AWSService; absent in events of a service.
	Type string
	// PrincipalID is the unique ID; of a role session "<role ID>:<session name>".
	PrincipalID string
	// ARN is the principal's, empty for IdentityCenterUser and AWSService.
	ARN string
	// AccountID is the account of the principal, which need not be the one the call went to.
	AccountID string
	// AccessKeyID signed the call; console sessions have a temporary one, or "".
	AccessKeyID string
	// UserName is the friendly name; for Root the account alias, and absent without one.
	UserName string
	// InvokedBy is the service that called, "AWS Internal" or "signin.amazonaws.com".
	InvokedBy string
	// IdentityProvider is the SAML or web identity provider.
	IdentityProvider string
	// CredentialID is of an IdentityCenterUser.
	CredentialID string
	// OnBehalfOf is the Identity Center user the call was made for.
	OnBehalfOf OnBehalfOf
	// Issuer is sessionContext.sessionIssuer: who the session belongs to.
	Issuer Issuer
	// FederatedProvider is sessionContext.webIdFederationData.federatedProvider.
	FederatedProvider string
	// SourceIdentity is set when a role is assumed and stays through role chaining.
	SourceIdentity string
	// MFAAuthenticated is nil when the record has no such attribute: long-term keys never do.
	MFAAuthenticated *bool
	// SessionCreated is sessionContext.attributes.creationDate as written.
	SessionCreated string

	session bool // the record has a sessionContext, readable or not
}

// Issuer is the role, user or root whose temporary credentials were used.
type Issuer struct {
	// Type is Role, IAMUser or Root.
	Type string
	// PrincipalID is the unique ID.
	PrincipalID string
	// ARN is the issuer's.
	ARN string
	// AccountID is the issuer's account.
	AccountID string
	// UserName is the name of the role or user.
	UserName string
}

// OnBehalfOf is an Identity Center user.
type OnBehalfOf struct {
	// UserID is the ID in the identity store.
	UserID string
	// IdentityStoreARN is the store.
	IdentityStoreARN string
}

// identityFields reads the members of userIdentity that are scalars.
var identityFields = map[string]func(id *Identity) *string{
	"type":             func(id *Identity) *string { return &id.Type },
	"principalId":      func(id *Identity) *string { return &id.PrincipalID },
	"arn":              func(id *Identity) *string { return &id.ARN },
	"accountId":        func(id *Identity) *string { return &id.AccountID },
	"accessKeyId":      func(id *Identity) *string { return &id.AccessKeyID },
	"userName":         func(id *Identity) *string { return &id.UserName },
	"invokedBy":        func(id *Identity) *string { return &id.InvokedBy },
	"identityProvider": func(id *Identity) *string { return &id.IdentityProvider },
	"credentialId":     func(id *Identity) *string { return &id.CredentialID },
}

// readIdentity reads userIdentity.
func (s *scanner) readIdentity(id *Identity) bool {
	return s.object("userIdentity", func(s *scanner, key string) {
		if field, ok := identityFields[key]; ok {
			*field(id) = s.scalar("userIdentity." + key)
			return
		}
		switch key {
		case "sessionContext":
			id.session = s.peek() != 'n' // null
			s.object("userIdentity.sessionContext", func(s *scanner, key string) { s.readSession(id, key) })
		case "onBehalfOf":
			s.object("userIdentity.onBehalfOf", func(s *scanner, key string) { s.readOnBehalfOf(&id.OnBehalfOf, key) })
		default:
			s.skip()
		}
	})
}

// readSession reads one member of sessionContext.
func (s *scanner) readSession(id *Identity, key string) {
	switch key {
	case "attributes":
		s.object("userIdentity.sessionContext.attributes", func(s *scanner, key string) {
			switch key {
			case "mfaAuthenticated":
				id.MFAAuthenticated = s.flag("userIdentity.sessionContext.attributes.mfaAuthenticated")
			case "creationDate":
				id.SessionCreated = s.scalar("userIdentity.sessionContext.attributes.creationDate")
			default:
				s.skip()
			}
		})
	case "sessionIssuer":
		s.object("userIdentity.sessionContext.sessionIssuer", func(s *scanner, key string) { s.readIssuer(&id.Issuer, key) })
	case "webIdFederationData":
		s.object("userIdentity.sessionContext.webIdFederationData", func(s *scanner, key string) {
			if key != "federatedProvider" {
				s.skip()
				return
			}
			id.FederatedProvider = s.scalar("userIdentity.sessionContext.webIdFederationData.federatedProvider")
		})
	case "sourceIdentity":
		id.SourceIdentity = s.scalar("userIdentity.sessionContext.sourceIdentity")
	default:
		s.skip()
	}
}

// readIssuer reads one member of sessionIssuer.
func (s *scanner) readIssuer(issuer *Issuer, key string) {
	var field *string
	switch key {
	case "type":
		field = &issuer.Type
	case "principalId":
		field = &issuer.PrincipalID
	case "arn":
		field = &issuer.ARN
	case "accountId":
		field = &issuer.AccountID
	case "userName":
		field = &issuer.UserName
	default:
		s.skip()
		return
	}
	*field = s.scalar("userIdentity.sessionContext.sessionIssuer")
}

// readOnBehalfOf reads one member of onBehalfOf.
func (s *scanner) readOnBehalfOf(user *OnBehalfOf, key string) {
	switch key {
	case "userId":
		user.UserID = s.scalar("userIdentity.onBehalfOf.userId")
	case "identityStoreArn":
		user.IdentityStoreARN = s.scalar("userIdentity.onBehalfOf.identityStoreArn")
	default:
		s.skip()
	}
}
