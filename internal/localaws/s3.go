package localaws

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

const s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// Defaults of a new bucket since January and April 2023.
// See https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html and
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html
const (
	defaultEncryption = `<ServerSideEncryptionConfiguration xmlns="` + s3Namespace + `"><Rule>` +
		`<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>` +
		`<BucketKeyEnabled>false</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`
	defaultAccessBlock = `<PublicAccessBlockConfiguration xmlns="` + s3Namespace + `"><BlockPublicAcls>true</BlockPublicAcls>` +
		`<IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>` +
		`<RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>`
	defaultOwnership = `<OwnershipControls xmlns="` + s3Namespace + `"><Rule><ObjectOwnership>%s</ObjectOwnership></Rule>` +
		`</OwnershipControls>`
)

// createBucket gives a new bucket the defaults of AWS by setting them in moto once, so that a later delete of one of them
// answers as AWS does without any memory here.
func (x *exchange) createBucket() (*answer, error) {
	bucket := text(x.call.Params["Bucket"])
	held, err := x.askS3(http.MethodHead, "/"+bucket, "")
	if err != nil {
		return nil, err
	}
	a, err := x.forward()
	if err != nil || a.status != http.StatusOK || held.status == http.StatusOK {
		return a, err
	}
	owner := text(x.call.Params["x-amz-object-ownership"])
	if owner == "" {
		owner = "BucketOwnerEnforced"
	}
	for part, body := range map[string]string{
		"encryption": defaultEncryption, "publicAccessBlock": defaultAccessBlock,
		"ownershipControls": fmt.Sprintf(defaultOwnership, owner),
	} {
		set, err := x.askS3(http.MethodPut, "/"+bucket+"?"+part, body)
		if err != nil {
			return nil, err
		}
		if set.status >= http.StatusBadRequest {
			return nil, fmt.Errorf("set the default %s of a bucket: HTTP %d: %s", part, set.status, set.body)
		}
	}
	return a, nil
}

// deleteBucketEncryption falls back to the default; a bucket is never without encryption.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
func (x *exchange) deleteBucketEncryption() (*answer, error) {
	a, err := x.forward()
	if err != nil || a.status >= http.StatusBadRequest {
		return a, err
	}
	_, err = x.askS3(http.MethodPut, "/"+text(x.call.Params["Bucket"])+"?encryption", defaultEncryption)
	return a, err
}

// putBucketPolicy checks that the text is a policy, which moto does not. moto holds every Deny against everybody, whatever its
// condition and principal say, so it gets the policy without those that are limited, and the text that was sent is kept here.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
func (x *exchange) putBucketPolicy() (*answer, error) {
	bucket := text(x.call.Params["Bucket"])
	kept, err := checkBucketPolicy(bucket, x.body)
	if err != nil {
		return nil, err
	}
	a, err := x.withBody(kept).forward()
	if err == nil && a.status < http.StatusBadRequest {
		x.server.policies.Store(bucket, slices.Clone(x.body))
	}
	return a, err
}

// checkBucketPolicy refuses what S3 refuses, and gives back what moto can judge.
func checkBucketPolicy(bucket string, policy []byte) ([]byte, error) {
	var raw struct{ Statement json.RawMessage }
	if err := json.Unmarshal(policy, &raw); err != nil {
		return nil, refuse("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
	}
	if len(raw.Statement) == 0 {
		return nil, refuse("MalformedPolicy", "Missing required field Statement")
	}
	document, err := parsePolicy(string(policy))
	if err != nil {
		return nil, refuse("MalformedPolicy", "%v", err)
	}
	var statements []any
	if json.Unmarshal(raw.Statement, &statements) != nil {
		statements = []any{raw.Statement}
	}
	kept := []any{}
	for i, s := range document.statements {
		if message := s.badForBucket(bucket); message != "" {
			return nil, refuse("MalformedPolicy", "%s", message)
		}
		everybody := slices.Contains(s.principals["*"], "*") || slices.Contains(s.principals["AWS"], "*")
		if s.effect == "Allow" || everybody && !s.notPrincipal && len(s.conditions) == 0 {
			kept = append(kept, statements[i])
		}
	}
	return json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": kept})
}

// getBucketPolicy answers the text that was sent, as long as moto has a policy at all.
func (x *exchange) getBucketPolicy() (*answer, error) {
	a, err := x.forward()
	if err == nil && a.status == http.StatusOK {
		a.body = x.server.bucketPolicy(text(x.call.Params["Bucket"]), a.body)
	}
	return a, err
}

func (s *Server) bucketPolicy(bucket string, held []byte) []byte {
	if sent, ok := s.policies.Load(bucket); ok {
		if policy, ok := sent.([]byte); ok {
			return policy
		}
	}
	return held
}

// getObjectLock leaves out the unit that is not set, which moto answers as 0.
// See https://docs.aws.amazon.com/AmazonS3/latest/API/API_DefaultRetention.html
func (x *exchange) getObjectLock() (*answer, error) {
	a, err := x.forward()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	if retention := tree.find("Rule", "DefaultRetention"); retention != nil {
		retention.children = slices.DeleteFunc(retention.children, func(n *node) bool { return n.text == "0" })
		a.body = tree.render()
	}
	return a, nil
}
