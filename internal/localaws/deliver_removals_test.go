package localaws_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// prepared is an account with all that can be removed from it.
type prepared struct {
	policy, oidc, saml, device      string
	key, ssh, certificate, password string
}

var (
	userU, groupG, roleR = aws.String("u"), aws.String("g"), aws.String("r")
	inlineX              = aws.String("x")
)

func certificatePEM(t *testing.T) string {
	t.Helper()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	raw := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

// prepare makes every object that the removals need.
func (b *bench) prepare(t *testing.T) prepared {
	t.Helper()
	b.json(
		t,
		"organizations",
		iamRegion,
		"AWSOrganizationsV20161128.CreateOrganization",
		map[string]string{"FeatureSet": "ALL"},
		nil,
	)
	for _, form := range []string{
		makeUser, makeGroup, makeRole, makePolicy, makeOIDC, makeDevice, enableDevice, makeProfile,
		"Action=AddUserToGroup&GroupName=g&UserName=u",
		"Action=CreateSAMLProvider&Name=s&SAMLMetadataDocument=" + strings.Repeat("x", 1000),
		"Action=UpdateAccountPasswordPolicy&MinimumPasswordLength=14",
		"Action=PutUserPermissionsBoundary&UserName=u&PermissionsBoundary=" + policyARN,
		"Action=PutRolePermissionsBoundary&RoleName=r&PermissionsBoundary=" + policyARN,
		"Action=AttachUserPolicy&UserName=u&PolicyArn=" + policyARN,
		"Action=AttachGroupPolicy&GroupName=g&PolicyArn=" + policyARN,
		"Action=AttachRolePolicy&RoleName=r&PolicyArn=" + policyARN,
		"Action=PutUserPolicy&UserName=u&PolicyName=x&PolicyDocument=" + anyPolicy,
		"Action=PutGroupPolicy&GroupName=g&PolicyName=x&PolicyDocument=" + anyPolicy,
		"Action=PutRolePolicy&RoleName=r&PolicyName=x&PolicyDocument=" + anyPolicy,
		"Action=CreatePolicyVersion&SetAsDefault=true&PolicyArn=" + policyARN + "&PolicyDocument=" + anyPolicy,
		"Action=CreateServiceLinkedRole&AWSServiceName=autoscaling.amazonaws.com",
		"Action=AddRoleToInstanceProfile&InstanceProfileName=i&RoleName=r",
		"Action=CreateLoginProfile&UserName=u&Password=Sup3r-secret-7!",
		"Action=CreateAccountAlias&AccountAlias=a#",
		"Action=EnableOrganizationsRootCredentialsManagement",
		"Action=EnableOrganizationsRootSessions",
		"Action=EnableOutboundWebIdentityFederation",
	} {
		if status, answer := b.query(t, form); status != 200 {
			t.Fatalf("%s: HTTP %d: %s", form, status, answer)
		}
	}
	root := "arn:aws:iam::" + b.ID + ":"
	p := prepared{
		policy: root + "policy/p", oidc: root + "oidc-provider/id.example.com", saml: root + "saml-provider/s", device: root + "mfa/d",
	}
	p.key = *do(t, b.iam.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: userU}).AccessKey.AccessKeyId
	p.ssh = *do(t, b.iam.UploadSSHPublicKey, &iam.UploadSSHPublicKeyInput{
		UserName: userU, SSHPublicKeyBody: aws.String("ssh-rsa AAAA"),
	}).SSHPublicKey.SSHPublicKeyId
	p.certificate = *do(t, b.iam.UploadSigningCertificate, &iam.UploadSigningCertificateInput{
		UserName: userU, CertificateBody: aws.String(certificatePEM(t)),
	}).Certificate.CertificateId
	p.password = *do(t, b.iam.CreateServiceSpecificCredential, &iam.CreateServiceSpecificCredentialInput{
		UserName: userU, ServiceName: aws.String("codecommit.amazonaws.com"),
	}).ServiceSpecificCredential.ServiceSpecificCredentialId
	do(t, b.iam.UploadServerCertificate, &iam.UploadServerCertificateInput{
		ServerCertificateName: aws.String("c"), CertificateBody: aws.String(certificatePEM(t)), PrivateKey: aws.String("key"),
	})
	return p
}

