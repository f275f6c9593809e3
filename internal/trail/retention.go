package trail

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// retentionID is the ID of the one lifecycle rule that we write.
const retentionID = "iamguard-retention"

// archiveClass is where archive_days moves log files to.
const archiveClass = types.TransitionStorageClassGlacier

// retentionRule is our lifecycle rule, nil where nothing expires or is archived.
func retentionRule(expireDays, archiveDays int64) *types.LifecycleRule {
	if expireDays == 0 && archiveDays == 0 {
		return nil
	}
	rule := &types.LifecycleRule{
		ID: aws.String(retentionID), Status: types.ExpirationStatusEnabled,
		Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
	}
	if expireDays > 0 {
		days := aws.Int32(int32(expireDays)) //nolint:gosec // The schema bounds days well below.
		rule.Expiration = &types.LifecycleExpiration{Days: days}
		rule.NoncurrentVersionExpiration = &types.NoncurrentVersionExpiration{NoncurrentDays: days}
	}
	if archiveDays > 0 {
		days := aws.Int32(int32(archiveDays)) //nolint:gosec // The schema bounds days well below.
		rule.Transitions = []types.Transition{{Days: days, StorageClass: archiveClass}}
		rule.NoncurrentVersionTransitions = []types.NoncurrentVersionTransition{{NoncurrentDays: days, StorageClass: archiveClass}}
	}
	return rule
}

// retentionOf reads the days back out of our rule.
func retentionOf(rule types.LifecycleRule) (expireDays, archiveDays int64) {
	if rule.Expiration != nil {
		expireDays = int64(aws.ToInt32(rule.Expiration.Days))
	}
	for _, transition := range rule.Transitions {
		archiveDays = int64(aws.ToInt32(transition.Days))
	}
	return expireDays, archiveDays
}

// describeRule says what a lifecycle rule does, the same for the same rule.
func describeRule(rule types.LifecycleRule) string {
	parts := []string{string(rule.Status), describeFilter(rule)}
	if expiration := rule.Expiration; expiration != nil {
		parts = append(parts, describeExpiration(*expiration))
	}
	if noncurrent := rule.NoncurrentVersionExpiration; noncurrent != nil {
		parts = append(parts, fmt.Sprintf("deletes old versions after %d days, keeping %d",
			aws.ToInt32(noncurrent.NoncurrentDays), aws.ToInt32(noncurrent.NewerNoncurrentVersions)))
	}
	for _, transition := range rule.Transitions {
		when := fmt.Sprintf("after %d days", aws.ToInt32(transition.Days))
		if transition.Date != nil {
			when = "on " + transition.Date.Format(time.DateOnly)
		}
		parts = append(parts, fmt.Sprintf("moves to %s %s", transition.StorageClass, when))
	}
	for _, transition := range rule.NoncurrentVersionTransitions {
		parts = append(parts, fmt.Sprintf("moves old versions to %s after %d days",
			transition.StorageClass, aws.ToInt32(transition.NoncurrentDays)))
	}
	if abort := rule.AbortIncompleteMultipartUpload; abort != nil {
		parts = append(parts, fmt.Sprintf("aborts uploads after %d days", aws.ToInt32(abort.DaysAfterInitiation)))
	}
	return strings.Join(parts, ", ")
}

func describeExpiration(expiration types.LifecycleExpiration) string {
	switch {
	case expiration.Date != nil:
		return "deletes on " + expiration.Date.Format(time.DateOnly)
	case aws.ToBool(expiration.ExpiredObjectDeleteMarker):
		return "deletes expired delete markers"
	}
	return fmt.Sprintf("deletes after %d days", aws.ToInt32(expiration.Days))
}

// describeFilter names what the rule applies to; the deprecated Prefix beside
// Filter is what old tools still write.
func describeFilter(rule types.LifecycleRule) string {
	filter := types.LifecycleRuleAndOperator{Prefix: rule.Prefix} //nolint:staticcheck // Read, because old tools write it.
	if given := rule.Filter; given != nil && given.And != nil {
		filter = *given.And
	} else if given != nil {
		filter.Prefix = given.Prefix
		filter.ObjectSizeGreaterThan, filter.ObjectSizeLessThan = given.ObjectSizeGreaterThan, given.ObjectSizeLessThan
		if given.Tag != nil {
			filter.Tags = []types.Tag{*given.Tag}
		}
	}
	var conditions []string
	if prefix := aws.ToString(filter.Prefix); prefix != "" {
		conditions = append(conditions, fmt.Sprintf("prefix %q", prefix))
	}
	for _, tag := range filter.Tags {
		conditions = append(conditions, "tag "+aws.ToString(tag.Key)+"="+aws.ToString(tag.Value))
	}
	if filter.ObjectSizeGreaterThan != nil {
		conditions = append(conditions, fmt.Sprintf("more than %d bytes", *filter.ObjectSizeGreaterThan))
	}
	if filter.ObjectSizeLessThan != nil {
		conditions = append(conditions, fmt.Sprintf("less than %d bytes", *filter.ObjectSizeLessThan))
	}
	if len(conditions) == 0 {
		return "all objects"
	}
	return strings.Join(conditions, " and ")
}
