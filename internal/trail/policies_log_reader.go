package trail

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// logReader is what a log reader policy opens; what is "" is left out.
//
// A trail's ARN opens the settings of the trail, and a bucket opens log files. The
// bucket is an argument of its own, and is not looked up from the trail: a document
// that a plan shows must follow from the configuration alone, or a trail that
// somebody points at another bucket would silently widen the policy to that one.
type logReader struct {
	trailARN, bucket, prefix, keyARN, logGroupARN string
	// lookup opens the event history, which has no resource to narrow it to.
	lookup bool
}

// Actions by which the statements of a reader are told apart.
const (
	readsTrail    = "cloudtrail:GetTrail"
	readsFiles    = "s3:GetObject"
	decrypts      = "kms:Decrypt"
	readsLogGroup = "logs:FilterLogEvents"
	looksUp       = "cloudtrail:LookupEvents"
)

// policy is the document that opens it, normalised as a document read from AWS is.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/security_iam_id-based-policy-examples.html
func (r logReader) policy(partition string) policy.Document {
	var statements []policy.Statement
	allow := func(sid string, actions, resources []string, condition policy.Condition) {
		statements = append(statements, policy.Statement{
			Sid: sid, Effect: policy.Allow, Action: actions, Resource: resources, Condition: condition,
		})
	}
	if r.lookup {
		allow("LookUpEvents", []string{looksUp}, []string{"*"}, nil)
	}
	if r.trailARN != "" {
		allow("ReadTrail", []string{
			readsTrail, "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors", "cloudtrail:GetInsightSelectors",
			"cloudtrail:ListTags",
		}, []string{r.trailARN}, nil)
	}
	if r.bucket != "" {
		bucket, files := bucketARN(partition, r.bucket), r.files()
		allow("FindLogFiles", []string{"s3:ListBucket", "s3:ListBucketVersions"}, []string{bucket},
			policy.Condition{"StringLike": {"s3:prefix": {files, files + "/*"}}})
		allow("FindBucket", []string{"s3:GetBucketLocation"}, []string{bucket}, nil)
		allow("ReadLogFiles", []string{readsFiles, "s3:GetObjectVersion"}, []string{bucket + "/" + files + "/*"}, nil)
	}
	if r.keyARN != "" {
		allow("DecryptLogFiles", []string{decrypts}, []string{r.keyARN}, viaS3(r.keyARN))
	}
	if group := trimStar(r.logGroupARN); group != "" {
		allow(
			"ReadLogGroup",
			[]string{readsLogGroup, "logs:DescribeLogStreams", "logs:GetLogEvents"},
			[]string{group, group + ":*"},
			nil,
		)
	}
	return documentOf(statements...).Normalised()
}

// files is the folder that CloudTrail delivers to.
func (r logReader) files() string {
	if r.prefix == "" {
		return "AWSLogs"
	}
	return r.prefix + "/AWSLogs"
}

// viaS3 lets a key decrypt only what S3 of the key's region hands out.
func viaS3(keyARN string) policy.Condition {
	region := "*"
	if parsed, err := arn.Parse(keyARN); err == nil {
		region = parsed.Region
	}
	return policy.Condition{"StringLike": {"kms:ViaService": {"s3." + region + ".*"}}}
}

// readerOf reads back what a document opens, for an import. What our own documents
// do not say is left out.
func readerOf(text string) logReader {
	var reader logReader
	document, err := policy.Parse(text)
	if err != nil {
		return reader
	}
	for _, statement := range document.Statements {
		if statement.Effect != policy.Allow || len(statement.Resource) == 0 {
			continue
		}
		resource := slices.Min(statement.Resource)
		opens := func(action string) bool { return slices.Contains(statement.Action, action) }
		switch {
		case opens(looksUp):
			reader.lookup = true
		case opens(readsTrail):
			reader.trailARN = resource
		case opens(readsFiles):
			reader.bucket, reader.prefix = bucketOf(resource)
		case opens(decrypts):
			reader.keyARN = resource
		case opens(readsLogGroup):
			reader.logGroupARN = trimStar(resource)
		}
	}
	return reader
}

// bucketOf splits an ARN such as arn:aws:s3:::bucket/prefix/AWSLogs/*.
func bucketOf(text string) (bucket, prefix string) {
	parsed, err := arn.Parse(text)
	if err != nil {
		return "", ""
	}
	bucket, key, _ := strings.Cut(parsed.Resource, "/")
	return bucket, strings.TrimSuffix(strings.TrimSuffix(key, "AWSLogs/*"), "/")
}
