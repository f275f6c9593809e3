package providertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const (
	anyPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`
	trustEC2  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},` +
		`"Action":"sts:AssumeRole"}]}`
)

// fields are those of an IAM request by their names in the API.
type fields map[string]any

// iamCall is one call of IAM.
type iamCall struct {
	operation string
	fields    fields
}

// removals makes the calls of the preset iam_removal in one account.
type removals struct {
	client  *iam.Client
	account string
}

// Removals makes every object that the 33 calls of the preset iam_removal need, then
// makes each call as a principal of the stage, and hands the name of the operation over
// after it.
func (s *Stage) Removals(tb testing.TB, as localaws.Principal, each func(operation string)) {
	tb.Helper()
	r := removals{client: iam.NewFromConfig(s.SDK(as)), account: s.ID}
	_, err := organizations.NewFromConfig(s.SDK(as)).CreateOrganization(tb.Context(),
		&organizations.CreateOrganizationInput{FeatureSet: types.OrganizationFeatureSetAll})
	if err != nil {
		tb.Fatal(err)
	}
	for _, call := range r.preparation(tb) {
		r.make(tb, call)
	}
	first, second := s.DeviceCodes(r.arn("mfa/d"))
	r.make(tb, iamCall{"EnableMFADevice", fields{
		"UserName": "u", "SerialNumber": r.arn("mfa/d"), "AuthenticationCode1": first, "AuthenticationCode2": second,
	}})
	for _, call := range r.calls(tb) {
		r.make(tb, call)
		each(call.operation)
	}
}

func (r removals) arn(resource string) string { return "arn:aws:iam::" + r.account + ":" + resource }

// make makes one call and gives its answer.
func (r removals) make(tb testing.TB, call iamCall) reflect.Value {
	tb.Helper()
	method := reflect.ValueOf(r.client).MethodByName(call.operation)
	in := reflect.New(method.Type().In(1).Elem())
	for name, value := range call.fields {
		if text, ok := value.(string); ok {
			value = aws.String(text)
		}
		in.Elem().FieldByName(name).Set(reflect.ValueOf(value))
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(tb.Context()), in})
	if err, failed := reflect.TypeAssert[error](out[1]); failed {
		tb.Fatalf("%s: %v", call.operation, err)
	}
	return out[0].Elem()
}

// text is a text in an answer, by the names on the way to it.
func (r removals) text(tb testing.TB, call iamCall, structure, field string) string {
	tb.Helper()
	found, ok := reflect.TypeAssert[*string](r.make(tb, call).FieldByName(structure).Elem().FieldByName(field))
	if !ok {
		tb.Fatalf("%s answers no %s", call.operation, field)
	}
	return aws.ToString(found)
}

func (r removals) preparation(tb testing.TB) []iamCall {
	tb.Helper()
	policy, user := r.arn("policy/p"), fields{"UserName": "u"}
	return []iamCall{
		{"CreateUser", user},
		{"CreateGroup", fields{"GroupName": "g"}},
		{"CreateRole", fields{"RoleName": "r", "AssumeRolePolicyDocument": trustEC2}},
		{"CreatePolicy", fields{"PolicyName": "p", "PolicyDocument": anyPolicy}},
		{
			"CreateOpenIDConnectProvider",
			fields{
				"Url":            "https://id.example.com",
				"ClientIDList":   []string{"one", "two"},
				"ThumbprintList": []string{strings.Repeat("0123456789", 4)},
			},
		},
		{"CreateVirtualMFADevice", fields{"VirtualMFADeviceName": "d"}},
		{"CreateInstanceProfile", fields{"InstanceProfileName": "i"}},
		{"AddUserToGroup", fields{"GroupName": "g", "UserName": "u"}},
		{"CreateSAMLProvider", fields{"Name": "s", "SAMLMetadataDocument": strings.Repeat("x", 1000)}},
		{"UpdateAccountPasswordPolicy", fields{"MinimumPasswordLength": aws.Int32(14)}},
		{"PutUserPermissionsBoundary", fields{"UserName": "u", "PermissionsBoundary": policy}},
		{"PutRolePermissionsBoundary", fields{"RoleName": "r", "PermissionsBoundary": policy}},
		{"AttachUserPolicy", fields{"UserName": "u", "PolicyArn": policy}},
		{"AttachGroupPolicy", fields{"GroupName": "g", "PolicyArn": policy}},
		{"AttachRolePolicy", fields{"RoleName": "r", "PolicyArn": policy}},
		{"PutUserPolicy", fields{"UserName": "u", "PolicyName": "x", "PolicyDocument": anyPolicy}},
		{"PutGroupPolicy", fields{"GroupName": "g", "PolicyName": "x", "PolicyDocument": anyPolicy}},
		{"PutRolePolicy", fields{"RoleName": "r", "PolicyName": "x", "PolicyDocument": anyPolicy}},
		{"CreatePolicyVersion", fields{"PolicyArn": policy, "PolicyDocument": anyPolicy, "SetAsDefault": true}},
		{"CreateServiceLinkedRole", fields{"AWSServiceName": "autoscaling.amazonaws.com"}},
		{"AddRoleToInstanceProfile", fields{"InstanceProfileName": "i", "RoleName": "r"}},
		{"CreateLoginProfile", fields{"UserName": "u", "Password": "Sup3r-secret-7!"}},
		{"CreateAccountAlias", fields{"AccountAlias": "a" + r.account}},
		{"EnableOrganizationsRootCredentialsManagement", nil},
		{"EnableOrganizationsRootSessions", nil},
		{"EnableOutboundWebIdentityFederation", nil},
		{"UploadServerCertificate", fields{
			"ServerCertificateName": "c", "CertificateBody": certificate(tb), "PrivateKey": "key",
		}},
	}
}

