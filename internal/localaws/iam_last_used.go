package localaws

import (
	"net/http"
	"time"
)

// keyHandlers keep the dates of access keys by the clock of the account, and tell when and for what a key was used last, which
// moto does for its own calls only.
var keyHandlers = map[string]handler{
	"iam:CreateAccessKey":      (*exchange).createKey,
	"iam:ListAccessKeys":       (*exchange).listKeys,
	"iam:GetAccessKeyLastUsed": (*exchange).keyLastUsed,
}

// keyUse is the last use of a key.
type keyUse struct {
	at              time.Time
	service, region string
}

// noteUse remembers a call as the last use of its key.
func (x *exchange) noteUse() {
	x.server.setKey(x.caller.AccessKeyID, func(k *accessKey) {
		k.use = keyUse{at: x.now, service: x.call.Service, region: x.call.Region}
	})
}

// createKey dates a key by the clock of the account.
func (x *exchange) createKey() (*answer, error) {
	a, err := x.forwardForOwnUser()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	return a.edited(func(tree *node) {
		writeText(tree.find("CreateAccessKeyResult", "AccessKey"), "CreateDate", moment(x.now))
	})
}

// listKeys has the dates that createKey answered.
func (x *exchange) listKeys() (*answer, error) {
	a, err := x.listPage()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	return a.edited(func(tree *node) {
		list := tree.find("ListAccessKeysResult", "AccessKeyMetadata")
		if list == nil {
			return
		}
		for _, one := range list.children {
			if made := x.server.keyMade(one.textAt("AccessKeyId")); !made.IsZero() {
				writeText(one, "CreateDate", moment(made))
			}
		}
	})
}

// keyLastUsed answers what noteUse remembered; service and region are "N/A" for a key that was never used.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html
func (x *exchange) keyLastUsed() (*answer, error) {
	x.server.keyLock.Lock()
	known := x.server.keys[x.form.Get("AccessKeyId")]
	if known == nil {
		x.server.keyLock.Unlock()
		return x.forward()
	}
	user, use := known.principal.Name, known.use
	x.server.keyLock.Unlock()
	last := element("AccessKeyLastUsed", leaf("Region", "N/A"), leaf("ServiceName", "N/A"))
	if !use.at.IsZero() {
		last = element("AccessKeyLastUsed", leaf("Region", use.region), leaf("ServiceName", use.service),
			leaf("LastUsedDate", moment(use.at)))
	}
	return x.answerQuery(iamNamespace, leaf("UserName", user), last)
}

// keyMade is when a key was made by CreateAccessKey; zero for others.
func (s *Server) keyMade(id string) time.Time {
	s.keyLock.Lock()
	defer s.keyLock.Unlock()
	if known := s.keys[id]; known != nil {
		return known.made
	}
	return time.Time{}
}

// edited is an answer whose XML was changed.
func (a *answer) edited(change func(tree *node)) (*answer, error) {
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	change(tree)
	return &answer{status: a.status, header: a.header, body: tree.render()}, nil
}

// writeText replaces the text of a child, or adds the child.
func writeText(parent *node, name, text string) {
	if parent == nil {
		return
	}
	for _, child := range parent.children {
		if child.name == name {
			child.text = text
			return
		}
	}
	parent.children = append(parent.children, leaf(name, text))
}

// Secret is that of a key of this account, as a test needs it to tell whether somebody else has it right; "" where there is no
// such key, or it does not work.
func (a *Account) Secret(keyID string) string {
	a.server.keyLock.Lock()
	defer a.server.keyLock.Unlock()
	known := a.server.keys[keyID]
	if known == nil || known.inactive || known.principal.AccountID != a.ID {
		return ""
	}
	return known.principal.SecretAccessKey
}
