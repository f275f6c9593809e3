package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// Details are the IAM identities of an account and the policies that bear on them, as
// one read of GetAccountAuthorizationDetails answers, a hundred entities a page. It has
// no login profiles, MFA devices, access keys or identity providers, nor what the
// organization and resources say. See
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
type Details struct {
	// Users, Groups and Roles are by name.
	Users, Groups, Roles map[string]*Identity
	// Policies are by ARN: those of the account, and those of AWS that are in use.
	Policies map[string]ManagedPolicy
}

// Identity is a user, a group or a role.
type Identity struct {
	Name, ARN, ID string
	Created       time.Time
	// Groups are those of a user, Members those of a group.
	Groups, Members []string
	// Inline are the policies in the identity, Attached the ARNs of the others.
	Inline   []ManagedPolicy
	Attached []string
	// Boundary is the ARN of the permissions boundary, or "".
	Boundary string
	Tags     map[string]string
	// Trust is the trust policy of a role.
	Trust ManagedPolicy
}

// ManagedPolicy is a document in force. Unread is why it could not be understood, or "".
type ManagedPolicy struct {
	Name, ARN string
	Source    policy.Source
	Unread    string
}

// details are those of accounts as reached.
type details struct {
	once[*account.Account, *Details]
}

// AccountDetails reads the whole account, once for all callers of a process that come at
// the same time or within a minute. The answer is shared and must not be changed. A page
// that fails is an error: half an account is none.
func AccountDetails(ctx context.Context, in *account.Account) (*Details, error) {
	kept := account.Kept(in.Pool(), func() *details { return &details{} })
	return kept.ask(ctx, in, in.Pool().Now(), func() (*Details, error) { return readDetails(ctx, in) })
}

// FreshDetails is AccountDetails read anew, for those who are about to change something
// by it.
func FreshDetails(ctx context.Context, in *account.Account) (*Details, error) {
	return readDetails(ctx, in)
}

func readDetails(ctx context.Context, in *account.Account) (*Details, error) {
	client, err := in.IAM()
	if err != nil {
		return nil, err
	}
	d := &Details{
		Users: map[string]*Identity{}, Groups: map[string]*Identity{}, Roles: map[string]*Identity{},
		Policies: map[string]ManagedPolicy{},
	}
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(client, &iam.GetAccountAuthorizationDetailsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		d.add(page)
	}
	d.join()
	return d, nil
}

func (d *Details) add(page *iam.GetAccountAuthorizationDetailsOutput) {
	for _, found := range page.UserDetailList {
		name := aws.ToString(found.UserName)
		d.Users[name] = &Identity{
			Name: name, ARN: aws.ToString(found.Arn), ID: aws.ToString(found.UserId), Groups: found.GroupList,
			Inline: inline("user "+name, found.UserPolicyList), Attached: attached(found.AttachedManagedPolicies),
			Boundary: boundary(found.PermissionsBoundary), Tags: tags(found.Tags),
		}
	}
	for _, found := range page.GroupDetailList {
		name := aws.ToString(found.GroupName)
		d.Groups[name] = &Identity{
			Name: name, ARN: aws.ToString(found.Arn), ID: aws.ToString(found.GroupId), Created: aws.ToTime(found.CreateDate).UTC(),
			Inline: inline("group "+name, found.GroupPolicyList), Attached: attached(found.AttachedManagedPolicies),
		}
	}
	for _, found := range page.RoleDetailList {
		name := aws.ToString(found.RoleName)
		d.Roles[name] = &Identity{
			Name: name, ARN: aws.ToString(found.Arn), ID: aws.ToString(found.RoleId),
			Inline: inline("role "+name, found.RolePolicyList), Attached: attached(found.AttachedManagedPolicies),
			Boundary: boundary(found.PermissionsBoundary), Tags: tags(found.Tags),
			Trust: document("trust policy of role "+name, name, aws.ToString(found.AssumeRolePolicyDocument)),
		}
	}
	for _, found := range page.Policies {
		arn, name := aws.ToString(found.Arn), aws.ToString(found.PolicyName)
		for _, version := range found.PolicyVersionList {
			if version.IsDefaultVersion {
				read := document("policy "+name, name, aws.ToString(version.Document))
				read.ARN = arn
				d.Policies[arn] = read
			}
		}
	}
}

