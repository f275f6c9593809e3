package password_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	ownPassword = `{"Effect":"Allow","Action":["iam:ChangePassword"],"Resource":["arn:aws:iam::*:user/${aws:username}",` +
		`"arn:aws:iam::*:user/*/${aws:username}"]}`
	enforcesMFA = `{"Effect":"Deny","NotAction":["iam:EnableMFADevice","iam:ListMFADevices"],"Resource":"*",` +
		`"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`
	firstLogin = `{"Effect":"Deny","NotAction":["iam:EnableMFADevice","iam:ChangePassword"],"Resource":"*",` +
		`"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`
	onlyStorage = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	everything  = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	fromOffice  = `"Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`
)

// Who could not change the password would be locked out by the reset, and is skipped with
// the reason; so is everybody of whom that is not known.
func TestRequireReset_judge(t *testing.T) {
	t.Parallel()
	const could, may, not = "", "undecided (alice)", "could not change the password (alice)"
	for name, c := range map[string]struct {
		nobody bool
		make   func(*resetStage)
		kind   string
		text   string
	}{
		"by the account":         {kind: could},
		"by nobody":              {nobody: true, kind: not, text: "no policy allows iam:ChangePassword to it"},
		"no password policy":     {make: func(s *resetStage) { s.remove() }, kind: not, text: "no policy allows iam:ChangePassword"},
		"by an own policy":       {nobody: true, make: func(s *resetStage) { s.inline("alice", ownPassword) }, kind: could},
		"by a group":             {nobody: true, make: func(s *resetStage) { s.group("staff", "alice", ownPassword) }, kind: could},
		"of another user":        {nobody: true, make: func(s *resetStage) { s.inline("alice", other("Allow", "bob")) }, kind: not},
		"denied to another user": {make: func(s *resetStage) { s.inline("alice", other("Deny", "bob")) }, kind: could},
		"MFA enforced": {
			make: func(s *resetStage) { s.group("staff", "alice", enforcesMFA) }, kind: not,
			text: "group staff: policy staff-policy denies iam:ChangePassword to a sign-in without MFA",
		},
		"MFA enforced, own policy": {nobody: true, make: func(s *resetStage) {
			s.inline("alice", ownPassword)
			s.group("staff", "alice", enforcesMFA)
		}, kind: not, text: "to a sign-in without MFA"},
		"MFA enforced, first login": {make: func(s *resetStage) { s.group("staff", "alice", firstLogin) }, kind: could},
		"denied": {
			make: func(s *resetStage) { s.inline("alice", other("Deny", "alice")) }, kind: not,
			text: "user alice: inline policy inline denies iam:ChangePassword.",
		},
		"plain text denied": {make: func(s *resetStage) {
			s.inline("alice", `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`)
		}, kind: could},
		"by the address": {nobody: true, make: func(s *resetStage) {
			s.inline("alice", `{"Effect":"Allow","Action":"iam:*","Resource":"*",`+fromOffice)
		}, kind: may, text: "whether it may call iam:ChangePassword depends on aws:SourceIp"},
		"denied by the address": {make: func(s *resetStage) {
			s.inline("alice", `{"Effect":"Deny","Action":"*","Resource":"*",`+fromOffice)
		}, kind: may, text: "depends on aws:SourceIp"},
		"bounded": {nobody: true, make: func(s *resetStage) {
			s.inline("alice", ownPassword)
			s.bound(onlyStorage)
		}, kind: not, text: "its boundary bound-alice does not allow iam:ChangePassword"},
		"bounded without any": {nobody: true, make: func(s *resetStage) { s.bound(everything) }, kind: not, text: "no policy"},
		"bounded by all":      {make: func(s *resetStage) { s.bound(everything) }, kind: could},
		"bounded, by the account": {make: func(s *resetStage) { s.bound(onlyStorage) }, kind: may, text: "AWS does not say " +
			"whether that limits what the password policy of the account allows"},
		"by a tag": {nobody: true, make: func(s *resetStage) {
			s.inline("alice", `{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}}`)
		}, kind: not},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newResetStage(t)
			s.person("alice", "zoe")
			s.inline("zoe", ownPassword)
			if c.nobody {
				s.nobodyMay()
			}
			if c.make != nil {
				c.make(s)
			}
			writes := 2
			if c.kind != could {
				writes = 1
			}
			text := s.succeeds(writes, users("alice", "zoe"))
			s.expectReset(c.kind == could, "alice")
			s.expectReset(true, "zoe")
			providertest.ExpectTexts(t, text, c.text, c.kind, "User zoe: must choose another password")
		})
	}
}

// other speaks of the password of one user.
func other(effect, user string) string {
	return `{"Effect":"` + effect + `","Action":"iam:ChangePassword","Resource":"arn:aws:iam::*:user/` + user + `"}`
}

// A policy that cannot be understood could deny, unless another one does for certain.
func TestRequireReset_unread(t *testing.T) {
	t.Parallel()
	const twice = onlyStorage + `],"Statement":[` + onlyStorage
	s := newResetStage(t)
	s.person("alice", "bob", "carol", "dave")
	s.inline("alice", twice)
	s.group("staff", "bob", twice)
	s.inline("carol", twice)
	s.group("strict", "carol", enforcesMFA)
	text := s.succeeds(1, users("alice", "bob", "carol", "dave"))
	providertest.ExpectTexts(
		t,
		text,
		"User alice: skipped, because it is undecided whether it could change the password at the next sign-in: "+
			"what bears on it could not be read: user alice: inline policy inline: ",
		"could not be read: policy staff-policy: ",
		"User carol: skipped, because it could not change the password",
		"1 user must choose another password at the next sign-in; "+
			"3 skipped: could not change the password (carol), undecided (alice, bob).",
		"allow_users_to_change_password = true",
	)
	s.expectReset(false, "alice", "bob", "carol")
	s.expectReset(true, "dave")
}

// The policy that enforces MFA lets users choose a password at their first sign-in, unless
// it is told not to; the reset follows it.
func TestRequireReset_enforcement(t *testing.T) {
	t.Parallel()
	for first, writes := range map[bool]int{true: 1, false: 0} {
		s := newResetStage(t)
		s.person("alice")
		kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"allow_first_login": tftypes.Bool}}
		given, err := tfprotov6.NewDynamicValue(tftypes.DynamicPseudoType, tftypes.NewValue(kind, map[string]tftypes.Value{
			"allow_first_login": tftypes.NewValue(tftypes.Bool, first),
		}))
		s.does(given, err)
		out, err := s.server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{
			Name: "mfa_policy", Arguments: []*tfprotov6.DynamicValue{&given},
		})
		if err != nil || out.Error != nil {
			t.Fatal(err, out.Error)
		}
		result, err := out.Result.Unmarshal(tftypes.String)
		s.does(result, err)
		var text string
		s.does(nil, result.As(&text))
		s.does(s.admin().PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
			UserName: aws.String("alice"), PolicyName: aws.String("mfa"), PolicyDocument: &text,
		}))
		said := s.succeeds(writes, users("alice"))
		if !first {
			providertest.ExpectTexts(t, said, "user alice: inline policy mfa denies iam:ChangePassword to a sign-in without MFA")
		}
		s.expectReset(first, "alice")
	}
}
