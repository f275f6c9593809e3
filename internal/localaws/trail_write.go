package localaws

import (
	"net/http"
	"regexp"
	"strings"
)

const trailPrefixLimit = 200

// createTrail makes a trail that does not log yet.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
func (x *exchange) createTrail(in trailInput) (*answer, error) {
	if err := checkTrailName(in.Name); err != nil {
		return nil, err
	}
	here := 0
	for _, t := range x.account.trails.list {
		if t.name == in.Name && (t.region == x.call.Region || t.multi) {
			return nil, refuse("TrailAlreadyExistsException",
				"Trail %s already exists for customer: %s", in.Name, x.account.ID)
		}
		if t.region == x.call.Region || t.multi {
			here++
		}
	}
	if here >= trailsPerRegion {
		return nil, refuse("MaximumNumberOfTrailsExceededException",
			"User: %s already has %d trails in %s.", x.account.ID, here, x.call.Region)
	}
	if in.S3BucketName == nil {
		return nil, refuse("InvalidS3BucketNameException", "Bucket name cannot be blank!")
	}
	if err := checkTags(in.TagsList, nil); err != nil {
		return nil, err
	}
	t := &trail{
		name: in.Name, region: x.call.Region, arn: trailARN(x.call.Region, x.account.ID, in.Name), global: true,
		basic: defaultSelectors(), tags: in.TagsList,
	}
	if err := x.change(t, in); err != nil {
		return nil, err
	}
	x.account.trails.list = append(x.account.trails.list, t)
	return answerJSON(t.described())
}

// updateTrail changes what was sent, and nothing else; an empty text clears.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
func (x *exchange) updateTrail(in trailInput) (*answer, error) {
	t, err := x.ownTrail(in.Name)
	if err != nil {
		return nil, err
	}
	changed := *t
	if err := x.change(&changed, in); err != nil {
		return nil, err
	}
	*t = changed
	return answerJSON(t.described())
}

// change puts the fields that were sent into the trail, and checks the trail that comes out.
func (x *exchange) change(t *trail, in trailInput) error {
	setBool(&t.global, in.IncludeGlobalServiceEvents)
	setBool(&t.multi, in.IsMultiRegionTrail)
	setBool(&t.validation, in.EnableLogFileValidation)
	setBool(&t.org, in.IsOrganizationTrail)
	setText(&t.bucket, in.S3BucketName)
	setText(&t.prefix, in.S3KeyPrefix)
	setText(&t.topic, in.SnsTopicName)
	setText(&t.logGroup, in.CloudWatchLogsLogGroupArn)
	setText(&t.logRole, in.CloudWatchLogsRoleArn)
	setText(&t.key, in.KmsKeyId)
	if t.multi && !t.global {
		return refuse("InvalidParameterCombinationException",
			"Multi-Region trail must include global service events.")
	}
	checks := []struct {
		needed bool
		check  func(*trail) error
	}{
		{true, x.checkBucket},
		{in.SnsTopicName != nil, x.checkTopic},
		{in.KmsKeyId != nil, x.checkTrailKey},
		{in.CloudWatchLogsLogGroupArn != nil || in.CloudWatchLogsRoleArn != nil, x.checkLogGroup},
	}
	for _, c := range checks {
		if !c.needed {
			continue
		}
		if err := c.check(t); err != nil {
			return err
		}
	}
	return nil
}

func setBool(field *bool, sent *bool) {
	if sent != nil {
		*field = *sent
	}
}

func setText(field *string, sent *string) {
	if sent != nil {
		*field = *sent
	}
}

// asTrail is what CloudTrail presents to a resource policy.
func (x *exchange) asTrail(t *trail, action, resource string) request {
	return request{
		service: "cloudtrail.amazonaws.com", action: action, resource: resource,
		context: map[string]string{
			"aws:sourcearn": t.arn, "aws:sourceaccount": x.account.ID, "aws:securetransport": "true",
			"s3:x-amz-acl": "bucket-owner-full-control", "aws:principalisawsservice": "true",
			"aws:principalservicename":                 "cloudtrail.amazonaws.com",
			"kms:encryptioncontext:aws:cloudtrail:arn": t.arn,
		},
	}
}

// checkBucket reads the bucket policy as CloudTrail does: it must find the bucket, and may write below the prefix.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
func (x *exchange) checkBucket(t *trail) error {
	if t.bucket == "" {
		return refuse("InvalidS3BucketNameException", "Bucket name cannot be blank!")
	}
	if len(t.prefix) > trailPrefixLimit {
		return refuse("InvalidS3PrefixException", "S3 prefix is longer than maximum length: %d", trailPrefixLimit)
	}
	head, err := x.askS3(http.MethodHead, "/"+t.bucket, "")
	if err != nil {
		return err
	}
	if head.status != http.StatusOK {
		return refuse("S3BucketDoesNotExistException", "S3 bucket %s does not exist!", t.bucket)
	}
	allowed, err := x.bucketAllows(t)
	if err == nil && !allowed {
		return refuse("InsufficientS3BucketPolicyException", "Incorrect S3 bucket policy is detected for bucket: %s", t.bucket)
	}
	return err
}

