package localaws

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// SeedUsers puts generated users with console passwords into the account: some with a virtual MFA device, some with a
// hardware token, and some without a second factor. They are in the credential report, and answer ListUsers,
// ListVirtualMFADevices, ListMFADevices and GetLoginProfile; the other calls do not know them, but DeactivateDevice takes a
// device away after a report was made.
func (a *Account) SeedUsers(virtual, hardware, without int) {
	made := &population{}
	random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // Repeatable on purpose.
	s := &seeder{account: a, random: random, now: a.now().Truncate(time.Second), made: made}
	for i := range virtual + hardware + without {
		user := &seeded{name: fmt.Sprintf("person-%05d", i), path: "/", id: s.id("AIDA"), created: s.past(), password: true}
		user.arn = s.arn("user", user.path, user.name)
		switch {
		case i < virtual:
			user.device, user.serial = true, s.arn("mfa", "/", user.name)
		case i < virtual+hardware:
			user.device, user.serial = true, fmt.Sprintf("GAHT%08d", i)
		}
		made.users = append(made.users, user)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.population = made
}

// DeactivateDevice takes the MFA device of a generated user away and records the call, as somebody else's.
func (a *Account) DeactivateDevice(name string) error {
	user := a.seeds().user(name)
	if user == nil || user.serial == "" {
		return fmt.Errorf("no generated user %s with a device", name)
	}
	record := fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::%s:user/mallory",`+
		`"accountId":"%s","userName":"mallory"},"eventTime":%q,"eventSource":"iam.amazonaws.com",`+
		`"eventName":"DeactivateMFADevice","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli",`+
		`"requestParameters":{"userName":%q,"serialNumber":%q},"eventID":%q,"readOnly":false,"eventType":"AwsApiCall",`+
		`"managementEvent":true,"recipientAccountId":"%s"}`,
		a.ID, a.ID, a.now().UTC().Format(time.RFC3339), name, user.serial, newID(), a.ID)
	a.mu.Lock()
	user.serial = ""
	a.mu.Unlock()
	return a.PutRecord([]byte(record))
}

func (p *population) user(name string) *seeded {
	if p == nil {
		return nil
	}
	at := slices.IndexFunc(p.users, func(e *seeded) bool { return e.name == name })
	if at < 0 {
		return nil
	}
	return p.users[at]
}

// virtualDevices are the members of ListVirtualMFADevices.
func (p *population) virtualDevices() []member {
	var members []member
	for _, user := range p.users {
		if len(user.serial) > 4 && user.serial[:4] == "arn:" {
			members = append(members, member{"VirtualMFADevices", func() *node {
				return element("member", leaf("SerialNumber", user.serial), leaf("EnableDate", moment(user.created)),
					&node{name: "User", children: user.head("User")})
			}})
		}
	}
	return members
}

// seededUserHandlers answer for generated users, and hand all others on.
var seededUserHandlers = map[string]handler{
	"iam:ListMFADevices":  (*exchange).listUserDevices,
	"iam:GetLoginProfile": (*exchange).getSeededLogin,
}

func (x *exchange) listUserDevices() (*answer, error) {
	user := x.account.seeds().user(x.form.Get("UserName"))
	if user == nil {
		return x.listPage()
	}
	x.account.mu.Lock()
	serial := user.serial
	x.account.mu.Unlock()
	list := &node{name: "MFADevices"}
	if serial != "" {
		list.children = append(list.children, element("member", leaf("UserName", user.name), leaf("SerialNumber", serial),
			leaf("EnableDate", moment(user.created))))
	}
	return x.answerQuery(iamNamespace, list, leaf("IsTruncated", "false"))
}

func (x *exchange) getSeededLogin() (*answer, error) {
	user := x.account.seeds().user(x.form.Get("UserName"))
	if user == nil {
		return x.getLogin()
	}
	if !user.password {
		return nil, fail(http.StatusNotFound, "NoSuchEntity", "Login Profile for User %s cannot be found.", user.name)
	}
	return x.answerQuery(iamNamespace, element("LoginProfile", leaf("UserName", user.name),
		leaf("CreateDate", moment(user.created)), leaf("PasswordResetRequired", "false")))
}