// remove makes one call by the name of its operation; fields are set by their names in the API.
func (b *bench) remove(t *testing.T, operation string, fields map[string]*string) {
	t.Helper()
	method := reflect.ValueOf(b.iam).MethodByName(operation)
	in := reflect.New(method.Type().In(1).Elem())
	for name, value := range fields {
		in.Elem().FieldByName(name).Set(reflect.ValueOf(value))
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), in})
	if err, failed := reflect.TypeAssert[error](out[1]); failed {
		t.Fatalf("%s: %v", operation, err)
	}
}

// removals are the calls in an order in which each succeeds.
func (p prepared) removals(account string) []struct {
	operation string
	fields    map[string]*string
} {
	type in = map[string]*string
	device := in{"UserName": userU, "SerialNumber": &p.device}
	return []struct {
		operation string
		fields    map[string]*string
	}{
		{"RemoveUserFromGroup", in{"UserName": userU, "GroupName": groupG}},
		{"RemoveClientIDFromOpenIDConnectProvider", in{"OpenIDConnectProviderArn": &p.oidc, "ClientID": aws.String("one")}},
		{"DeleteOpenIDConnectProvider", in{"OpenIDConnectProviderArn": &p.oidc}},
		{"DeleteSAMLProvider", in{"SAMLProviderArn": &p.saml}},
		{"DeactivateMFADevice", device},
		{"DeleteVirtualMFADevice", in{"SerialNumber": &p.device}},
		{"DeleteAccountPasswordPolicy", nil},
		{"DeleteUserPermissionsBoundary", in{"UserName": userU}},
		{"DeleteRolePermissionsBoundary", in{"RoleName": roleR}},
		{"DetachUserPolicy", in{"UserName": userU, "PolicyArn": &p.policy}},
		{"DetachGroupPolicy", in{"GroupName": groupG, "PolicyArn": &p.policy}},
		{"DetachRolePolicy", in{"RoleName": roleR, "PolicyArn": &p.policy}},
		{"DeleteUserPolicy", in{"UserName": userU, "PolicyName": inlineX}},
		{"DeleteGroupPolicy", in{"GroupName": groupG, "PolicyName": inlineX}},
		{"DeleteRolePolicy", in{"RoleName": roleR, "PolicyName": inlineX}},
		{"DeletePolicyVersion", in{"PolicyArn": &p.policy, "VersionId": aws.String("v1")}},
		{"DeletePolicy", in{"PolicyArn": &p.policy}},
		{"DeleteGroup", in{"GroupName": groupG}},
		{"RemoveRoleFromInstanceProfile", in{"InstanceProfileName": aws.String("i"), "RoleName": roleR}},
		{"DeleteInstanceProfile", in{"InstanceProfileName": aws.String("i")}},
		{"DeleteRole", in{"RoleName": roleR}},
		{"DeleteServiceLinkedRole", in{"RoleName": aws.String("AWSServiceRoleForAutoScaling")}},
		{"DeleteLoginProfile", in{"UserName": userU}},
		{"DeleteAccessKey", in{"UserName": userU, "AccessKeyId": &p.key}},
		{"DeleteSSHPublicKey", in{"UserName": userU, "SSHPublicKeyId": &p.ssh}},
		{"DeleteServiceSpecificCredential", in{"UserName": userU, "ServiceSpecificCredentialId": &p.password}},
		{"DeleteSigningCertificate", in{"UserName": userU, "CertificateId": &p.certificate}},
		{"DeleteUser", in{"UserName": userU}},
		{"DeleteServerCertificate", in{"ServerCertificateName": aws.String("c")}},
		{"DeleteAccountAlias", in{"AccountAlias": aws.String("a" + account)}},
		{"DisableOrganizationsRootCredentialsManagement", nil},
		{"DisableOrganizationsRootSessions", nil},
		{"DisableOutboundWebIdentityFederation", nil},
	}
}

