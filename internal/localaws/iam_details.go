package localaws

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// detailLists are the lists of GetAccountAuthorizationDetails by the kind that the filter names.
var detailLists = map[string]string{"User": "UserDetailList", "Group": "GroupDetailList", "Role": "RoleDetailList"}

// accountDetails answers a hundred entities a page, whatever MaxItems says: what was generated, and then what moto has.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
func (x *exchange) accountDetails() (*answer, error) {
	if _, err := x.pageSize(); err != nil {
		return nil, err
	}
	at, err := x.placeAsked()
	if err != nil || at.list != nil {
		if err != nil {
			return nil, err
		}
		return x.page(at, iamPage)
	}
	var kinds []string
	for key, values := range x.form {
		if strings.HasPrefix(key, "Filter.") {
			kinds = append(kinds, values...)
		}
	}
	wants := func(kind string) bool { return len(kinds) == 0 || slices.Contains(kinds, kind) }
	at.list = &keptList{lists: []string{"UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"}}
	held, err := x.heldDetails(wants)
	if err != nil {
		return nil, err
	}
	at.list.members = append(x.account.seeds().detailed(wants), held...)
	// The generated and the others of one kind stand together, as if one hand had made them.
	order := func(m member) int { return slices.Index(at.list.lists, m.list) }
	slices.SortStableFunc(at.list.members, func(a, b member) int { return order(a) - order(b) })
	return x.page(at, iamPage)
}

// heldDetails are the members that moto has, as AWS tells them. moto answers all policies of AWS, over a thousand, which AWS does
// not; those that are attached are asked for one by one.
func (x *exchange) heldDetails(wants func(kind string) bool) ([]member, error) {
	all, err := x.askIAM("GetAccountAuthorizationDetails", "Filter.member.1", "User", "Filter.member.2", "Group",
		"Filter.member.3", "Role", "Filter.member.4", "LocalManagedPolicy")
	if err != nil {
		return nil, err
	}
	if all == nil {
		return nil, fail(http.StatusInternalServerError, "ServiceFailure", "moto refuses GetAccountAuthorizationDetails")
	}
	var members []member
	for _, kind := range []string{"User", "Group", "Role"} {
		list := all.find(detailLists[kind])
		if list == nil || !wants(kind) {
			continue
		}
		for _, n := range list.children {
			correctDetail(n)
			if list.name == "UserDetailList" {
				x.account.extras.showBoundary(n)
			}
		}
		members = append(members, given(list.name, list.children)...)
	}
	if wants("LocalManagedPolicy") {
		policies, err := x.heldPolicies(all)
		if err != nil {
			return nil, err
		}
		members = append(members, given("Policies", policies)...)
	}
	if wants("AWSManagedPolicy") {
		policies, err := x.attachedFromAWS(all)
		if err != nil {
			return nil, err
		}
		members = append(members, given("Policies", policies)...)
	}
	return members, nil
}

// correctDetail leaves out what AWS does not tell of a role in an instance profile, and encodes documents.
func correctDetail(n *node) {
	encodeDocument(n)
	profiles := n.find("InstanceProfileList")
	if profiles == nil {
		return
	}
	told := []string{"Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"}
	for _, profile := range profiles.children {
		if roles := profile.find("Roles"); roles != nil {
			for _, role := range roles.children {
				role.children = slices.DeleteFunc(role.children, func(c *node) bool { return !slices.Contains(told, c.name) })
				encodeDocument(role)
			}
		}
	}
}

// encodeDocument writes a trust policy as AWS does; moto answers it plainly.
func encodeDocument(n *node) {
	if trust := n.find("AssumeRolePolicyDocument"); trust != nil && strings.HasPrefix(strings.TrimSpace(trust.text), "{") {
		trust.text = encoded(trust.text)
	}
}

// heldPolicies adds the name, the ID and the count of boundaries, which moto leaves out of the details, and leaves out a
// description that is not there.
func (x *exchange) heldPolicies(all *node) ([]*node, error) {
	list := all.find("Policies")
	if list == nil {
		return nil, nil
	}
	known, err := x.askIAM("ListPolicies", "Scope", "Local", "MaxItems", strconv.Itoa(iamPageMax))
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	if policies := known.find("Policies"); policies != nil {
		for _, policy := range policies.children {
			ids[policy.textAt("Arn")] = policy.textAt("PolicyId")
		}
	}
	boundaries := map[string]int{}
	for _, arn := range all.texts("PermissionsBoundaryArn") {
		boundaries[arn]++
	}
	for _, policy := range list.children {
		arn := policy.textAt("Arn")
		policy.children = slices.DeleteFunc(policy.children, func(c *node) bool { return c.name == "Description" && c.text == "" })
		policy.children = append([]*node{
			leaf("PolicyName", arn[strings.LastIndex(arn, "/")+1:]), leaf("PolicyId", ids[arn]),
			leaf("PermissionsBoundaryUsageCount", strconv.Itoa(boundaries[arn])),
		}, policy.children...)
	}
	slices.SortFunc(list.children, func(a, b *node) int { return strings.Compare(a.textAt("Arn"), b.textAt("Arn")) })
	return list.children, nil
}

// attachedFromAWS are the policies of AWS that something in the account is attached to.
func (x *exchange) attachedFromAWS(all *node) ([]*node, error) {
	arns := slices.DeleteFunc(all.texts("PolicyArn"), func(arn string) bool { return !strings.Contains(arn, ":iam::aws:policy/") })
	slices.Sort(arns)
	var policies []*node
	for _, arn := range slices.Compact(arns) {
		policy, err := x.askIAM("GetPolicy", "PolicyArn", arn)
		if err != nil {
			return nil, err
		}
		held := policy.find("Policy")
		if held == nil {
			continue
		}
		version, err := x.askIAM("GetPolicyVersion", "PolicyArn", arn, "VersionId", held.textAt("DefaultVersionId"))
		if err != nil {
			return nil, err
		}
		inForce := version.find("PolicyVersion")
		if inForce == nil {
			continue
		}
		inForce.name, held.name = "member", "member"
		held.children = slices.DeleteFunc(held.children, func(c *node) bool { return c.name == "Tags" })
		held.children = append(held.children, element("PolicyVersionList", inForce))
		policies = append(policies, held)
	}
	return policies, nil
}
