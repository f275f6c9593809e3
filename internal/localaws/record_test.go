package localaws_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// query sends a call of IAM as a form; # stands for the account, and code1 and code2 for what the device d shows.
func (b *bench) query(t *testing.T, form string) (int, string) {
	t.Helper()
	first, second := b.DeviceCodes("arn:aws:iam::" + b.ID + ":mfa/d")
	values, err := url.ParseQuery(strings.NewReplacer("#", b.ID, "code1", first, "code2", second).Replace(form))
	if err != nil {
		t.Fatal(err)
	}
	values.Set("Version", "2010-05-08")
	return b.post(t.Context(), t, "iam", "us-east-1", "", "application/x-www-form-urlencoded", values.Encode())
}

const (
	anyPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}`
	trustEC2  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},` +
		`"Action":"sts:AssumeRole"}]}`
	makeUser   = "Action=CreateUser&UserName=u"
	makeGroup  = "Action=CreateGroup&GroupName=g"
	makeRole   = "Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=" + trustEC2
	makePolicy = "Action=CreatePolicy&PolicyName=p&PolicyDocument=" + anyPolicy
	policyARN  = "arn:aws:iam::#:policy/p"
	makeOIDC   = "Action=CreateOpenIDConnectProvider&Url=https://id.example.com&ClientIDList.member.1=one" +
		"&ClientIDList.member.2=two&ThumbprintList.member.1=0123456789012345678901234567890123456789"
	oidcARN      = "arn:aws:iam::#:oidc-provider/id.example.com"
	makeDevice   = "Action=CreateVirtualMFADevice&VirtualMFADeviceName=d"
	enableDevice = "Action=EnableMFADevice&UserName=u&SerialNumber=arn:aws:iam::#:mfa/d" +
		"&AuthenticationCode1=code1&AuthenticationCode2=code2"
	makeProfile = "Action=CreateInstanceProfile&InstanceProfileName=i"
)