// TestDelivery_removals makes each call of the preset iam_removal: it succeeds, is recorded and arrives.
func TestDelivery_removals(t *testing.T) {
	t.Parallel()
	a := newAlarms(t, iamRegion)
	p := a.prepare(t)
	preset, ok := events.Catalog().Preset("iam_removal")
	if !ok {
		t.Fatal("no preset iam_removal")
	}
	var names []string
	for _, event := range preset {
		names = append(names, event.Name)
	}
	pattern := must[[]byte](t)(json.Marshal(map[string]any{
		"source": []string{"aws.iam"}, "detail-type": []string{"AWS API Call via CloudTrail"},
		"detail": map[string]any{
			"eventSource": []string{"iam.amazonaws.com"}, "eventName": names, "errorCode": []any{map[string]bool{"exists": false}},
		},
	}))
	a.rule(t, eventbridge.PutRuleInput{EventPattern: aws.String(string(pattern))},
		types.Target{Arn: aws.String(a.queue(t, "alerts", nil))})
	var made, arrived []string
	for _, call := range p.removals(a.ID) {
		a.remove(t, call.operation, call.fields)
		made = append(made, call.operation)
		record := a.lastRecord(t, call.operation)
		if record["awsRegion"] != iamRegion || record["errorCode"] != nil {
			t.Errorf("%s was recorded as %v", call.operation, record)
		}
	}
	for _, message := range a.messages(t, "alerts") {
		var event struct {
			Detail struct {
				EventName    string
				UserIdentity struct{ Arn string }
			}
		}
		if err := json.Unmarshal([]byte(*message.Body), &event); err != nil {
			t.Fatal(err)
		}
		if event.Detail.UserIdentity.Arn != a.as.ARN {
			t.Errorf("%s names %s", event.Detail.EventName, event.Detail.UserIdentity.Arn)
		}
		arrived = append(arrived, event.Detail.EventName)
	}
	for _, list := range [][]string{names, made, arrived} {
		slices.Sort(list)
	}
	if !slices.Equal(made, names) || !slices.Equal(arrived, names) {
		t.Errorf("want %d names\n%v, made %d\n%v, arrived %d\n%v", len(names), names, len(made), made, len(arrived), arrived)
	}
	for _, d := range a.Deliveries() {
		if d.Outcome != localaws.Delivered {
			t.Errorf("got %+v", d)
		}
	}
}

func TestIAM_boundaryOfUser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.createUsers(t, "u")
	b.query(t, makePolicy)
	policy := aws.String("arn:aws:iam::" + b.ID + ":policy/p")
	boundary := func(user string) string {
		t.Helper()
		held := do(t, b.iam.GetUser, &iam.GetUserInput{UserName: &user}).User.PermissionsBoundary
		if held == nil {
			return ""
		}
		return *held.PermissionsBoundaryArn
	}
	_, err := b.iam.DeleteUserPermissionsBoundary(t.Context(), &iam.DeleteUserPermissionsBoundaryInput{UserName: userU})
	wantCode(t, err, "NoSuchEntity")
	_, err = b.iam.PutUserPermissionsBoundary(t.Context(), &iam.PutUserPermissionsBoundaryInput{
		UserName: userU, PermissionsBoundary: aws.String(*policy + "2"),
	})
	wantCode(t, err, "NoSuchEntity")
	do(t, b.iam.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: userU, PermissionsBoundary: policy})
	do(t, b.iam.UpdateUser, &iam.UpdateUserInput{UserName: userU, NewUserName: aws.String("v")})
	if got := boundary("v"); got != *policy {
		t.Errorf("after the renaming the boundary is %q", got)
	}
	details := do(t, b.iam.GetAccountAuthorizationDetails, &iam.GetAccountAuthorizationDetailsInput{}).UserDetailList
	if len(details) != 1 || details[0].PermissionsBoundary == nil ||
		*details[0].PermissionsBoundary.PermissionsBoundaryArn != *policy {
		t.Errorf("the details of the account are %+v", details)
	}
	do(t, b.iam.DeleteUserPermissionsBoundary, &iam.DeleteUserPermissionsBoundaryInput{UserName: aws.String("v")})
	if got := boundary("v"); got != "" {
		t.Errorf("a boundary is left: %s", got)
	}
	made := do(t, b.iam.CreateUser, &iam.CreateUserInput{UserName: aws.String("w"), PermissionsBoundary: policy})
	if made.User.PermissionsBoundary == nil || boundary("w") != *policy {
		t.Errorf("CreateUser answered %+v", made.User)
	}
}

