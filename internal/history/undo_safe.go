package history

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
)

// centerRole begins the names of the roles that IAM Identity Center makes in accounts, one
// for each permission set.
const centerRole = "AWSReservedSSO_"

// safe refuses to give anything to the caller itself, and to a user under quarantine. An
// inverse that only takes away is safe.
func (u *undo) safe(ctx context.Context) error {
	if yes, _, err := u.mayGrant(ctx); err != nil || !yes {
		return err
	}
	callers, err := u.place.Account.Callers(ctx)
	if err != nil {
		return err
	}
	user, group, role := u.values["userName"], u.values["groupName"], u.values["roleName"]
	switch {
	case user != "":
		return u.safeForUser(ctx, callers, user)
	case group != "":
		return u.safeForGroup(ctx, callers, group)
	case role != "":
		if isCaller(callers, ":assumed-role/", role) {
			return itself("the role " + role)
		}
	case u.values["permissionSetArn"] != "":
		return u.safeForPermissionSet(ctx, callers)
	}
	return nil
}

// mayGrant tells whether the inverse may give access, and why.
func (u *undo) mayGrant(ctx context.Context) (yes bool, why string, err error) {
	if why = mayGrant(u.event, u.inverse); why == "" && u.grants != nil {
		return u.grants(ctx, u)
	}
	return why != "", why, nil
}

// itself refuses to give something to the caller.
func itself(who string) error {
	return refuse("let somebody else undo it.", "the inverse call may give access to %s, by which it would be made", who)
}

// isCaller tells whether a name is that of a caller. Names in IAM differ by more than case.
func isCaller(callers []string, kind, name string) bool {
	for _, caller := range callers {
		if own := callerName(caller, kind); own != "" && strings.EqualFold(own, name) {
			return true
		}
	}
	return false
}

// callerName is the name in the ARN of a user, without its path, or of the role of a
// session; "" for another kind.
func callerName(caller, kind string) string {
	_, name, found := strings.Cut(caller, kind)
	if !found {
		return ""
	}
	if kind == ":assumed-role/" {
		role, _, _ := strings.Cut(name, "/")
		return role
	}
	return name[strings.LastIndex(name, "/")+1:]
}

func (u *undo) safeForUser(ctx context.Context, callers []string, user string) error {
	if isCaller(callers, ":user/", user) {
		return itself("the user " + user)
	}
	if u.quarantines() {
		return nil
	}
	client, err := u.place.Account.IAM()
	if err != nil {
		return err
	}
	return notQuarantined(ctx, client, user)
}

// quarantines tells whether the inverse attaches a quarantine policy, which takes away.
func (u *undo) quarantines() bool {
	return isQuarantine(u.values["policyArn"]) && strings.HasPrefix(u.event.Remediation.Inverse, "Attach")
}

func notQuarantined(ctx context.Context, client *iam.Client, user string) error {
	policy, err := Quarantined(ctx, client, user)
	if err == nil && policy != "" {
		return refuse("replace the leaked key first, and then have AWS Support or an administrator lift the quarantine.",
			"the user %s is quarantined, AWS found one of its keys in public (%s), and is given nothing back", user, policy)
	}
	return err
}

// safeForGroup looks at every member: what a group gets, each of them gets.
func (u *undo) safeForGroup(ctx context.Context, callers []string, group string) error {
	client, err := u.place.Account.IAM()
	if err != nil {
		return err
	}
	for pages := iam.NewGetGroupPaginator(client, &iam.GetGroupInput{GroupName: &group}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, member := range page.Users {
			user := aws.ToString(member.UserName)
			if isCaller(callers, ":user/", user) {
				return itself("the user " + user + ", a member of the group " + group)
			}
			if u.quarantines() {
				continue
			}
			if err := notQuarantined(ctx, client, user); err != nil {
				return err
			}
		}
	}
	return nil
}

// safeForPermissionSet compares a permission set with the one of the caller's session, if
// it is one of IAM Identity Center. An assignment names a person or a group by an ID, which
// says nothing to a session: it could be that of the caller, and no such session is given it.
func (u *undo) safeForPermissionSet(ctx context.Context, callers []string) error {
	for _, caller := range callers {
		role := callerName(caller, ":assumed-role/")
		if !strings.HasPrefix(role, centerRole) {
			continue
		}
		found, err := u.center().DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{
			InstanceArn: u.value("instanceArn"), PermissionSetArn: u.value("permissionSetArn"),
		})
		if err != nil {
			return err
		}
		if name := aws.ToString(found.PermissionSet.Name); strings.HasPrefix(role, centerRole+name+"_") {
			return itself("the permission set " + name)
		}
		if person := u.values["principalId"]; person != "" {
			return refuse("undo it with credentials that are not of IAM Identity Center, or let somebody with such credentials undo it.",
				"the call would be made by a session of IAM Identity Center, and it cannot be told whether the principal %s, to whom the "+
					"inverse call may give access, is its person or a group with that person in it", person)
		}
	}
	return nil
}
