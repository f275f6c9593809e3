package membership

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// group is an IAM group as a container of users.
type group struct {
	client *iam.Client
	name   string
}

func (g group) read(ctx context.Context) (roll, error) {
	have := roll{IDs: map[string]string{}}
	pages := iam.NewGetGroupPaginator(g.client, &iam.GetGroupInput{GroupName: &g.name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return roll{}, err
		}
		have.ID = aws.ToString(page.Group.GroupId)
		for _, user := range page.Users {
			have.Names = append(have.Names, aws.ToString(user.UserName))
			have.IDs[aws.ToString(user.UserName)] = aws.ToString(user.UserId)
		}
	}
	return have, nil
}

func (g group) add(ctx context.Context, user string) error {
	_, err := g.client.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: &g.name, UserName: &user})
	return err
}

// remove does not mind a user who is not in the group, or not there at all.
func (g group) remove(ctx context.Context, user string) error {
	_, err := g.client.RemoveUserFromGroup(ctx, &iam.RemoveUserFromGroupInput{GroupName: &g.name, UserName: &user})
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	return err
}

// mayAdd refuses users under quarantine.
func (g group) mayAdd(ctx context.Context, users []string) error {
	quarantined, err := history.AllQuarantined(ctx, g.client)
	if err != nil {
		return fmt.Errorf("look for quarantined users: %w", err)
	}
	for user, policy := range quarantined {
		for _, name := range users {
			if strings.EqualFold(user, name) {
				return fmt.Errorf("%w (%s carries %s)", history.ErrQuarantined, user, policy)
			}
		}
	}
	return nil
}

// renamed is the name that a group with an ID has now, "" where there is none.
func (g group) renamed(ctx context.Context, id string) (string, error) {
	pages := iam.NewListGroupsPaginator(g.client, &iam.ListGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, found := range page.Groups {
			if aws.ToString(found.GroupId) == id {
				return aws.ToString(found.GroupName), nil
			}
		}
	}
	return "", nil
}

// becameOf tells whether a group that is gone was renamed.
func becameOf(ctx context.Context, in framework.Place, m groupModel) string {
	lost := fmt.Sprintf("The group %s with the ID %s", m.Group.ValueString(), m.GroupID.ValueString())
	client, err := in.Account.IAM()
	name := ""
	if err == nil {
		name, err = group{client: client}.renamed(ctx, m.GroupID.ValueString())
	}
	switch {
	case err != nil:
		return lost + " was deleted, or renamed; which of both could not be told. " + framework.Said(err) + "\n\n"
	case name != "":
		return fmt.Sprintf("%s is called %s now; its members are no longer kept.", lost, name)
	}
	return lost + " was deleted. If there is a group of that name, it is another one, with other policies."
}

// callerUsers are the names of the IAM users who run Terraform: the caller, and who assumed
// the role that it has.
func callerUsers(ctx context.Context, in *account.Account) []string {
	callers, err := in.Callers(ctx)
	if err != nil {
		return nil // The calls that change something fail then too.
	}
	var names []string
	for _, caller := range callers {
		if parsed, err := arn.Parse(caller); err == nil && strings.HasPrefix(parsed.Resource, "user/") {
			names = append(names, parsed.Resource[strings.LastIndex(parsed.Resource, "/")+1:])
		}
	}
	return names
}