func TestIAM_serviceCredentials(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.createUsers(t, "u")
	service := aws.String("codecommit.amazonaws.com")
	_, err := b.iam.CreateServiceSpecificCredential(t.Context(), &iam.CreateServiceSpecificCredentialInput{
		UserName: userU, ServiceName: aws.String("s3.amazonaws.com"),
	})
	wantCode(t, err, "NotSupportedService")
	in := &iam.CreateServiceSpecificCredentialInput{UserName: userU, ServiceName: service}
	made := do(t, b.iam.CreateServiceSpecificCredential, in).ServiceSpecificCredential
	do(t, b.iam.CreateServiceSpecificCredential, in)
	_, err = b.iam.CreateServiceSpecificCredential(t.Context(), in)
	wantCode(t, err, "LimitExceeded")
	do(t, b.iam.UpdateServiceSpecificCredential, &iam.UpdateServiceSpecificCredentialInput{
		UserName: userU, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId, Status: iamtypes.StatusTypeInactive,
	})
	reset := do(t, b.iam.ResetServiceSpecificCredential, &iam.ResetServiceSpecificCredentialInput{
		UserName: userU, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId,
	}).ServiceSpecificCredential
	if *reset.ServicePassword == *made.ServicePassword || reset.Status != iamtypes.StatusTypeInactive {
		t.Errorf("the reset answered %+v", reset)
	}
	list := &iam.ListServiceSpecificCredentialsInput{UserName: userU}
	if n := len(do(t, b.iam.ListServiceSpecificCredentials, list).ServiceSpecificCredentials); n != 2 {
		t.Errorf("got %d credentials, want 2", n)
	}
	gone := &iam.DeleteServiceSpecificCredentialInput{
		UserName: userU, ServiceSpecificCredentialId: made.ServiceSpecificCredentialId,
	}
	do(t, b.iam.DeleteServiceSpecificCredential, gone)
	_, err = b.iam.DeleteServiceSpecificCredential(t.Context(), gone)
	wantCode(t, err, "NoSuchEntity")
	_, err = b.iam.DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: userU})
	wantCode(t, err, "DeleteConflict")
	whole := string(must[[]byte](t)(json.Marshal(b.Records())))
	if strings.Contains(whole, *made.ServicePassword) {
		t.Error("the password is in the records")
	}
}

func TestIAM_features(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.iam.EnableOrganizationsRootSessions(t.Context(), &iam.EnableOrganizationsRootSessionsInput{})
	wantCode(t, err, "OrganizationNotFoundException")
	b.json(
		t,
		"organizations",
		iamRegion,
		"AWSOrganizationsV20161128.CreateOrganization",
		map[string]string{"FeatureSet": "ALL"},
		nil,
	)
	out := do(t, b.iam.EnableOrganizationsRootSessions, &iam.EnableOrganizationsRootSessionsInput{})
	list := do(t, b.iam.ListOrganizationsFeatures, &iam.ListOrganizationsFeaturesInput{})
	if len(out.EnabledFeatures) != 1 || len(list.EnabledFeatures) != 1 || *list.OrganizationId == "" {
		t.Errorf("got %+v, then %+v", out, list)
	}
	info := &iam.GetOutboundWebIdentityFederationInfoInput{}
	_, err = b.iam.GetOutboundWebIdentityFederationInfo(t.Context(), info)
	wantCode(t, err, "FeatureDisabled")
	made := do(t, b.iam.EnableOutboundWebIdentityFederation, &iam.EnableOutboundWebIdentityFederationInput{})
	if told := do(t, b.iam.GetOutboundWebIdentityFederationInfo, info); *told.IssuerIdentifier != *made.IssuerIdentifier {
		t.Errorf("the issuer is %s, and was %s", *told.IssuerIdentifier, *made.IssuerIdentifier)
	}
	_, err = b.iam.EnableOutboundWebIdentityFederation(t.Context(), &iam.EnableOutboundWebIdentityFederationInput{})
	wantCode(t, err, "FeatureEnabled")
}