func TestRecord_removals(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		before []string
		call   string
		want   string
	}{
		"RemoveUserFromGroup": {
			[]string{makeUser, makeGroup, "Action=AddUserToGroup&GroupName=g&UserName=u"},
			"GroupName=g&UserName=u", `{"groupName":"g","userName":"u"}`,
		},
		"RemoveClientIDFromOpenIDConnectProvider": {
			[]string{makeOIDC},
			"OpenIDConnectProviderArn=" + oidcARN + "&ClientID=one",
			`{"openIDConnectProviderArn":"` + oidcARN + `","clientID":"one"}`,
		},
		"DeleteOpenIDConnectProvider": {
			[]string{makeOIDC}, "OpenIDConnectProviderArn=" + oidcARN, `{"openIDConnectProviderArn":"` + oidcARN + `"}`,
		},
		"DeleteSAMLProvider": {
			[]string{"Action=CreateSAMLProvider&Name=s&SAMLMetadataDocument=" + strings.Repeat("x", 1000)},
			"SAMLProviderArn=arn:aws:iam::#:saml-provider/s", `{"sAMLProviderArn":"arn:aws:iam::#:saml-provider/s"}`,
		},
		"DeactivateMFADevice": {
			[]string{makeUser, makeDevice, enableDevice},
			"UserName=u&SerialNumber=arn:aws:iam::#:mfa/d", `{"userName":"u","serialNumber":"arn:aws:iam::#:mfa/d"}`,
		},
		"DeleteVirtualMFADevice": {
			[]string{makeDevice},
			"SerialNumber=arn:aws:iam::#:mfa/d", `{"serialNumber":"arn:aws:iam::#:mfa/d"}`,
		},
		"DeleteAccountPasswordPolicy": {[]string{"Action=UpdateAccountPasswordPolicy&MinimumPasswordLength=14"}, "", `null`},
		"DeleteRolePermissionsBoundary": {
			[]string{
				makeRole, makePolicy, "Action=PutRolePermissionsBoundary&RoleName=r&PermissionsBoundary=" + policyARN,
			}, "RoleName=r", `{"roleName":"r"}`,
		},
		"DetachUserPolicy": {
			[]string{makeUser, makePolicy, "Action=AttachUserPolicy&UserName=u&PolicyArn=" + policyARN},
			"UserName=u&PolicyArn=" + policyARN, `{"userName":"u","policyArn":"` + policyARN + `"}`,
		},
		"DetachGroupPolicy": {
			[]string{makeGroup, makePolicy, "Action=AttachGroupPolicy&GroupName=g&PolicyArn=" + policyARN},
			"GroupName=g&PolicyArn=" + policyARN, `{"groupName":"g","policyArn":"` + policyARN + `"}`,
		},
		"DetachRolePolicy": {
			[]string{makeRole, "Action=AttachRolePolicy&RoleName=r&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess"},
			"RoleName=r&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess",
			`{"roleName":"r","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}`,
		},
		"DeleteUserPolicy": {
			[]string{makeUser, "Action=PutUserPolicy&UserName=u&PolicyName=x&PolicyDocument=" + anyPolicy},
			"UserName=u&PolicyName=x", `{"userName":"u","policyName":"x"}`,
		},
		"DeleteGroupPolicy": {
			[]string{makeGroup, "Action=PutGroupPolicy&GroupName=g&PolicyName=x&PolicyDocument=" + anyPolicy},
			"GroupName=g&PolicyName=x", `{"groupName":"g","policyName":"x"}`,
		},
		"DeleteRolePolicy": {
			[]string{makeRole, "Action=PutRolePolicy&RoleName=r&PolicyName=x&PolicyDocument=" + anyPolicy},
			"RoleName=r&PolicyName=x", `{"roleName":"r","policyName":"x"}`,
		},
		"DeletePolicy": {[]string{makePolicy}, "PolicyArn=" + policyARN, `{"policyArn":"` + policyARN + `"}`},
		"DeletePolicyVersion": {
			[]string{makePolicy, "Action=CreatePolicyVersion&SetAsDefault=true&PolicyArn=" + policyARN +
				"&PolicyDocument=" + anyPolicy},
			"VersionId=v1&PolicyArn=" + policyARN, `{"policyArn":"` + policyARN + `","versionId":"v1"}`,
		},
		"DeleteGroup":           {[]string{makeGroup}, "GroupName=g", `{"groupName":"g"}`},
		"DeleteUser":            {[]string{makeUser}, "UserName=u", `{"userName":"u"}`},
		"DeleteRole":            {[]string{makeRole}, "RoleName=r", `{"roleName":"r"}`},
		"DeleteInstanceProfile": {[]string{makeProfile}, "InstanceProfileName=i", `{"instanceProfileName":"i"}`},
		"DeleteServiceLinkedRole": {
			[]string{"Action=CreateServiceLinkedRole&AWSServiceName=autoscaling.amazonaws.com"},
			"RoleName=AWSServiceRoleForAutoScaling", `{"roleName":"AWSServiceRoleForAutoScaling"}`,
		},
		"RemoveRoleFromInstanceProfile": {
			[]string{makeRole, makeProfile, "Action=AddRoleToInstanceProfile&InstanceProfileName=i&RoleName=r"},
			"InstanceProfileName=i&RoleName=r", `{"instanceProfileName":"i","roleName":"r"}`,
		},
		"DeleteLoginProfile": {
			[]string{makeUser, "Action=CreateLoginProfile&UserName=u&Password=Sup3r-secret!"}, "UserName=u", `{"userName":"u"}`,
		},
		"DeleteSSHPublicKey": {
			nil, "UserName=u&SSHPublicKeyId=APKA0123456789", `{"userName":"u","sSHPublicKeyId":"APKA0123456789"}`,
		},
		"DeleteSigningCertificate": {
			nil, "UserName=u&CertificateId=C0123", `{"userName":"u","certificateId":"C0123"}`,
		},
		"DeleteServerCertificate": {nil, "ServerCertificateName=c", `{"serverCertificateName":"c"}`},
		"DeleteAccountAlias": {
			[]string{"Action=CreateAccountAlias&AccountAlias=a#"}, "AccountAlias=a#", `{"accountAlias":"a#"}`,
		},
		"DeleteAccessKey": {
			nil, "UserName=u&AccessKeyId=AKIA0123456789012345", `{"userName":"u","accessKeyId":"AKIA0123456789012345"}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			for _, form := range c.before {
				if status, answer := b.query(t, form); status != http.StatusOK {
					t.Fatalf("%s: HTTP %d: %s", form, status, answer)
				}
			}
			status, answer := b.query(t, "Action="+name+"&"+c.call)
			if c.before != nil && status != http.StatusOK {
				t.Fatalf("HTTP %d: %s", status, answer)
			}
			r := b.lastRecord(t, name)
			var want any
			if err := json.Unmarshal([]byte(strings.ReplaceAll(c.want, "#", b.ID)), &want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(r["requestParameters"], want) {
				t.Errorf("requestParameters are %v, want %v", r["requestParameters"], want)
			}
			for field, value := range map[string]any{
				"awsRegion": "us-east-1", "readOnly": false, "eventSource": "iam.amazonaws.com", "eventVersion": "1.11",
				"managementEvent": true, "eventCategory": "Management", "recipientAccountId": b.ID,
			} {
				if r[field] != value {
					t.Errorf("%s is %v, want %v", field, r[field], value)
				}
			}
		})
	}
}

func TestRecord_secretsAndTypes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.query(t, makeUser)
	b.query(t, "Action=CreateLoginProfile&UserName=u&Password=Sup3r-secret!&PasswordResetRequired=true")
	b.query(t, "Action=CreateAccessKey&UserName=u")
	b.query(t, makeDevice)
	b.query(t, enableDevice)
	b.query(t, "Action=UpdateAccountPasswordPolicy&MinimumPasswordLength=14&RequireSymbols=true")
	b.query(t, makeOIDC)

	for name, want := range map[string]string{
		"CreateLoginProfile": `{"userName":"u","passwordResetRequired":true}`,
		"EnableMFADevice": `{"userName":"u","serialNumber":"arn:aws:iam::` + b.ID + `:mfa/d",` +
			`"authenticationCode1":"HIDDEN_DUE_TO_SECURITY_REASONS","authenticationCode2":"HIDDEN_DUE_TO_SECURITY_REASONS"}`,
		"UpdateAccountPasswordPolicy": `{"minimumPasswordLength":14,"requireSymbols":true}`,
		"CreateOpenIDConnectProvider": `{"url":"https://id.example.com","clientIDList":["one","two"],` +
			`"thumbprintList":["0123456789012345678901234567890123456789"]}`,
	} {
		var params any
		if err := json.Unmarshal([]byte(want), &params); err != nil {
			t.Fatal(err)
		}
		if got := b.lastRecord(t, name)["requestParameters"]; !reflect.DeepEqual(got, params) {
			t.Errorf("%s: got %v, want %v", name, got, params)
		}
	}
	key, _ := b.lastRecord(t, "CreateAccessKey")["responseElements"].(map[string]any)["accessKey"].(map[string]any)
	if key["userName"] != "u" || key["secretAccessKey"] != nil || key["accessKeyId"] == nil {
		t.Errorf("the answer of CreateAccessKey was recorded as %v", key)
	}
	whole, err := json.Marshal(b.Records())
	if err != nil {
		t.Fatal(err)
	}
	first, _ := b.DeviceCodes("arn:aws:iam::" + b.ID + ":mfa/d")
	for _, secret := range []string{"Sup3r-secret!", first + "\"", "base32StringSeed", "qRCodePNG"} {
		if strings.Contains(string(whole), secret) {
			t.Errorf("%s is in the records", secret)
		}
	}
}

func TestRecord_identities(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	away := newBench(t)

	key := must[*iam.CreateAccessKeyOutput](t)
	b.createUsers(t, "real")
	made := key(b.iam.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("real")})).AccessKey
	own := localaws.Principal{AccessKeyID: *made.AccessKeyId, SecretAccessKey: *made.SecretAccessKey}

	role := do(t, b.sts.AssumeRole, &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::" + away.ID + ":role/team/audit"), RoleSessionName: aws.String("carol"),
		SourceIdentity: aws.String("carol@example.com"),
	})
	session := localaws.Principal{
		AccessKeyID: *role.Credentials.AccessKeyId, SecretAccessKey: *role.Credentials.SecretAccessKey,
		SessionToken: *role.Credentials.SessionToken,
	}
	for name, c := range map[string]struct {
		account             *bench
		as                  localaws.Principal
		kind, arn, userName string
	}{
		"user":     {b, b.User("bob"), "IAMUser", "arn:aws:iam::" + b.ID + ":user/bob", "bob"},
		"root":     {b, b.Root(), "Root", "arn:aws:iam::" + b.ID + ":root", ""},
		"role":     {b, b.AssumedRole("ci", "run-7"), "AssumedRole", "arn:aws:sts::" + b.ID + ":assumed-role/ci/run-7", ""},
		"real key": {b, own, "IAMUser", "arn:aws:iam::" + b.ID + ":user/real", "real"},
		"assumed":  {away, session, "AssumedRole", "arn:aws:sts::" + away.ID + ":assumed-role/audit/carol", ""},
	} {
		c.account.ResetCalls()
		who := do(t, as(c.account.Account, c.as, region).sts.GetCallerIdentity, &sts.GetCallerIdentityInput{})
		if *who.Arn != c.arn || *who.Account != c.account.ID {
			t.Errorf("%s: GetCallerIdentity answered %s in %s", name, *who.Arn, *who.Account)
		}
		got, ok := c.account.lastRecord(t, "GetCallerIdentity")["userIdentity"].(map[string]any)
		same := got["type"] == c.kind && got["arn"] == c.arn && got["principalId"] == *who.UserId
		if !ok || !same || got["accountId"] != c.account.ID {
			t.Errorf("%s: userIdentity is %v", name, got)
		}
		if userName, _ := got["userName"].(string); userName != c.userName {
			t.Errorf("%s: userName is %v", name, got["userName"])
		}
		context, _ := got["sessionContext"].(map[string]any)
		if (context != nil) != (c.kind == "AssumedRole") {
			t.Errorf("%s: sessionContext is %v", name, context)
		}
		if attributes, _ := context["attributes"].(map[string]any); context != nil && attributes["mfaAuthenticated"] != "false" {
			t.Errorf("%s: attributes are %v", name, attributes)
		}
		if issuer, _ := context["sessionIssuer"].(map[string]any); name == "assumed" &&
			(issuer["arn"] != "arn:aws:iam::"+away.ID+":role/team/audit" || context["sourceIdentity"] != "carol@example.com") {
			t.Errorf("%s: sessionContext is %v", name, context)
		}
	}
	mine, other := b.lastRecord(t, "AssumeRole"), away.lastRecord(t, "AssumeRole")
	if mine["sharedEventID"] == nil || mine["sharedEventID"] != other["sharedEventID"] || other["recipientAccountId"] != away.ID {
		t.Errorf("AssumeRole was recorded as %v and %v", mine, other)
	}
}
