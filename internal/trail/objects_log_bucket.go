package trail

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// maxCountedPages bounds the counting of a bucket that cannot be deleted: 100
// pages are 100,000 objects.
const maxCountedPages = 100

// count counts objects and versions; more says that there are more than that.
func (c bucketCalls) count(ctx context.Context) (n int, more bool, err error) {
	pages := s3.NewListObjectVersionsPaginator(c.client, &s3.ListObjectVersionsInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
	for page := 0; pages.HasMorePages(); page++ {
		if page == maxCountedPages {
			return n, true, nil
		}
		answer, err := pages.NextPage(ctx)
		if err != nil {
			return n, false, err
		}
		n += len(answer.Versions) + len(answer.DeleteMarkers)
	}
	return n, false, nil
}

// empty deletes every object, version and delete marker, a page at a time, and
// reports how many after each page.
func (c bucketCalls) empty(ctx context.Context, progress func(deleted int)) error {
	deleted := 0
	for {
		page, err := c.client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: c.name, ExpectedBucketOwner: c.owner})
		if err != nil {
			return err
		}
		var objects []types.ObjectIdentifier
		for _, version := range page.Versions {
			objects = append(objects, types.ObjectIdentifier{Key: version.Key, VersionId: version.VersionId})
		}
		for _, marker := range page.DeleteMarkers {
			objects = append(objects, types.ObjectIdentifier{Key: marker.Key, VersionId: marker.VersionId})
		}
		if len(objects) == 0 {
			return nil
		}
		for batch := range slices.Chunk(objects, 1000) {
			if err := c.deleteBatch(ctx, batch); err != nil {
				return err
			}
			deleted += len(batch)
			progress(deleted)
		}
	}
}

func (c bucketCalls) deleteBatch(ctx context.Context, batch []types.ObjectIdentifier) error {
	out, err := c.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: c.name, ExpectedBucketOwner: c.owner, Delete: &types.Delete{Objects: batch, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return err
	}
	if len(out.Errors) > 0 {
		first := out.Errors[0]
		return errors.New(
			"S3 refused to delete " + aws.ToString(first.Key) + ": " + aws.ToString(first.Code) + ": " + aws.ToString(first.Message),
		)
	}
	return nil
}
