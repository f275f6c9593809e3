package trail

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// configure makes an existing trail the wanted one, changing only what differs.
// Logging is started first, so that a refused setting never keeps a trail
// silent, and stopped last.
func (c calls) configure(ctx context.Context, arn string, have, want inventory.Trail, key string) error {
	if want.Status.Logging && !have.Status.Logging {
		if err := c.retry(ctx, func() error { return c.startLogging(ctx, arn) }); err != nil {
			return err
		}
	}
	if c.settingsDiffer(have, want, key) {
		if err := c.retry(ctx, func() error { return c.updateSettings(ctx, arn, want) }); err != nil {
			return err
		}
	}
	if err := c.configureSelectors(ctx, arn, have, want); err != nil {
		return err
	}
	if err := c.tag(ctx, arn, have.Tags, want.Tags); err != nil {
		return err
	}
	if !want.Status.Logging && have.Status.Logging {
		_, err := c.client.StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: aws.String(arn)})
		return err
	}
	return nil
}

func (c calls) startLogging(ctx context.Context, arn string) error {
	_, err := c.client.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: aws.String(arn)})
	return err
}

// settingsDiffer asks for what UpdateTrail sets; key is the ARN behind an alias.
func (c calls) settingsDiffer(have, want inventory.Trail, key string) bool {
	if sameKey(want.KMSKeyID, key, have.KMSKeyID) {
		want.KMSKeyID = have.KMSKeyID
	} else if isAlias(want.KMSKeyID) {
		return true
	}
	want.Selectors, want.Insights, want.Status, want.Tags = have.Selectors, have.Insights, have.Status, have.Tags
	return len(differences(have, want)) > 0
}

// updateSettings sends every setting; an empty text is how UpdateTrail removes one.
func (c calls) updateSettings(ctx context.Context, arn string, want inventory.Trail) error {
	logGroup := logGroupPointer(want.LogGroupARN)
	if logGroup == nil {
		logGroup = aws.String("")
	}
	_, err := c.client.UpdateTrail(ctx, &cloudtrail.UpdateTrailInput{
		Name: aws.String(arn), S3BucketName: aws.String(want.BucketName), S3KeyPrefix: aws.String(want.KeyPrefix),
		IsMultiRegionTrail: aws.Bool(want.MultiRegion), IncludeGlobalServiceEvents: aws.Bool(want.GlobalEvents),
		EnableLogFileValidation: aws.Bool(want.Validation), IsOrganizationTrail: aws.Bool(want.Organization),
		KmsKeyId: aws.String(want.KMSKeyID), SnsTopicName: aws.String(want.SNSTopicARN),
		CloudWatchLogsLogGroupArn: logGroup, CloudWatchLogsRoleArn: aws.String(want.LogRoleARN),
	})
	return err
}

func (c calls) configureSelectors(ctx context.Context, arn string, have, want inventory.Trail) error {
	if !have.Selectors.Equal(want.Selectors) {
		err := c.retry(ctx, func() error {
			_, err := c.client.PutEventSelectors(ctx, want.Selectors.ToAWS(arn))
			return err
		})
		if err != nil {
			return err
		}
	}
	if slices.Equal(have.Insights, want.Insights) {
		return nil
	}
	input := &cloudtrail.PutInsightSelectorsInput{TrailName: aws.String(arn), InsightSelectors: []types.InsightSelector{}}
	for _, insight := range want.Insights {
		input.InsightSelectors = append(input.InsightSelectors, types.InsightSelector{InsightType: types.InsightType(insight)})
	}
	return c.retry(ctx, func() error {
		_, err := c.client.PutInsightSelectors(ctx, input)
		return err
	})
}

func (c calls) tag(ctx context.Context, arn string, have, want map[string]string) error {
	set, remove := framework.TagChanges(have, want)
	if len(remove) > 0 {
		gone := map[string]string{}
		for _, key := range remove {
			gone[key] = have[key]
		}
		input := &cloudtrail.RemoveTagsInput{ResourceId: aws.String(arn), TagsList: tagList(gone)}
		if _, err := c.client.RemoveTags(ctx, input); err != nil {
			return err
		}
	}
	if len(set) == 0 {
		return nil
	}
	_, err := c.client.AddTags(ctx, &cloudtrail.AddTagsInput{ResourceId: aws.String(arn), TagsList: tagList(set)})
	return err
}

func tagList(tags map[string]string) []types.Tag {
	var list []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}
