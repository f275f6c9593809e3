package history

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// quarantinePrefix begins the names of the policies that AWS attaches to users whose key
// it found in public.
const quarantinePrefix = "AWSCompromisedKeyQuarantine"

// ErrQuarantined is a user who is given nothing back.
var ErrQuarantined = errors.New("the user is quarantined: AWS found one of its keys in public")

// Quarantined names a quarantine policy that is attached to a user, "" where there is
// none: such a user is never given anything back. Every page is read, and a page that
// fails is an error, so that "" is said only of what was completely read.
func Quarantined(ctx context.Context, client *iam.Client, user string) (policyName string, err error) {
	pages := iam.NewListAttachedUserPoliciesPaginator(client, &iam.ListAttachedUserPoliciesInput{UserName: &user})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, attached := range page.AttachedPolicies {
			if name := aws.ToString(attached.PolicyName); strings.HasPrefix(name, quarantinePrefix) {
				return name, nil
			}
		}
	}
	return "", nil
}

// AllQuarantined is, for every user of an account whom a quarantine policy is attached
// to, the name of that policy. It costs one list of attached policies, and one call more
// for each quarantine policy in use, however many users there are.
func AllQuarantined(ctx context.Context, client *iam.Client) (map[string]string, error) {
	quarantined := map[string]string{}
	pages := iam.NewListPoliciesPaginator(client, &iam.ListPoliciesInput{OnlyAttached: true})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, found := range page.Policies {
			if name := aws.ToString(found.PolicyName); strings.HasPrefix(name, quarantinePrefix) {
				if err := addCarriers(ctx, client, aws.ToString(found.Arn), name, quarantined); err != nil {
					return nil, err
				}
			}
		}
	}
	return quarantined, nil
}

// addCarriers adds the users whom a policy is attached to.
func addCarriers(ctx context.Context, client *iam.Client, arn, name string, quarantined map[string]string) error {
	pages := iam.NewListEntitiesForPolicyPaginator(client, &iam.ListEntitiesForPolicyInput{
		PolicyArn: &arn, EntityFilter: types.EntityTypeUser,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, user := range page.PolicyUsers {
			quarantined[aws.ToString(user.UserName)] = name
		}
	}
	return nil
}
