package trail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// locateAnywhere finds a trail by ARN, or by its name among all that apply to the
// region.
func (c calls) locateAnywhere(ctx context.Context, nameOrARN string) (trailARN, homeRegion string, err error) {
	if arn.IsARN(nameOrARN) {
		return c.locate(ctx, nameOrARN)
	}
	out, err := c.client.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return "", "", err
	}
	for _, trail := range out.TrailList {
		if aws.ToString(trail.Name) == nameOrARN {
			return aws.ToString(trail.TrailARN), aws.ToString(trail.HomeRegion), nil
		}
	}
	return "", "", errors.Join(account.ErrNotFound, errors.New("no trail of this name applies to the region"))
}

// start switches a trail on unless it is on already, waits until CloudTrail says so,
// and tells what it does on the way.
func (c calls) start(ctx context.Context, trailARN string, say func(string)) (inventory.TrailStatus, error) {
	status, err := c.status(ctx, trailARN)
	if err != nil {
		return status, err
	}
	if status.Logging {
		say(fmt.Sprintf("%s logs already%s. Nothing is changed.", trailARN, since(status.StartedLogging)))
		return status, nil
	}
	say(fmt.Sprintf("%s does not log%s. Starting it in %s.", trailARN, since(status.StoppedLogging), c.place.Region))
	if err := c.retry(ctx, func() error { return c.startLogging(ctx, trailARN) }); err != nil {
		return status, err
	}
	err = c.pool.Settle(ctx, func() (bool, error) {
		status, err = c.status(ctx, trailARN)
		if err == nil && !status.Logging {
			say("CloudTrail took the call and does not say yet that the trail logs.")
		}
		return status.Logging, err
	})
	if err != nil {
		return status, err
	}
	say(fmt.Sprintf("%s logs%s.", trailARN, since(status.StartedLogging)))
	return status, nil
}

// status asks only what starting a trail needs to know.
func (c calls) status(ctx context.Context, trailARN string) (inventory.TrailStatus, error) {
	out, err := c.client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: aws.String(trailARN)})
	if err != nil {
		return inventory.TrailStatus{}, err
	}
	return inventory.TrailStatus{
		Logging:        aws.ToBool(out.IsLogging),
		StartedLogging: aws.ToTime(out.StartLoggingTime).UTC(), StoppedLogging: aws.ToTime(out.StopLoggingTime).UTC(),
		DeliveryError: aws.ToString(out.LatestDeliveryError), DigestDeliveryError: aws.ToString(out.LatestDigestDeliveryError),
		LogsDeliveryError: aws.ToString(out.LatestCloudWatchLogsDeliveryError),
		NotificationError: aws.ToString(out.LatestNotificationError),
	}, nil
}

func since(moment time.Time) string {
	if moment.IsZero() {
		return ""
	}
	return " since " + moment.Format(time.RFC3339)
}

// startAdvice says what to do about a trail that is not found; named is the account
// in its ARN, "" where the trail was given by name.
func startAdvice(err error, named string, place framework.Place) string {
	switch own := place.Account.ID; {
	case named != "" && own != "" && named != own:
		return fmt.Sprintf("the ARN names account %s, but the credentials belong to account %s: set the argument \"account\", or give "+
			"the provider credentials of account %s. Only a trail of an organization is found under the ARN of another account.",
			named, own, named)
	case errors.Is(err, account.ErrNotFound):
		return "name a region that the trail applies to, its account, or its ARN."
	}
	return ""
}
