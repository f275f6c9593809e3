package localaws

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// member is an element of a list, named after the list that it is in, and made when a page shows it.
type member struct {
	list   string
	render func() *node
}

// listed are the generated members of a list of the whole account.
func (p *population) listed(operation string, form url.Values) []member {
	if p == nil {
		return nil
	}
	prefix := form.Get("PathPrefix")
	switch operation {
	case "ListUsers":
		return entities("Users", p.users, prefix, func(e *seeded) *node { return element("member", e.head("User")...) })
	case "ListGroups":
		return entities("Groups", p.groups, prefix, func(e *seeded) *node { return element("member", e.head("Group")...) })
	case "ListRoles":
		return entities("Roles", p.roles, prefix, func(e *seeded) *node {
			return element("member", append(e.trusted(), leaf("MaxSessionDuration", strconv.Itoa(e.seconds)))...)
		})
	case "ListPolicies":
		return p.listedPolicies(form)
	case "ListVirtualMFADevices":
		return p.virtualDevices()
	default:
		return nil
	}
}

func entities(list string, all []*seeded, prefix string, render func(*seeded) *node) []member {
	members := make([]member, 0, len(all))
	for _, e := range all {
		if strings.HasPrefix(e.path, prefix) {
			members = append(members, member{list, func() *node { return render(e) }})
		}
	}
	return members
}

func (p *population) listedPolicies(form url.Values) []member {
	if form.Get("Scope") == "AWS" {
		return nil
	}
	var members []member
	for _, policy := range p.policies {
		used := policy.attachments > 0
		switch form.Get("PolicyUsageFilter") {
		case "PermissionsBoundary":
			used = policy.boundary > 0
		case "":
			used = used || policy.boundary > 0
		}
		unused := !used && (form.Get("OnlyAttached") == "true" || form.Get("PolicyUsageFilter") != "")
		if strings.HasPrefix(policy.path, form.Get("PathPrefix")) && !unused {
			members = append(members, member{"Policies", func() *node { return element("member", policy.head()...) }})
		}
	}
	return members
}

// detailed are the generated members of GetAccountAuthorizationDetails; wants tells which kinds are asked for.
func (p *population) detailed(wants func(kind string) bool) []member {
	if p == nil {
		return nil
	}
	var members []member
	if wants("User") {
		members = append(members, entities("UserDetailList", p.users, "", (*seeded).userDetail)...)
	}
	if wants("Group") {
		members = append(members, entities("GroupDetailList", p.groups, "", (*seeded).groupDetail)...)
	}
	if wants("Role") {
		members = append(members, entities("RoleDetailList", p.roles, "", (*seeded).roleDetail)...)
	}
	if wants("LocalManagedPolicy") {
		for _, policy := range p.policies {
			members = append(members, member{"Policies", policy.detail})
		}
	}
	return members
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// head is what every list says of a user, group or role.
func (e *seeded) head(kind string) []*node {
	return []*node{
		leaf("Path", e.path), leaf(kind+"Name", e.name), leaf(kind+"Id", e.id), leaf("Arn", e.arn),
		leaf("CreateDate", moment(e.created)),
	}
}

func (e *seeded) trusted() []*node {
	return append(e.head("Role"), leaf("AssumeRolePolicyDocument", encoded(e.trust)))
}

func (e *seeded) userDetail() *node {
	groups := element("GroupList")
	for _, g := range e.groups {
		groups.children = append(groups.children, leaf("member", g.name))
	}
	return element(
		"member",
		append(e.head("User"), e.inlined("UserPolicyList"), groups, e.attachments(), e.bounded(), e.tagged())...)
}

func (e *seeded) groupDetail() *node {
	return element("member", append(e.head("Group"), e.inlined("GroupPolicyList"), e.attachments())...)
}

func (e *seeded) roleDetail() *node {
	profiles := element("InstanceProfileList")
	if e.profile != "" {
		profiles.children = append(profiles.children, element("member",
			leaf("Path", "/"), leaf("InstanceProfileName", e.profile), leaf("InstanceProfileId", "AIPA"+e.id[len("AROA"):]),
			leaf("Arn", strings.TrimSuffix(e.arn, "role"+e.path+e.name)+"instance-profile/"+e.profile),
			leaf("CreateDate", moment(e.created)), element("Roles", element("member", e.trusted()...))))
	}
	return element("member", append(e.trusted(), profiles, e.inlined("RolePolicyList"), e.attachments(), e.bounded(), e.tagged())...)
}

func (e *seeded) inlined(name string) *node {
	list := element(name)
	for _, policy := range e.inline {
		list.children = append(list.children, element("member", leaf("PolicyName", policy.name),
			leaf("PolicyDocument", encoded(policy.document))))
	}
	return list
}

func (e *seeded) attachments() *node {
	list := element("AttachedManagedPolicies")
	for _, policy := range e.attached {
		list.children = append(list.children, element("member", leaf("PolicyName", policy.name), leaf("PolicyArn", policy.arn)))
	}
	return list
}

// bounded is the permissions boundary; nil where there is none.
func (e *seeded) bounded() *node {
	if e.boundary == nil {
		return nil
	}
	return element("PermissionsBoundary", leaf("PermissionsBoundaryType", "PermissionsBoundaryPolicy"),
		leaf("PermissionsBoundaryArn", e.boundary.arn))
}

func (e *seeded) tagged() *node {
	list := element("Tags")
	for i := 0; i+1 < len(e.tags); i += 2 {
		list.children = append(list.children, element("member", leaf("Key", e.tags[i]), leaf("Value", e.tags[i+1])))
	}
	return list
}

func (p *seededPolicy) version() string { return "v" + strconv.Itoa(len(p.versions)) }

// head is what lists say of a policy.
func (p *seededPolicy) head() []*node {
	return []*node{
		leaf("PolicyName", p.name), leaf("PolicyId", p.id), leaf("Arn", p.arn), leaf("Path", p.path),
		leaf("DefaultVersionId", p.version()), leaf("AttachmentCount", strconv.Itoa(p.attachments)),
		leaf("PermissionsBoundaryUsageCount", strconv.Itoa(p.boundary)), leaf("IsAttachable", "true"),
		leaf("CreateDate", moment(p.created)), leaf("UpdateDate", moment(p.created)),
	}
}

func (p *seededPolicy) detail() *node {
	versions := element("PolicyVersionList")
	for i, document := range p.versions {
		versions.children = append(versions.children, element("member", leaf("Document", encoded(document)),
			leaf("VersionId", "v"+strconv.Itoa(i+1)), leaf("IsDefaultVersion", strconv.FormatBool(i+1 == len(p.versions))),
			leaf("CreateDate", moment(p.created))))
	}
	return element("member", append(p.head(), versions)...)
}
