package trail

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

const (
	// bucketPage is how many buckets a page has, and policiesAtOnce how many bucket
	// policies are read side by side.
	bucketPage     = 50
	policiesAtOnce = 8
)

// bucketJudge tells the log buckets of a place from its other buckets.
type bucketJudge struct {
	place framework.Place
	// read is how many policies could be read; unread are the buckets whose policy
	// the role may not read, and denial is what AWS said to the last of them.
	read   int
	unread []string
	denial error
}

// logBuckets yields the names of the log buckets; after an error there are no more.
func (j *bucketJudge) logBuckets(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		targets, err := j.targets(ctx)
		if err != nil {
			yield("", err)
			return
		}
		pages := s3.NewListBucketsPaginator(j.place.Account.S3(j.place.Region), &s3.ListBucketsInput{
			BucketRegion: aws.String(j.place.Region), MaxBuckets: aws.Int32(bucketPage),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", err)
				return
			}
			names := make([]string, len(page.Buckets))
			for i, found := range page.Buckets {
				names[i] = aws.ToString(found.Name)
			}
			kept, err := j.keep(ctx, names, targets)
			if err != nil {
				yield("", err)
				return
			}
			for _, name := range kept {
				if !yield(name, nil) {
					return
				}
			}
		}
		if j.read == 0 && j.denial != nil {
			yield("", j.denial)
		}
	}
}

// targets are the buckets that the trails which apply to the region deliver to. The
// answer has no pages.
func (j *bucketJudge) targets(ctx context.Context) ([]string, error) {
	out, err := j.place.Account.CloudTrail(j.place.Region).DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{
		IncludeShadowTrails: aws.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	names := make([]string, len(out.TrailList))
	for i, trail := range out.TrailList {
		names[i] = aws.ToString(trail.S3BucketName)
	}
	return names, nil
}

// keep reads the policies of some buckets side by side, and keeps the log buckets.
func (j *bucketJudge) keep(ctx context.Context, names, targets []string) ([]string, error) {
	policies, denials := make([]bucket, len(names)), make([]error, len(names))
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(policiesAtOnce)
	for i, name := range names {
		calls.Go(func() error {
			err := bucketCallsIn(j.place, name).readPolicy(ctx, &policies[i])
			if errors.Is(err, account.ErrDenied) {
				denials[i] = fmt.Errorf("reading the policy of the bucket %s: %w", name, err)
				return nil
			}
			if errors.Is(err, account.ErrNotFound) {
				return nil
			}
			return err
		})
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	var kept []string
	for i, name := range names {
		named := slices.Contains(targets, name)
		switch {
		case denials[i] == nil:
			j.read++
		case !named:
			j.unread, j.denial = append(j.unread, name), denials[i]
		}
		if named || delivers(policies[i].Policy) {
			kept = append(kept, name)
		}
	}
	return kept, nil
}

// warn names each bucket that may be a log bucket and is not listed.
func (j *bucketJudge) warn(diags *diag.Diagnostics) {
	for _, name := range j.unread {
		framework.Warn(diags, fmt.Sprintf("Bucket %q (%s)", name, j.place.Account.ID), "left out, its policy cannot be read",
			"It may be a log bucket. Allow the action s3:GetBucketPolicy on it to the role that runs Terraform; the policy of the "+
				"bucket itself, or one of the organization, can deny it too.")
	}
}

// delivers tells whether a bucket policy allows CloudTrail, by its name, to put
// objects. A policy that cannot be understood counts as one that does: better one
// bucket too many.
func delivers(text string) bool {
	if text == "" {
		return false
	}
	document, err := policy.Parse(text)
	if err != nil {
		return true
	}
	return slices.ContainsFunc(document.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && slices.Contains(s.Principal[policy.PrincipalService], cloudTrailService) &&
			(len(s.NotAction) > 0 || slices.ContainsFunc(s.Action, putsObjects))
	})
}

func putsObjects(pattern string) bool {
	return policy.MatchWildcard(strings.ToLower(pattern), "s3:putobject")
}
