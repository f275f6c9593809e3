package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// Trail is one CloudTrail trail: its settings, what it records and how it fares.
// Text that AWS leaves out is "".
type Trail struct {
	Name, ARN, HomeRegion                 string
	BucketName, KeyPrefix                 string
	KMSKeyID, SNSTopicARN                 string
	LogGroupARN, LogRoleARN               string
	MultiRegion, GlobalEvents, Validation bool
	Organization                          bool

	Selectors Selectors
	// Insights are the insight types, sorted.
	Insights []string
	Status   TrailStatus
	Tags     map[string]string
}

// TrailStatus is what GetTrailStatus says; a time that never was is zero.
type TrailStatus struct {
	Logging                                   bool
	StartedLogging, StoppedLogging            time.Time
	LatestDelivery, LatestDigestDelivery      time.Time
	LatestLogsDelivery, LatestNotification    time.Time
	DeliveryError, DigestDeliveryError        string
	LogsDeliveryError, NotificationError      string
	LatestDeliveryAttempt, NotificationTrying string
}

// Unhealthy lists why a trail does not deliver, each a sentence; empty when it
// logs and reports no error.
func (s TrailStatus) Unhealthy() []string {
	var reasons []string
	if !s.Logging {
		reasons = append(reasons, "Logging is off: nothing is recorded.")
	}
	for _, failure := range []struct{ target, text string }{
		{"the S3 bucket", s.DeliveryError},
		{"the S3 bucket (digest files)", s.DigestDeliveryError},
		{"CloudWatch Logs", s.LogsDeliveryError},
		{"the SNS topic", s.NotificationError},
	} {
		if failure.text != "" {
			reasons = append(reasons, "Delivery to "+failure.target+" fails: "+failure.text+".")
		}
	}
	return reasons
}

// ReadTrail reads one trail by its ARN, five calls at once, in its home region or
// one that it applies to. A trail that is not there is account.ErrNotFound, and
// only GetTrail's word counts for that: another call that does not find what
// GetTrail finds is account.ErrNotSettled.
func ReadTrail(ctx context.Context, in *account.Account, region, arn string) (*Trail, error) {
	client, trail := in.CloudTrail(region), &Trail{}
	var missing error
	var calls errgroup.Group
	calls.Go(func() error {
		missing = readSettings(ctx, client, arn, trail)
		return nil
	})
	calls.Go(func() (err error) { trail.Status, err = readStatus(ctx, client, arn); return err })
	calls.Go(func() (err error) { trail.Selectors, err = readSelectors(ctx, client, arn); return err })
	calls.Go(func() (err error) { trail.Insights, err = readInsights(ctx, client, arn); return err })
	calls.Go(func() (err error) { trail.Tags, err = readTags(ctx, client, arn); return err })
	err := calls.Wait()
	switch {
	case missing != nil:
		return nil, missing
	case errors.Is(err, account.ErrNotFound):
		return nil, fmt.Errorf("%w: the trail is there, but not for every call: %s", account.ErrNotSettled, err.Error())
	case err != nil:
		return nil, err
	}
	return trail, nil
}

func readSettings(ctx context.Context, client *cloudtrail.Client, arn string, into *Trail) error {
	out, err := client.GetTrail(ctx, &cloudtrail.GetTrailInput{Name: aws.String(arn)})
	if err != nil {
		return err
	}
	found := aws.ToString
	answer := out.Trail
	into.Name, into.ARN, into.HomeRegion = found(answer.Name), found(answer.TrailARN), found(answer.HomeRegion)
	into.BucketName, into.KeyPrefix = found(answer.S3BucketName), found(answer.S3KeyPrefix)
	into.KMSKeyID, into.SNSTopicARN = found(answer.KmsKeyId), found(answer.SnsTopicARN)
	into.LogGroupARN, into.LogRoleARN = found(answer.CloudWatchLogsLogGroupArn), found(answer.CloudWatchLogsRoleArn)
	into.MultiRegion = aws.ToBool(answer.IsMultiRegionTrail)
	into.GlobalEvents = aws.ToBool(answer.IncludeGlobalServiceEvents)
	into.Validation = aws.ToBool(answer.LogFileValidationEnabled)
	into.Organization = aws.ToBool(answer.IsOrganizationTrail)
	return nil
}

func readStatus(ctx context.Context, client *cloudtrail.Client, arn string) (TrailStatus, error) {
	out, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(arn)})
	if err != nil {
		return TrailStatus{}, err
	}
	return TrailStatus{
		Logging:               aws.ToBool(out.IsLogging),
		StartedLogging:        aws.ToTime(out.StartLoggingTime).UTC(),
		StoppedLogging:        aws.ToTime(out.StopLoggingTime).UTC(),
		LatestDelivery:        aws.ToTime(out.LatestDeliveryTime).UTC(),
		LatestDigestDelivery:  aws.ToTime(out.LatestDigestDeliveryTime).UTC(),
		LatestLogsDelivery:    aws.ToTime(out.LatestCloudWatchLogsDeliveryTime).UTC(),
		LatestNotification:    aws.ToTime(out.LatestNotificationTime).UTC(),
		DeliveryError:         aws.ToString(out.LatestDeliveryError),
		DigestDeliveryError:   aws.ToString(out.LatestDigestDeliveryError),
		LogsDeliveryError:     aws.ToString(out.LatestCloudWatchLogsDeliveryError),
		NotificationError:     aws.ToString(out.LatestNotificationError),
		LatestDeliveryAttempt: aws.ToString(out.LatestDeliveryAttemptTime),
		NotificationTrying:    aws.ToString(out.LatestNotificationAttemptTime),
	}, nil
}

func readInsights(ctx context.Context, client *cloudtrail.Client, arn string) ([]string, error) {
	out, err := client.GetInsightSelectors(ctx, &cloudtrail.GetInsightSelectorsInput{TrailName: aws.String(arn)})
	if account.CodeIs(err, "InsightNotEnabledException") {
		return []string{}, nil
	}
	if err != nil {
		return nil, err
	}
	insights := make([]string, 0, len(out.InsightSelectors))
	for _, selector := range out.InsightSelectors {
		insights = append(insights, insightOf(selector))
	}
	slices.Sort(insights)
	return insights, nil
}

// insightOf is the type of an insight on management events; one that was turned
// to other events instead is named with them, and so is not the same.
func insightOf(selector types.InsightSelector) string {
	categories := selector.EventCategories
	if len(categories) == 0 || slices.Contains(categories, types.SourceEventCategoryManagement) {
		return string(selector.InsightType)
	}
	return fmt.Sprintf("%s of %s events only", selector.InsightType, categories[0])
}

// readTags reads every page; ListTags answers for one resource here.
func readTags(ctx context.Context, client *cloudtrail.Client, arn string) (map[string]string, error) {
	tags := map[string]string{}
	pages := cloudtrail.NewListTagsPaginator(client, &cloudtrail.ListTagsInput{ResourceIdList: []string{arn}})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, resource := range page.ResourceTagList {
			maps.Copy(tags, tagMap(resource.TagsList))
		}
	}
	return tags, nil
}

func tagMap(list []types.Tag) map[string]string {
	tags := make(map[string]string, len(list))
	for _, tag := range list {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}
