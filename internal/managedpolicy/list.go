package managedpolicy

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// List finds the customer managed policies of an account that bear a description, or whose
// default version is as wanted. They are read with their documents, a hundred in a call,
// instead of asking for each document. A document that cannot be understood counts as
// wanted: better one policy too many. What cannot be read is handed to failed.
func List(
	ctx context.Context, place framework.Place, description string, wanted func(policy.Document) bool, failed func(error),
) iter.Seq[framework.Listed] {
	return func(yield func(framework.Listed) bool) {
		client, err := place.Account.IAM()
		if err != nil {
			failed(err)
			return
		}
		pages := iam.NewGetAccountAuthorizationDetailsPaginator(client, &iam.GetAccountAuthorizationDetailsInput{
			Filter: []types.EntityType{types.EntityTypeLocalManagedPolicy},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				failed(err)
				return
			}
			for _, found := range page.Policies {
				title := strings.TrimPrefix(aws.ToString(found.Path), "/") + aws.ToString(found.PolicyName)
				listed := framework.Listed{Title: title, Known: map[string]string{"arn": aws.ToString(found.Arn)}}
				if isWanted(found, description, wanted) && !yield(listed) {
					return
				}
			}
		}
	}
}

func isWanted(found types.ManagedPolicyDetail, description string, wanted func(policy.Document) bool) bool {
	if aws.ToString(found.Description) == description {
		return true
	}
	for _, version := range found.PolicyVersionList {
		if version.IsDefaultVersion {
			document, err := policy.ParseEncoded(aws.ToString(version.Document))
			return err != nil || wanted(document)
		}
	}
	return false
}
