package events_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// sound is the head of a record in which nothing is missing, for the tests
// that look at one oddity.
const sound = `"eventID":"e","eventTime":"2026-01-02T03:04:05Z","recipientAccountId":"111122223333","awsRegion":"us-east-1",`

// iamCall begins a successful call of IAM by a user.
const iamCall = `{` + sound + `"eventSource":"iam.amazonaws.com",` +
	`"userIdentity":{"type":"IAMUser","userName":"alice","arn":"arn:aws:iam::111122223333:user/alice"},`

// deleteGroup begins a successful call of DeleteGroup.
const deleteGroup = iamCall + `"eventName":"DeleteGroup","requestParameters":{"groupName":"g"},`

// call begins a record of a call whose identity the test writes.
const call = `{` + sound + `"eventSource":"iam.amazonaws.com","eventName":"DeleteGroup","requestParameters":{"groupName":"g"},`

// deniedCall begins a denied call of IAM without parameters, up to the message.
const deniedCall = iamCall + `"eventName":"DetachUserPolicy","requestParameters":null,"errorCode":"AccessDenied",` +
	`"errorMessage":"` +
	`User: arn:aws:iam::111122223333:user/alice is not authorized to perform: iam:DetachUserPolicy on resource: `

const because = ` because no identity-based policy allows the iam:DetachUserPolicy action"}`

