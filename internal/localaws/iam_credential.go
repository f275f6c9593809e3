package localaws

import (
	"net/http"
	"slices"
	"time"
)

// serviceCredentialLimit is for each user and service.
const serviceCredentialLimit = 2

type serviceCredential struct {
	id, user, service, name, status string
	made                            time.Time
}

// described is a credential in the words of the API; the password is told only when it is made.
func (c *serviceCredential) described(element string, password string) *node {
	n := &node{name: element, children: []*node{
		leaf("CreateDate", c.made.Format(time.RFC3339)), leaf("ServiceName", c.service), leaf("ServiceUserName", c.name),
		leaf("ServiceSpecificCredentialId", c.id), leaf("UserName", c.user), leaf("Status", c.status),
	}}
	if password != "" {
		n.children = append(n.children, leaf("ServicePassword", password))
	}
	return n
}

// createServiceCredential makes a user name and a password for one service.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html
func (x *exchange) createServiceCredential() (*answer, error) {
	user, err := x.userAsked()
	if err != nil {
		return nil, err
	}
	service := x.form.Get("ServiceName")
	if !slices.Contains([]string{"codecommit.amazonaws.com", "cassandra.amazonaws.com", "bedrock.amazonaws.com"}, service) {
		return nil, fail(http.StatusNotFound, "NotSupportedService",
			"The service %s does not support service-specific credentials.", service)
	}
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	held := 0
	for _, c := range extras.credentials {
		if c.user == user && c.service == service {
			held++
		}
	}
	if held >= serviceCredentialLimit {
		return nil, fail(http.StatusConflict, "LimitExceeded",
			"Cannot exceed quota for ServiceSpecificCredentialsPerUser: %d", serviceCredentialLimit)
	}
	made := &serviceCredential{
		id: "ACCA" + randomText(16, upperAndDigits), user: user, service: service, status: "Active", made: x.now,
		name: user + "-at-" + x.account.ID,
	}
	extras.credentials = append(extras.credentials, made)
	return x.answerQuery(iamNamespace, made.described("ServiceSpecificCredential", randomText(44, mixed)))
}

func (x *exchange) listServiceCredentials() (*answer, error) {
	user, err := x.userAsked()
	if err != nil {
		return nil, err
	}
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	list := element("ServiceSpecificCredentials")
	for _, c := range extras.credentials {
		if service := x.form.Get("ServiceName"); c.user == user && (service == "" || service == c.service) {
			list.children = append(list.children, c.described("member", ""))
		}
	}
	return x.answerQuery(iamNamespace, list)
}

// serviceCredential finds the credential of a call while the extras are locked.
func (e *iamExtras) serviceCredential(user, id string) (*serviceCredential, error) {
	for _, c := range e.credentials {
		if c.user == user && c.id == id {
			return c, nil
		}
	}
	return nil, fail(http.StatusNotFound, "NoSuchEntity", "No such credential %s exists", id)
}

// changeServiceCredential changes the credential of the call.
func (x *exchange) changeServiceCredential(change func(*serviceCredential) []*node) (*answer, error) {
	user, err := x.userAsked()
	if err != nil {
		return nil, err
	}
	extras := x.account.extras
	extras.mu.Lock()
	defer extras.mu.Unlock()
	found, err := extras.serviceCredential(user, x.form.Get("ServiceSpecificCredentialId"))
	if err != nil {
		return nil, err
	}
	return x.answerQuery(iamNamespace, change(found)...)
}

func (x *exchange) updateServiceCredential() (*answer, error) {
	return x.changeServiceCredential(func(c *serviceCredential) []*node {
		c.status = x.form.Get("Status")
		return nil
	})
}

func (x *exchange) resetServiceCredential() (*answer, error) {
	return x.changeServiceCredential(func(c *serviceCredential) []*node {
		return []*node{c.described("ServiceSpecificCredential", randomText(44, mixed))}
	})
}

// deleteUser refuses a user that has service-specific credentials, of which moto knows nothing.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html
func (x *exchange) deleteUser() (*answer, error) {
	extras := x.account.extras
	extras.mu.Lock()
	used := slices.ContainsFunc(extras.credentials, func(c *serviceCredential) bool { return c.user == x.form.Get("UserName") })
	extras.mu.Unlock()
	if used {
		return nil, fail(http.StatusConflict, "DeleteConflict", "Cannot delete entity, must delete service specific credentials first.")
	}
	return x.forward()
}

// deleteServiceCredential deletes it.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceSpecificCredential.html
func (x *exchange) deleteServiceCredential() (*answer, error) {
	return x.changeServiceCredential(func(c *serviceCredential) []*node {
		extras := x.account.extras
		extras.credentials = slices.DeleteFunc(extras.credentials, func(other *serviceCredential) bool { return other == c })
		return nil
	})
}
