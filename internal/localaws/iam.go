package localaws

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/"

const (
	iamPage    = 100
	iamPageMax = 1000
)

// ownUserCalls mean the caller's own user when they name none. moto looks the user up by its own keys only.
var ownUserCalls = map[string]bool{
	"GetUser": true, "CreateAccessKey": true, "UpdateAccessKey": true, "DeleteAccessKey": true,
}

// ownUserLists are the lists that do likewise.
var ownUserLists = map[string]bool{
	"ListAccessKeys": true, "ListMFADevices": true, "ListSSHPublicKeys": true, "ListSigningCertificates": true,
}

// pagedLists are the lists of IAM that take Marker and MaxItems. moto ignores both in some and has its own idea in others.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
var pagedLists = map[string]bool{
	"GetGroup": true, "ListAccessKeys": true, "ListAccountAliases": true, "ListAttachedGroupPolicies": true,
	"ListAttachedRolePolicies": true, "ListAttachedUserPolicies": true, "ListEntitiesForPolicy": true,
	"ListGroupPolicies": true, "ListGroups": true,
	"ListGroupsForUser": true, "ListInstanceProfiles": true, "ListInstanceProfilesForRole": true, "ListMFADevices": true,
	"ListPolicies": true, "ListPolicyTags": true, "ListPolicyVersions": true, "ListRolePolicies": true, "ListRoleTags": true,
	"ListRoles": true, "ListSSHPublicKeys": true, "ListServerCertificates": true, "ListSigningCertificates": true,
	"ListUserPolicies": true, "ListUserTags": true, "ListUsers": true, "ListVirtualMFADevices": true,
}

// forwardForOwnUser names the caller's user in a call that names none.
func (x *exchange) forwardForOwnUser() (*answer, error) {
	if x.form.Get("UserName") != "" {
		return x.forward()
	}
	switch x.caller.Type {
	case typeUser:
		form := cloneForm(x.form)
		form.Set("UserName", x.caller.Name)
		return x.withForm(form).forward()
	case typeRoot:
		return x.forward()
	default:
		return nil, refuse("ValidationError", "Must specify userName when calling with non-User credentials")
	}
}

func cloneForm(form url.Values) url.Values {
	clone := url.Values{}
	for key, values := range form {
		clone[key] = slices.Clone(values)
	}
	return clone
}

// listPage answers a page of a list.
func (x *exchange) listPage() (*answer, error) {
	size, err := x.pageSize()
	if err != nil {
		return nil, err
	}
	at, err := x.placeAsked()
	if err != nil {
		return nil, err
	}
	if at.list != nil {
		return x.page(at, size)
	}
	if x.call.Operation == "ListEntitiesForPolicy" {
		at.list, err = x.entitiesForPolicy()
		if err != nil {
			return nil, err
		}
		return x.page(at, size)
	}
	a, tree, list, err := x.wholeList()
	if list == nil || err != nil {
		return a, err
	}
	at.list = x.joined(tree.find(x.call.Operation+"Result"), list)
	return x.page(at, size)
}

// joined is what was generated, and then what moto has; list is the one of moto's result.
func (x *exchange) joined(result, list *node) *keptList {
	all := &keptList{lists: []string{list.name}, members: x.account.seeds().listed(x.call.Operation, x.form)}
	for _, n := range result.children {
		if n.name != "IsTruncated" && n.name != "Marker" && n.name != list.name {
			all.before = append(all.before, n)
		}
	}
	for _, n := range list.children {
		encodeDocument(n)
	}
	all.members = append(all.members, given(list.name, list.children)...)
	return all
}

func (x *exchange) pageSize() (int, error) {
	asked := x.form.Get("MaxItems")
	if asked == "" {
		return x.account.pages.limited(iamPage), nil
	}
	size, err := strconv.Atoi(asked)
	if err != nil || size < 1 || size > iamPageMax {
		return 0, refuse("ValidationError",
			"1 validation error detected: Value '%s' at 'maxItems' failed to satisfy constraint: "+
				"Member must have value between 1 and %d", asked, iamPageMax)
	}
	return x.account.pages.limited(size), nil
}

// wholeList asks moto until its own list ends. A nil list means that the answer is an error, to be given as it is.
func (x *exchange) wholeList() (a *answer, tree, list *node, err error) {
	form := cloneForm(x.form)
	form.Del("Marker")
	form.Set("MaxItems", strconv.Itoa(iamPageMax))
	if ownUserLists[x.call.Operation] && form.Get("UserName") == "" && x.caller.Type == typeUser {
		form.Set("UserName", x.caller.Name)
	}
	var before []*node
	for {
		a, err = x.withForm(form).forward()
		if err != nil || a.status != http.StatusOK {
			return a, nil, nil, err
		}
		tree, err = parseXML(a.body)
		if err != nil {
			return nil, nil, nil, err
		}
		result := tree.find(x.call.Operation + "Result")
		if result == nil {
			return a, nil, nil, nil
		}
		list = listIn(result)
		if list == nil {
			return a, nil, nil, nil
		}
		list.children = append(before, list.children...)
		marker := result.textAt("Marker")
		if result.textAt("IsTruncated") != "true" || marker == "" {
			return a, tree, list, nil
		}
		before = list.children
		form.Set("Marker", marker)
	}
}

// listIn is the element that holds the members. In GetGroup the group comes first and is none.
func listIn(result *node) *node {
	for _, n := range result.children {
		switch n.name {
		case "IsTruncated", "Marker", "Group":
			continue
		default:
			return n
		}
	}
	return nil
}

func members(list *node) []string {
	if list == nil {
		return nil
	}
	var texts []string
	for _, n := range list.children {
		texts = append(texts, strings.TrimSpace(n.text))
	}
	return texts
}

// learnKey remembers whose key was made, for userIdentity of later calls.
func (x *exchange) learnKey(said *answer) {
	tree, err := parseXML(said.body)
	if err != nil {
		return
	}
	key := tree.find("CreateAccessKeyResult", "AccessKey")
	name := key.textAt("UserName")
	p := Principal{
		Type: typeUser, Name: name, ARN: "arn:" + partitionOf(x.call.Region) + ":iam::" + x.account.ID + ":user/" + name,
		ID: "AIDA" + randomText(16, upperAndDigits), AccessKeyID: key.textAt("AccessKeyId"),
		SecretAccessKey: key.textAt("SecretAccessKey"),
	}
	if user, err := x.askIAM("GetUser", "UserName", name); err == nil && user != nil {
		p.ARN, p.ID = user.textAt("User", "Arn"), user.textAt("User", "UserId")
	}
	x.server.issue(x.account.ID, p)
	x.server.setKey(p.AccessKeyID, func(k *accessKey) { k.made = x.now })
}