func (x *exchange) bucketAllows(t *trail) (bool, error) {
	held, err := x.askS3(http.MethodGet, "/"+t.bucket+"?policy", "")
	if err != nil || held.status != http.StatusOK {
		return false, err
	}
	policy, err := parsePolicy(string(x.server.bucketPolicy(t.bucket, held.body)))
	if err != nil {
		return false, err
	}
	owners := []string{x.account.ID}
	if t.org {
		organization, err := x.organization()
		if err != nil {
			return false, err
		}
		owners = append(owners, organization)
	}
	bucket := "arn:" + partitionOf(t.region) + ":s3:::" + t.bucket
	prefix := strings.Trim(t.prefix, "/")
	if prefix != "" {
		prefix += "/"
	}
	allowed := policy.allows(x.asTrail(t, "s3:GetBucketAcl", bucket))
	for _, owner := range owners {
		object := bucket + "/" + prefix + "AWSLogs/" + owner + "/CloudTrail/" + t.region + "/2026/01/01/log.json.gz"
		allowed = allowed && policy.allows(x.asTrail(t, "s3:PutObject", object))
	}
	return allowed, nil
}

// organization is the ID of the organization whose management account calls.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-trail-organization.html
func (x *exchange) organization() (string, error) {
	var out struct {
		Organization struct{ Id, MasterAccountId, FeatureSet string } //nolint:revive // the names on the wire
	}
	const describe = "AWSOrganizationsV20161128.DescribeOrganization"
	ok, err := x.askJSON("organizations", "us-east-1", describe, map[string]string{}, &out)
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "", refuse("OrganizationsNotInUseException", "The account %s is not in an organization.", x.account.ID)
	case out.Organization.MasterAccountId != x.account.ID:
		return "", refuse("NotOrganizationMasterAccountException",
			"The account %s is not the management account of the organization.", x.account.ID)
	case out.Organization.FeatureSet != "ALL":
		return "", refuse("OrganizationNotInAllFeaturesModeException", "The organization does not have all features.")
	}
	return out.Organization.Id, nil
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}(\.fifo)?$`)

// checkTopic takes a name or an ARN; the topic must be there and let CloudTrail publish.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html
func (x *exchange) checkTopic(t *trail) error {
	if t.topic == "" {
		t.topicARN = ""
		return nil
	}
	arn := t.topic
	if !strings.HasPrefix(arn, "arn:") {
		if !topicName.MatchString(t.topic) {
			return refuse("InvalidSnsTopicNameException", "SNS topic name is not valid: %s", t.topic)
		}
		arn = "arn:" + partitionOf(t.region) + ":sns:" + t.region + ":" + x.account.ID + ":" + t.topic
	}
	bad := refuse("InsufficientSnsTopicPolicyException", "SNS Topic does not exist or the topic policy is incorrect!")
	found, err := x.askQuery("sns", "2010-03-31", "GetTopicAttributes", "TopicArn", arn)
	if err != nil {
		return err
	}
	attributes := found.find("Attributes")
	if attributes == nil {
		return bad
	}
	for _, entry := range attributes.children {
		if entry.textAt("key") != "Policy" {
			continue
		}
		policy, err := parsePolicy(entry.textAt("value"))
		if err == nil && policy.allows(x.asTrail(t, "sns:Publish", arn)) {
			t.topicARN = arn
			return nil
		}
	}
	return bad
}

var keyForm = regexp.MustCompile(
	`^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+|alias/.+|[A-Za-z0-9-]{36}|mrk-[a-z0-9]{32})$`)

// checkTrailKey resolves an ID or alias; the key must be in the region of the bucket and let CloudTrail make data keys.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
func (x *exchange) checkTrailKey(t *trail) error {
	if t.key == "" {
		return nil
	}
	if !keyForm.MatchString(t.key) {
		return refuse("InvalidKmsKeyIdException", "KMS key ID is not valid: %s", t.key)
	}
	region := t.region
	if strings.HasPrefix(t.key, "arn:") {
		region = strings.Split(t.key, ":")[3]
	}
	missing := refuse("KmsKeyNotFoundException",
		"The KMS key %s does not exist, or it is not in the Region of the S3 bucket.", t.key)
	bucketRegion, err := x.bucketRegion(t.bucket)
	if err != nil {
		return err
	}
	var key struct {
		KeyMetadata struct{ Arn, KeyState string }
	}
	found, err := x.askJSON("kms", region, "TrentService.DescribeKey", map[string]string{"KeyId": t.key}, &key)
	if err != nil {
		return err
	}
	if !found || region != bucketRegion {
		return missing
	}
	if key.KeyMetadata.KeyState != "Enabled" {
		return refuse("KmsException", "The KMS key %s is %s.", t.key, key.KeyMetadata.KeyState)
	}
	var out struct{ Policy string }
	arn := key.KeyMetadata.Arn
	_, err = x.askJSON("kms", region, "TrentService.GetKeyPolicy", map[string]string{"KeyId": arn, "PolicyName": "default"}, &out)
	if err != nil {
		return err
	}
	policy, err := parsePolicy(out.Policy)
	if err != nil || !policy.allows(x.asTrail(t, "kms:GenerateDataKey", arn)) {
		return refuse("InsufficientEncryptionPolicyException",
			"Insufficient permissions to access S3 bucket %s or KMS key %s.", t.bucket, arn)
	}
	t.key = arn
	return nil
}

func (x *exchange) bucketRegion(bucket string) (string, error) {
	a, err := x.askS3(http.MethodGet, "/"+bucket+"?location", "")
	if err != nil {
		return "", err
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return "", err
	}
	if region := strings.TrimSpace(tree.text); region != "" {
		return region, nil
	}
	return "us-east-1", nil
}
