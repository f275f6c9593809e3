package localaws

import (
	"slices"
	"strings"
)

// namedBy are the request parameters that name a resource, in the words of records, with its type in LookupEvents.
// IAM is found by names; elsewhere the parameter mostly is the ARN.
var namedBy = map[string][]struct{ param, kind string }{
	"iam": {
		{"userName", "AWS::IAM::User"},
		{"groupName", "AWS::IAM::Group"},
		{"roleName", "AWS::IAM::Role"},
		{"policyName", "AWS::IAM::Policy"},
		{"policyArn", "AWS::IAM::Policy"},
		{"accessKeyId", "AWS::IAM::AccessKey"},
		{"serialNumber", "AWS::IAM::MfaDevice"},
		{"virtualMFADeviceName", "AWS::IAM::MfaDevice"},
		{"instanceProfileName", "AWS::IAM::InstanceProfile"},
		{"serverCertificateName", "AWS::IAM::ServerCertificate"},
		{"openIDConnectProviderArn", "AWS::IAM::OpenIDConnectProvider"},
		{"sAMLProviderArn", "AWS::IAM::SAMLProvider"},
	},
	"s3":  {{"bucketName", "AWS::S3::Bucket"}},
	"kms": {{"keyId", "AWS::KMS::Key"}},
	"sts": {{"roleArn", "AWS::IAM::Role"}},
	"sns": {{"topicArn", "AWS::SNS::Topic"}},
	"cloudtrail": {
		{"name", "AWS::CloudTrail::Trail"},
		{"trailName", "AWS::CloudTrail::Trail"},
		{"resourceId", "AWS::CloudTrail::Trail"},
		{"s3BucketName", "AWS::S3::Bucket"},
	},
	"events": {{"rule", "AWS::Events::Rule"}, {"name", "AWS::Events::Rule"}},
}

// resourcesOf reads the resources from requestParameters.
func resourcesOf(service string, params map[string]any) []resource {
	var found []resource
	for _, by := range namedBy[service] {
		if name := text(params[by.param]); name != "" {
			found = append(found, resource{kind: by.kind, name: name})
		}
	}
	return found
}

// resources are what the call is about. A denied call has no parameters in its record, and is not found by name either.
func (x *exchange) resources() []resource {
	if deniedCode(x.call.ErrorCode) && x.call.Service != "s3" {
		return nil
	}
	if x.call.Service == "s3" {
		return resourcesOf("s3", map[string]any{"bucketName": x.call.Params["Bucket"]})
	}
	params, _ := recordValue("", x.call.Params).(map[string]any)
	found := resourcesOf(x.call.Service, params)
	for i, r := range found {
		if r.kind == "AWS::CloudTrail::Trail" && !strings.HasPrefix(r.name, "arn:") {
			found[i].name = x.trailARN(r.name)
		}
	}
	return slices.Clip(found)
}