func certificate(tb testing.TB) string {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

// calls are the removals in an order in which each succeeds.
func (r removals) calls(tb testing.TB) []iamCall {
	tb.Helper()
	user, policy, oidc, device := fields{"UserName": "u"}, r.arn("policy/p"), r.arn("oidc-provider/id.example.com"), r.arn("mfa/d")
	key := r.text(tb, iamCall{"CreateAccessKey", user}, "AccessKey", "AccessKeyId")
	ssh := r.text(tb, iamCall{"UploadSSHPublicKey", fields{"UserName": "u", "SSHPublicKeyBody": "ssh-rsa AAAA"}},
		"SSHPublicKey", "SSHPublicKeyId")
	signing := r.text(tb, iamCall{"UploadSigningCertificate", fields{"UserName": "u", "CertificateBody": certificate(tb)}},
		"Certificate", "CertificateId")
	password := r.text(tb, iamCall{
		"CreateServiceSpecificCredential", fields{"UserName": "u", "ServiceName": "codecommit.amazonaws.com"},
	}, "ServiceSpecificCredential", "ServiceSpecificCredentialId")
	return []iamCall{
		{"RemoveUserFromGroup", fields{"UserName": "u", "GroupName": "g"}},
		{"RemoveClientIDFromOpenIDConnectProvider", fields{"OpenIDConnectProviderArn": oidc, "ClientID": "one"}},
		{"DeleteOpenIDConnectProvider", fields{"OpenIDConnectProviderArn": oidc}},
		{"DeleteSAMLProvider", fields{"SAMLProviderArn": r.arn("saml-provider/s")}},
		{"DeactivateMFADevice", fields{"UserName": "u", "SerialNumber": device}},
		{"DeleteVirtualMFADevice", fields{"SerialNumber": device}},
		{"DeleteAccountPasswordPolicy", nil},
		{"DeleteUserPermissionsBoundary", user},
		{"DeleteRolePermissionsBoundary", fields{"RoleName": "r"}},
		{"DetachUserPolicy", fields{"UserName": "u", "PolicyArn": policy}},
		{"DetachGroupPolicy", fields{"GroupName": "g", "PolicyArn": policy}},
		{"DetachRolePolicy", fields{"RoleName": "r", "PolicyArn": policy}},
		{"DeleteUserPolicy", fields{"UserName": "u", "PolicyName": "x"}},
		{"DeleteGroupPolicy", fields{"GroupName": "g", "PolicyName": "x"}},
		{"DeleteRolePolicy", fields{"RoleName": "r", "PolicyName": "x"}},
		{"DeletePolicyVersion", fields{"PolicyArn": policy, "VersionId": "v1"}},
		{"DeletePolicy", fields{"PolicyArn": policy}},
		{"DeleteGroup", fields{"GroupName": "g"}},
		{"RemoveRoleFromInstanceProfile", fields{"InstanceProfileName": "i", "RoleName": "r"}},
		{"DeleteInstanceProfile", fields{"InstanceProfileName": "i"}},
		{"DeleteRole", fields{"RoleName": "r"}},
		{"DeleteServiceLinkedRole", fields{"RoleName": "AWSServiceRoleForAutoScaling"}},
		{"DeleteLoginProfile", user},
		{"DeleteAccessKey", fields{"UserName": "u", "AccessKeyId": key}},
		{"DeleteSSHPublicKey", fields{"UserName": "u", "SSHPublicKeyId": ssh}},
		{"DeleteServiceSpecificCredential", fields{"UserName": "u", "ServiceSpecificCredentialId": password}},
		{"DeleteSigningCertificate", fields{"UserName": "u", "CertificateId": signing}},
		{"DeleteUser", user},
		{"DeleteServerCertificate", fields{"ServerCertificateName": "c"}},
		{"DeleteAccountAlias", fields{"AccountAlias": "a" + r.account}},
		{"DisableOrganizationsRootCredentialsManagement", nil},
		{"DisableOrganizationsRootSessions", nil},
		{"DisableOutboundWebIdentityFederation", nil},
	}
}