// join tells groups their members.
func (d *Details) join() {
	for name, user := range d.Users {
		for _, group := range user.Groups {
			if found := d.Groups[group]; found != nil {
				found.Members = append(found.Members, name)
			}
		}
	}
	for _, group := range d.Groups {
		slices.Sort(group.Members)
	}
}

// document reads one that IAM answers, which is encoded.
func document(label, name, encoded string) ManagedPolicy {
	read := ManagedPolicy{Name: name}
	parsed, err := policy.ParseEncoded(encoded)
	if err != nil {
		read.Unread = err.Error()
	}
	read.Source = policy.NewSource(label, parsed)
	return read
}

func inline(of string, found []types.PolicyDetail) []ManagedPolicy {
	list := make([]ManagedPolicy, 0, len(found))
	for _, one := range found {
		name := aws.ToString(one.PolicyName)
		list = append(list, document(of+": inline policy "+name, name, aws.ToString(one.PolicyDocument)))
	}
	return list
}

func attached(found []types.AttachedPolicy) []string {
	arns := make([]string, 0, len(found))
	for _, one := range found {
		arns = append(arns, aws.ToString(one.PolicyArn))
	}
	return arns
}

func boundary(found *types.AttachedPermissionsBoundary) string {
	if found == nil {
		return ""
	}
	return aws.ToString(found.PermissionsBoundaryArn)
}

func tags(found []types.Tag) map[string]string {
	all := make(map[string]string, len(found))
	for _, tag := range found {
		all[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return all
}

// Sources are the documents of an identity itself, and those that are missing or could
// not be understood.
func (d *Details) Sources(of *Identity) (sources []policy.Source, unread []string) {
	take := func(read ManagedPolicy) {
		if read.Unread != "" {
			unread = append(unread, fmt.Sprintf("%s: %s", read.Source.Label, read.Unread))
			return
		}
		sources = append(sources, read.Source)
	}
	for _, one := range of.Inline {
		take(one)
	}
	for _, arn := range of.Attached {
		take(d.Policy(arn))
	}
	return sources, unread
}

// Without is the account as it would be if a group had not a policy, by its ARN or, for
// an inline one, its name.
func (d *Details) Without(group, arn, inline string) *Details {
	left := *d
	if found := d.Groups[group]; found != nil {
		one := *found
		one.Attached = slices.DeleteFunc(slices.Clone(one.Attached), func(other string) bool { return other == arn })
		one.Inline = slices.DeleteFunc(slices.Clone(one.Inline), func(other ManagedPolicy) bool { return other.Name == inline })
		left.Groups = maps.Clone(d.Groups)
		left.Groups[group] = &one
	}
	return &left
}

// OfGroup is a source whose label says that it comes by a group.
func OfGroup(name string, source policy.Source) policy.Source {
	prefix := "group " + name + ": "
	return source.Labeled(prefix + strings.TrimPrefix(source.Label, prefix))
}

// Policy is the managed policy of an ARN; one that the answer did not have is unread.
func (d *Details) Policy(arn string) ManagedPolicy {
	if found, ok := d.Policies[arn]; ok {
		return found
	}
	name := arn[strings.LastIndex(arn, "/")+1:]
	return ManagedPolicy{
		Name: name, ARN: arn, Source: policy.Source{Label: "policy " + name}, Unread: "IAM did not answer its document",
	}
}

// Grants are all that bears on a user or a role: its own policies, those of its groups,
// and its boundary, of which what could not be read is told.
func (d *Details) Grants(of *Identity) (grants policy.Grants, unread []string) {
	grants.Policies, unread = d.Sources(of)
	for _, name := range of.Groups {
		group := d.Groups[name]
		if group == nil {
			unread = append(unread, "group "+name+": IAM did not answer it")
			continue
		}
		sources, missing := d.Sources(group)
		for _, source := range sources {
			grants.Policies = append(grants.Policies, OfGroup(name, source))
		}
		unread = append(unread, missing...)
	}
	if of.Boundary != "" {
		bound := d.Policy(of.Boundary)
		if bound.Unread != "" {
			// An empty boundary would refuse everything, so that no loss had an effect.
			return grants, append(unread, "boundary "+of.Boundary+": "+bound.Unread)
		}
		source := bound.Source.Labeled("boundary " + bound.Name)
		grants.Boundary = &source
	}
	return grants, unread
}
