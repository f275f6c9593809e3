package managedpolicy

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// Find reads the policy, its default document and its attachments: three calls,
// and one more for every further hundred attachments. A policy that is not there
// is account.ErrNotFound, and only GetPolicy's word counts for that: another call
// that does not find what GetPolicy finds is account.ErrNotSettled.
func (c Calls) Find(ctx context.Context, arn string) (*Policy, error) {
	var (
		found    *Policy
		attached Attachments
		missing  error
		calls    errgroup.Group
	)
	calls.Go(func() error {
		found, missing = c.describe(ctx, arn)
		if found == nil {
			return nil
		}
		return c.readDocument(ctx, found)
	})
	calls.Go(func() (err error) {
		attached, err = c.attachments(ctx, arn)
		return err
	})
	err := calls.Wait()
	switch {
	case missing != nil:
		return nil, missing
	case errors.Is(err, account.ErrNotFound):
		return nil, fmt.Errorf("%w: the policy is there, but not for every call: %s", account.ErrNotSettled, err.Error())
	case err != nil:
		return nil, err
	}
	found.Attachments = attached
	return found, nil
}

func (c Calls) describe(ctx context.Context, arn string) (*Policy, error) {
	out, err := c.client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	found := &Policy{
		ARN: arn, Name: aws.ToString(out.Policy.PolicyName), Path: aws.ToString(out.Policy.Path),
		Description: aws.ToString(out.Policy.Description), DefaultVersion: aws.ToString(out.Policy.DefaultVersionId),
		Created: aws.ToTime(out.Policy.CreateDate), Tags: map[string]string{},
	}
	for _, tag := range out.Policy.Tags {
		found.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return found, nil
}

// readDocument fills in the document of the default version. IAM answers it
// percent-encoded; what is no document we can read is only decoded.
func (c Calls) readDocument(ctx context.Context, into *Policy) error {
	out, err := c.client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{
		PolicyArn: aws.String(into.ARN), VersionId: aws.String(into.DefaultVersion),
	})
	if err != nil {
		return err
	}
	text := aws.ToString(out.PolicyVersion.Document)
	if document, err := policy.ParseEncoded(text); err == nil {
		into.Document = document.String()
	} else if plain, err := url.PathUnescape(text); err == nil {
		into.Document = plain
	} else {
		into.Document = text
	}
	return nil
}

// attachments reads the list to its last page. What only has the policy as its
// permissions boundary is not attached to it.
func (c Calls) attachments(ctx context.Context, arn string) (Attachments, error) {
	var all Attachments
	pages := iam.NewListEntitiesForPolicyPaginator(c.client, &iam.ListEntitiesForPolicyInput{
		PolicyArn: aws.String(arn), PolicyUsageFilter: types.PolicyUsageTypePermissionsPolicy,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Attachments{}, err
		}
		for _, group := range page.PolicyGroups {
			all.Groups = append(all.Groups, aws.ToString(group.GroupName))
		}
		for _, user := range page.PolicyUsers {
			all.Users = append(all.Users, aws.ToString(user.UserName))
		}
		for _, role := range page.PolicyRoles {
			all.Roles = append(all.Roles, aws.ToString(role.RoleName))
		}
	}
	for _, names := range [][]string{all.Groups, all.Users, all.Roles} {
		slices.Sort(names)
	}
	return all, nil
}

// versions are the IDs of all versions, the oldest first, and which of them is the
// default.
func (c Calls) versions(ctx context.Context, arn string) (ids []string, byDefault string, err error) {
	pages := iam.NewListPolicyVersionsPaginator(c.client, &iam.ListPolicyVersionsInput{PolicyArn: aws.String(arn)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, "", err
		}
		for _, version := range page.Versions {
			ids = append(ids, aws.ToString(version.VersionId))
			if version.IsDefaultVersion {
				byDefault = aws.ToString(version.VersionId)
			}
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return number(a) - number(b) })
	return ids, byDefault, nil
}

// number is that of a version ID such as "v12"; IDs are given out in order.
func number(id string) int {
	n := 0
	for _, digit := range id {
		if digit >= '0' && digit <= '9' {
			n = n*10 + int(digit-'0')
		}
	}
	return n
}
