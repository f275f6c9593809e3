package localaws

import (
	"net/http"
	"slices"
	"sync"
)

// iamExtras is what moto 5.2.1 does not keep of the IAM of an account.
type iamExtras struct {
	mu sync.Mutex
	// boundaries are the ARNs of policies by user.
	boundaries  map[string]string
	credentials []*serviceCredential
	// features are those that an organization has enabled.
	features []string
	// issuer is set while outbound web identity federation is enabled.
	issuer string
	// logins are console passwords.
	logins logins
	// devices are MFA devices by serial number.
	devices map[string]*mfaDevice
}

func newIAMExtras() *iamExtras {
	return &iamExtras{boundaries: map[string]string{}, devices: map[string]*mfaDevice{}}
}

// iamExtraHandlers answer the operations of IAM that moto lacks, and those whose answers show what they wrote.
var iamExtraHandlers = map[string]handler{
	"iam:CreateUser":                    (*exchange).userWithBoundary,
	"iam:GetUser":                       (*exchange).userWithBoundary,
	"iam:PutUserPermissionsBoundary":    (*exchange).putUserBoundary,
	"iam:DeleteUserPermissionsBoundary": (*exchange).deleteUserBoundary,

	"iam:RemoveRoleFromInstanceProfile": (*exchange).removeFromProfile,

	"iam:CreateServiceSpecificCredential": (*exchange).createServiceCredential,
	"iam:ListServiceSpecificCredentials":  (*exchange).listServiceCredentials,
	"iam:UpdateServiceSpecificCredential": (*exchange).updateServiceCredential,
	"iam:ResetServiceSpecificCredential":  (*exchange).resetServiceCredential,
	"iam:DeleteServiceSpecificCredential": (*exchange).deleteServiceCredential,

	"iam:EnableOrganizationsRootCredentialsManagement":  (*exchange).changeFeature,
	"iam:DisableOrganizationsRootCredentialsManagement": (*exchange).changeFeature,
	"iam:EnableOrganizationsRootSessions":               (*exchange).changeFeature,
	"iam:DisableOrganizationsRootSessions":              (*exchange).changeFeature,
	"iam:ListOrganizationsFeatures":                     (*exchange).changeFeature,

	"iam:EnableOutboundWebIdentityFederation":  (*exchange).enableFederation,
	"iam:DisableOutboundWebIdentityFederation": (*exchange).disableFederation,
	"iam:GetOutboundWebIdentityFederationInfo": (*exchange).federation,
}

// userAsked is the user of a call, the caller's own where it names none; it must exist if it is named.
func (x *exchange) userAsked() (string, error) {
	name := x.form.Get("UserName")
	if name == "" {
		if x.caller.Type != typeUser {
			return "", refuse("ValidationError", "Must specify userName when calling with non-User credentials")
		}
		return x.caller.Name, nil
	}
	found, err := x.askIAM("GetUser", "UserName", name)
	if err == nil && found == nil {
		err = fail(http.StatusNotFound, "NoSuchEntity", "The user with name %s cannot be found.", name)
	}
	return name, err
}

// userWithBoundary shows the permissions boundary of a user, which moto drops.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html
func (x *exchange) userWithBoundary() (*answer, error) {
	a, err := x.forwardUser()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	user := tree.find(x.call.Operation+"Result", "User")
	if user == nil {
		return a, nil
	}
	extras := x.account.extras
	if sent := x.form.Get("PermissionsBoundary"); sent != "" {
		extras.mu.Lock()
		extras.boundaries[user.textAt("UserName")] = sent
		extras.mu.Unlock()
	}
	extras.showBoundary(user)
	return &answer{status: a.status, header: a.header, body: tree.render()}, nil
}

// showBoundary puts the permissions boundary into a user as the API tells it, or leaves it out.
func (e *iamExtras) showBoundary(user *node) {
	e.mu.Lock()
	defer e.mu.Unlock()
	user.children = slices.DeleteFunc(user.children, func(n *node) bool { return n.name == "PermissionsBoundary" })
	if boundary := e.boundaries[user.textAt("UserName")]; boundary != "" {
		user.children = append(user.children, element("PermissionsBoundary",
			leaf("PermissionsBoundaryType", "Policy"), leaf("PermissionsBoundaryArn", boundary)))
	}
}

func (x *exchange) forwardUser() (*answer, error) {
	if x.call.Operation == "CreateUser" {
		return x.forward()
	}
	return x.forwardForOwnUser()
}

// putUserBoundary wants a policy that exists.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html
func (x *exchange) putUserBoundary() (*answer, error) {
	user, err := x.userAsked()
	if err != nil {
		return nil, err
	}
	arn := x.form.Get("PermissionsBoundary")
	policy, err := x.askIAM("GetPolicy", "PolicyArn", arn)
	if err != nil {
		return nil, err
	}
	if policy == nil {
		return nil, fail(http.StatusNotFound, "NoSuchEntity", "Policy %s does not exist or is not attachable.", arn)
	}
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	extras.boundaries[user] = arn
	return x.answerQuery(iamNamespace)
}

// deleteUserBoundary wants a boundary.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html
func (x *exchange) deleteUserBoundary() (*answer, error) {
	user, err := x.userAsked()
	if err != nil {
		return nil, err
	}
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	if extras.boundaries[user] == "" {
		return nil, fail(http.StatusNotFound, "NoSuchEntity", "The user with name %s has no permissions boundary.", user)
	}
	delete(extras.boundaries, user)
	return x.answerQuery(iamNamespace)
}

// removeFromProfile wants a role that the profile has; moto fails otherwise.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html
func (x *exchange) removeFromProfile() (*answer, error) {
	found, err := x.askIAM("GetInstanceProfile", "InstanceProfileName", x.form.Get("InstanceProfileName"))
	if err != nil || found == nil {
		return x.forward()
	}
	if roles := found.find("InstanceProfile", "Roles"); roles != nil {
		for _, role := range roles.children {
			if role.textAt("RoleName") == x.form.Get("RoleName") {
				return x.forward()
			}
		}
	}
	return nil, fail(http.StatusNotFound, "NoSuchEntity", "Role %s in instance profile %s cannot be found.",
		x.form.Get("RoleName"), x.form.Get("InstanceProfileName"))
}

// learnUser follows a user that is renamed or deleted.
func (e *iamExtras) learnUser(name, renamed string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if boundary := e.boundaries[name]; boundary != "" && renamed != "" {
		e.boundaries[renamed] = boundary
	}
	delete(e.boundaries, name)
	for _, c := range e.credentials {
		if c.user == name {
			c.user = renamed
		}
	}
	e.credentials = slices.DeleteFunc(e.credentials, func(c *serviceCredential) bool { return c.user == "" })
}
