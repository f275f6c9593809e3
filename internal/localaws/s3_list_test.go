package localaws_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Buckets are listed page by page, those of one region where one is asked for.
func TestS3_listBuckets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	here := &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	for _, name := range []string{"c", "a", "b"} {
		do(t, b.s3.CreateBucket, &s3.CreateBucketInput{Bucket: aws.String(name + "-list-" + b.ID), CreateBucketConfiguration: here})
	}
	virginia := as(b.Account, b.as, "us-east-1")
	do(t, virginia.s3.CreateBucket, &s3.CreateBucketInput{Bucket: aws.String("d-list-" + b.ID)})
	for asked, want := range map[string][]string{region: {"ab", "c"}, "us-east-1": {"d"}, "": {"ab", "cd"}} {
		var got []string
		pages := s3.NewListBucketsPaginator(b.s3, &s3.ListBucketsInput{BucketRegion: textOrNil(asked), MaxBuckets: aws.Int32(2)})
		for pages.HasMorePages() {
			names := ""
			for _, bucket := range must[*s3.ListBucketsOutput](t)(pages.NextPage(t.Context())).Buckets {
				names += (*bucket.Name)[:1]
				if aws.ToString(bucket.BucketRegion) != asked {
					t.Errorf("%s is in %s", *bucket.Name, aws.ToString(bucket.BucketRegion))
				}
			}
			got = append(got, names)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the pages of %q are %v, want %v", asked, got, want)
		}
	}
	_, err := b.s3.ListBuckets(t.Context(), &s3.ListBucketsInput{ContinuationToken: aws.String("?")})
	wantCode(t, err, "InvalidArgument")
	_, err = b.s3.ListBuckets(t.Context(), &s3.ListBucketsInput{MaxBuckets: aws.Int32(10001)})
	wantCode(t, err, "InvalidArgument")
}

func textOrNil(text string) *string {
	if text == "" {
		return nil
	}
	return aws.String(text)
}