// oddities are the records of the field that broke somebody's reader; check
// gets "" where it must hold for an unremarkable part.
var oddities = []struct {
	name   string
	record string
	check  func(t *testing.T, r events.Record)
}{
	{
		"identity type absent, invoked by a service", call + `"userIdentity":{"accountId":"1","invokedBy":"sso.amazonaws.com"}}`,
		actor("AWSService", "sso.amazonaws.com", "invoked by sso.amazonaws.com"),
	},
	{
		"identity type absent, nothing else", call + `"userIdentity":{"accountId":"1"}}`,
		unreadable("userIdentity.type: absent"),
	},
	{
		"identity type absent, ARN of a role session",
		call + `"userIdentity":{"arn":"arn:aws:sts::1:assumed-role/Admin/alice"}}`, actor("AssumedRole", "alice", ""),
	},
	{"identity absent", call + `"readOnly":false}`, unreadable("userIdentity: absent")},
	{
		"identity of another type", call + `"userIdentity":"alice"}`,
		unreadable("userIdentity: text that is not complete JSON"),
	},
	{
		"identity as text", call + `"userIdentity":"{\"type\":\"IAMUser\",\"userName\":\"alice\"}"}`,
		actor("IAMUser", "alice", ""),
	},
	{
		"IdentityCenterUser", call + `"userIdentity":{"type":"IdentityCenterUser","arn":"","accountId":"1",` +
			`"onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:aws:identitystore::1:identitystore/d-1"},"credentialId":"c"}}`,
		actor("IdentityCenterUser", "u-1", ""),
	},
	{
		"AssumedRole, person after the colon", call + `"userIdentity":{"type":"AssumedRole","principalId":"AROA1:alice",` +
			`"arn":"arn:aws:sts::1:assumed-role/Admin","sessionContext":{"sessionIssuer":{"type":"Role","userName":"Admin"}}}}`,
		actor("AssumedRole", "alice", "session of Admin"),
	},
	{
		"AssumedRole, source identity", call + `"userIdentity":{"type":"AssumedRole","principalId":"AROA1:session",` +
			`"sessionContext":{"sourceIdentity":"alice","sessionIssuer":{"userName":"Admin"}}}}`,
		actor("AssumedRole", "alice", "session of Admin, source identity alice"),
	},
	{
		"Root without userName", call + `"userIdentity":{"type":"Root","arn":"arn:aws:iam::1:root"}}`,
		actor("Root", "root", ""),
	},
	{"Root with an alias", call + `"userIdentity":{"type":"Root","userName":"my-company"}}`, actor("Root", "root", "")},
	{
		"AWSService", call + `"userIdentity":{"type":"AWSService","invokedBy":"config.amazonaws.com"}}`,
		actor("AWSService", "config.amazonaws.com", "invoked by config.amazonaws.com"),
	},
	{
		"FederatedUser", call + `"userIdentity":{"type":"FederatedUser","principalId":"1:bob",` +
			`"arn":"arn:aws:sts::1:federated-user/bob",` +
			`"sessionContext":{"sessionIssuer":{"type":"IAMUser","userName":"broker"}}}}`,
		actor("FederatedUser", "bob", "session of broker"),
	},
	{"SAMLUser", call + `"userIdentity":{"type":"SAMLUser","principalId":"x:bob@example.com","userName":"bob@example.com",` +
		`"identityProvider":"x"}}`, actor("SAMLUser", "bob@example.com", "identity provider x")},
	{
		"WebIdentityUser", call + `"userIdentity":{"type":"WebIdentityUser","principalId":"accounts.google.com:app:sub",` +
			`"userName":"sub","identityProvider":"accounts.google.com"}}`,
		actor("WebIdentityUser", "sub", "identity provider accounts.google.com"),
	},
	{
		"AWSAccount", call + `"userIdentity":{"type":"AWSAccount","principalId":"AIDA1","accountId":"444455556666"}}`,
		actor("AWSAccount", "AIDA1", ""),
	},
	{"Directory", call + `"userIdentity":{"type":"Directory","userName":"corp"}}`, actor("Directory", "corp", "")},
	{"Unknown", call + `"userIdentity":{"type":"Unknown","principalId":"p"}}`, actor("Unknown", "p", "")},
	{
		"web identity session", call + `"userIdentity":{"type":"AssumedRole","principalId":"AROA1:ci",` +
			`"sessionContext":{"sessionIssuer":` +
			`{"type":"Role","principalId":"AROA1","accountId":"1","arn":"arn:aws:iam::1:role/Deploy","x":1},` +
			`"webIdFederationData":` +
			`{"federatedProvider":"arn:aws:iam::1:oidc-provider/x","attributes":{}},"attributes":{"creationDate":"d",` +
			`"x":1},"x":{}},"x":[]}}`,
		actor("AssumedRole", "ci", "session of Deploy, identity provider arn:aws:iam::1:oidc-provider/x"),
	},
	{
		"identity type absent, ARN of the root", call + `"userIdentity":{"arn":"arn:aws:iam::1:root"}}`,
		actor("Root", "root", ""),
	},
	{
		"identity type absent, Identity Center", call + `"userIdentity":{"onBehalfOf":{"userId":"u-1","x":1}}}`,
		actor("IdentityCenterUser", "u-1", ""),
	},
	{
		"target list of objects", `{` + sound + `"eventSource":"events.amazonaws.com","eventName":"PutTargets",` +
			`"requestParameters":` +
			`{"rule":"r","targets":[{"id":"a","n":1e3,"b":true},{"id":null,"arn":"arn:x"}]},"userIdentity":{"type":"Root"}}`,
		target("rule", "r", "targets[0].id", "a", "targets[0].n", "1e3", "targets[0].b", "true", "targets[1].arn", "arn:x"),
	},
	{
		"more oddities than are listed", `{` + strings.Repeat(`"a":1,`, 50) + `"eventTime":"never"}`,
		both(unreadable("record: more oddities than are listed here"), unreadable("eventTime: not a time")),
	},
	{"Role", call + `"userIdentity":{"type":"Role","arn":"arn:aws:iam::1:role/path/Deploy"}}`, actor("Role", "Deploy", "")},
	{"console session of long-term user", deleteGroup + `` +
		`"sessionCredentialFromConsole":"true"}`, actor("IAMUser", "alice", "console")},
	{"mfaAuthenticated is text", call + `"userIdentity":{"type":"IAMUser","userName":"a","sessionContext":{"attributes":` +
		`{"mfaAuthenticated":"false"}}}}`, mfa("false")},
	{"mfaAuthenticated is a boolean", call + `"userIdentity":{"type":"IAMUser","userName":"a","sessionContext":{"attributes":` +
		`{"mfaAuthenticated":true}}}}`, mfa("true")},
	{
		"mfaAuthenticated is absent", deleteGroup + `"readOnly":false}`,
		mfa(""),
	},
	{
		"mfaAuthenticated is nonsense", call + `"userIdentity":{"type":"IAMUser","sessionContext":{"attributes":` +
			`{"mfaAuthenticated":"maybe"}}}}`,
		unreadable("userIdentity.sessionContext.attributes.mfaAuthenticated: not a boolean"),
	},
	{
		"readOnly and managementEvent absent", deleteGroup + `"errorCode":null}`,
		flags(""),
	},
	{
		"readOnly and managementEvent as text", deleteGroup + `` +
			`"readOnly":"false","managementEvent":"True"}`,
		flags("falsetrue"),
	},
	{
		"version 1.10 follows 1.9", deleteGroup + `"eventVersion":"1.10"}`,
		func(t *testing.T, r events.Record) {
			t.Helper()
			if r.Version.Compare(events.Version{Major: 1, Minor: 9}) <= 0 {
				t.Errorf("version %v", r.Version)
			}
		},
	},
	{
		"version as a number", deleteGroup + `"eventVersion":1.08}`,
		version("1.8"),
	},
	{
		"version is nonsense",
		iamCall + `"eventName":"DeleteGroup","eventVersion":"new"}`,
		unreadable("eventVersion: not two numbers"),
	},
	{"empty error code", deleteGroup + `"errorCode":""}`, outcome("succeeded")},
	{"error code null", deleteGroup + `"errorCode":null}`, outcome("succeeded")},
	{
		"error code not text", deleteGroup + `"errorCode":{}}`,
		both(outcome("succeeded"), unreadable("errorCode: not text")),
	},
	{"error code a number", deleteGroup + `"errorCode":404}`, outcome("failed")},
	{"throttled", iamCall + `"eventName":"DeleteGroup","errorCode":"ThrottlingException"}`, outcome("failed")},
	{
		"denied in words of EC2",
		iamCall + `"eventName":"DeleteGroup","errorCode":"Client.UnauthorizedOperation"}`,
		outcome("denied"),
	},
	{"denied exception", iamCall + `"eventName":"DeleteGroup","errorCode":"AccessDeniedException"}`, outcome("denied")},
	{
		"console sign-in that failed", `{` + sound + `"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin",` +
			`"userIdentity":{"type":"IAMUser","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"},"requestParameters":null,` +
			`"responseElements":{"ConsoleLogin":"Failure"},"additionalEventData":{"MFAUsed":"No"}}`,
		both(outcome("failed"),
			actor("IAMUser", "HIDDEN_DUE_TO_SECURITY_REASONS", "console"), hidden("actor.name"), mfa("false")),
	},
	{"Failure in the answer of another service", deleteGroup + `` +
		`"responseElements":{"DeleteGroup":"Failure"}}`, outcome("succeeded")},
	{"denied on a user", deniedCall + `user bob` + because, target("userName", "bob")},
	{"denied on a group", deniedCall + `group ops` + because, target("groupName", "ops")},
	{"denied on a role", deniedCall + `role Admin` + because, target("roleName", "Admin")},
	{"denied on a policy", deniedCall + `policy P` + because, target("policyName", "P")},
	{
		"denied on a policy version", deniedCall + `policy arn:aws:iam::1:policy/P version v2` + because,
		target("policyArn", "arn:aws:iam::1:policy/P", "resource", "arn:aws:iam::1:policy/P", "versionId", "v2"),
	},
	{"denied on an instance profile", deniedCall + `instance profile web` + because, target("instanceProfileName", "web")},
	{
		"denied on an ARN", deniedCall + `arn:aws-cn:iam::1:user/path/bob` + because,
		target("resource", "arn:aws-cn:iam::1:user/path/bob", "userName", "bob"),
	},
	{
		"denied on an MFA device", deniedCall + `arn:aws:iam::1:mfa/bob` + because,
		target("resource", "arn:aws:iam::1:mfa/bob", "serialNumber", "arn:aws:iam::1:mfa/bob"),
	},
	{"denied on everything", deniedCall + `*` + because, target("resource", "*")},
	{"denied on nothing after user", deniedCall + `user ` + because, target("userName", "alice")},
	{
		"denied explicitly", deniedCall + `user bob with an explicit deny in a service control policy"}`,
		target("userName", "bob"),
	},
	{"denied explicitly by a policy with an ARN", deniedCall + `arn:aws:iam::1:role/Admin with an explicit deny in an ` +
		`identity-based ` +
		`policy: arn:aws:iam::1:policy/Guard"}`, target("resource", "arn:aws:iam::1:role/Admin", "roleName", "Admin")},
	{"denied without a reason", deniedCall + `role Admin"}`, target("roleName", "Admin")},
	{
		"denied in other words",
		iamCall + `"eventName":"DeleteGroup","errorCode":"AccessDenied","errorMessage":"Access Denied"}`,
		target(),
	},
	{
		"denied, parameters kept", deniedCall + `user bob","requestParameters":{"userName":"carol"}}`,
		target("userName", "carol"),
	},
	{
		"denied, reason in the name of the resource", deniedCall + `arn:aws:cloudwatch:us-east-1:1:alarm:x because no ` +
			`y` + because,
		target("resource", "arn:aws:cloudwatch:us-east-1:1:alarm:x because no y"),
	},
	{
		"denied, message cut", deniedCall + `arn:aws:s3:::` + strings.Repeat("x", 1024) + `"}`,
		func(t *testing.T, r events.Record) {
			t.Helper()
			equal(t, "truncated", strings.Join(r.Truncated, " "), "errorMessage")
		},
	},
	{
		"userName left out means the caller", iamCall + `"eventName":"DeleteLoginProfile","requestParameters":null}`,
		target("userName", "alice"),
	},
	{
		"userName left out of a denied call", iamCall + `"eventName":"DeleteLoginProfile","requestParameters":null,` +
			`"errorCode":"AccessDenied"}`,
		target(),
	},
	{
		"parameter in another case", `{` + sound + `"eventSource":"securityhub.amazonaws.com","eventName":"DeleteMembers",` +
			`"requestParameters":{"accountIds":["1","2"]},"userIdentity":{"type":"IAMUser","userName":"a"}}`,
		target("AccountIds", "1, 2"),
	},
	{
		"target missing from the parameters", iamCall + `"eventName":"DeleteGroup","requestParameters":{}}`,
		unreadable("target: none of groupName in the record"),
	},
	{
		"hidden target", iamCall + `"eventName":"DeleteUser","requestParameters":{"userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}}`,
		func(t *testing.T, r events.Record) {
			t.Helper()
			equal(t, "hidden", strings.Join(r.Hidden, " "), "target.userName")
		},
	},
	{
		"parameters as text",
		iamCall + `"eventName":"DeleteGroup","requestParameters":"{\"groupName\":\"g\"}"}`,
		target("groupName", "g"),
	},
	{
		"parameters as cut text", iamCall + `"eventName":"DeleteGroup","requestParameters":"{\"groupName\":\"g"}`,
		both(unreadable("requestParameters: text that is not complete JSON"), truncated("requestParameters")),
	},
	{
		"parameters as a list", iamCall + `"eventName":"DeleteGroup","requestParameters":["g"]}`,
		unreadable("requestParameters: a list, not an object"),
	},
	{
		"parameters as a number",
		iamCall + `"eventName":"DeleteGroup","requestParameters":7}`,
		unreadable("requestParameters: not an object"),
	},
	{
		"parameters left out for size", iamCall + `"eventName":"PutUserPolicy","requestParameters":{"omitted":true,` +
			`"originalSize":102401}}`,
		func(t *testing.T, r events.Record) {
			t.Helper()
			equal(t, "truncated", strings.Join(r.Truncated, " "), "requestParameters")
		},
	},
	{
		"policy document cut", iamCall + `"eventName":"PutUserPolicy","requestParameters":{"userName":"bob","policyName":"p",` +
			`"policyDocument":"{\"Statement\":[{\"Eff"}}`,
		unreadable("requestParameters.policyDocument: a document without its end"),
	},
	{
		"numbers as text, text as numbers", iamCall + `"eventName":"MoveAccount","requestParameters":{"accountId":111122223333}}`,
		target("accountId", "111122223333"),
	},
	{
		"key given twice", iamCall + `"eventName":"DeleteGroup","eventName":"DeleteUser","requestParameters":{"userName":"b"}}`,
		both(unreadable("eventName: given twice"), named("DeleteUser")),
	},
	{"time unreadable", `{"eventTime":"yesterday","eventName":"DeleteGroup"}`, unreadable("eventTime: not a time")},
	{"time before all times", `{"eventTime":"0001-01-01T00:00:00Z"}`, unreadable("eventTime: not a time")},
	{
		"console sign-in that was denied", `{` + sound + `"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin",` +
			`"userIdentity":{"type":"Root"},"errorCode":"AccessDenied","responseElements":{"ConsoleLogin":"Failure"}}`,
		outcome("denied"),
	},
	{"time absent", `{"eventName":"DeleteGroup"}`, unreadable("eventTime: absent")},
	{"time as query engines write it", `{"eventTime":"2026-01-02 03:04:05.000000000"}`, func(t *testing.T, r events.Record) {
		t.Helper()
		if want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC); !r.EventTime.Equal(want) {
			t.Errorf("time %v", r.EventTime)
		}
	}},
	{
		"Insight without eventName", `{` + sound + `"eventCategory":"Insight","eventType":"AwsCloudTrailInsight",` +
			`"insightDetails":{}}`,
		func(t *testing.T, r events.Record) {
			t.Helper()
			if len(r.Unreadable) > 0 {
				t.Errorf("unreadable %v", r.Unreadable)
			}
		},
	},
	{
		"event of a service", `{` + sound + `"eventSource":"sso.amazonaws.com","eventName":"X","eventType":"AwsServiceEvent",` +
			`"userIdentity":{"accountId":"1","invokedBy":"sso.amazonaws.com"},"serviceEventDetails":{"groupId":"g-1"}}`,
		target("groupId", "g-1"),
	},
	{
		"account from the identity", `{"userIdentity":{"type":"Root","accountId":"444455556666"}}`,
		account("444455556666"),
	},
	{"shared event and addendum", deleteGroup + `"sharedEventID":"s",` +
		`"addendum":{"reason":"DELIVERY_DELAY"}}`, func(t *testing.T, r events.Record) {
		t.Helper()
		if r.SharedEventID != "s" || r.Addendum["reason"] != "DELIVERY_DELAY" {
			t.Errorf("shared %q, addendum %v", r.SharedEventID, r.Addendum)
		}
	}},
	{
		"unicode and escapes", iamCall + `"eventName":"DeleteGroup","requestParameters":{"groupName":"gr\u00fcn ` +
			`\ud83d\ude00 \ud800 日本"}}`,
		target("groupName", "grün 😀 \ufffd 日本"),
	},
	{
		"deep nesting", iamCall + `"eventName":"DeleteGroup","requestParameters":{"groupName":"g",` +
			`"x":` + strings.Repeat("[", 5000) +
			strings.Repeat("]", 5000) + `}}`,
		both(target("groupName", "g"), unreadable("requestParameters: nested too deep to read")),
	},
	{"256 KB", deleteGroup + `"responseElements":{"x":"` +
		strings.Repeat("y", 256<<10) + `"}}`, target("groupName", "g")},
	{"every field of another type", `{"eventID":[],"eventTime":{},"eventName":true,"eventSource":{},"userIdentity":[1],` +
		`"eventVersion":[],"readOnly":"x","managementEvent":[],"requestParameters":true,"responseElements":1,` +
		`"additionalEventData":"x",` +
		`"addendum":3,"errorMessage":{},"recipientAccountId":12}`, func(t *testing.T, r events.Record) {
		t.Helper()
		for _, path := range []string{"eventID", "eventTime", "eventName", "eventSource", "userIdentity", "requestParameters"} {
			if !slices.ContainsFunc(r.Unreadable, func(what string) bool { return strings.HasPrefix(what, path+": ") }) {
				t.Errorf("nothing says that %s is unreadable: %v", path, r.Unreadable)
			}
		}
	}},
}

func TestParse_oddities(t *testing.T) {
	t.Parallel()
	for _, odd := range oddities {
		t.Run(odd.name, func(t *testing.T) {
			t.Parallel()
			record, err := events.Parse([]byte(odd.record))
			if err != nil {
				t.Fatal(err)
			}
			odd.check(t, record)
		})
	}
}

func TestParse_notARecord(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", " ", "null", "[]", `"x"`, "7", "{", `{"a":1`, `{"a":}`, `{"a":1,}`, `{"a":01}`, `{"a":"\x"}`, `{}x`, `{a:1}`,
	} {
		if _, err := events.Parse([]byte(raw)); err == nil {
			t.Errorf("%q: no error", raw)
		}
	}
}
