package accesskey_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Whichever call fails, no key is left that nobody can use.
func TestAccessKey_faults(t *testing.T) {
	t.Parallel()
	for name, argument := range map[string]string{
		"age": (&keyStage{identity: newIdentity(t)}).viaAge(), "Secrets Manager": viaManager, "Systems Manager": viaParameter,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.FaultLoop(t, providertest.Lifecycle{
				Prepare: func(tb testing.TB, stage *providertest.Stage) {
					tb.Helper()
					s := keyStageOf(tb, stage)
					s.does(s.iam(s.Admin()).CreateUser(tb.Context(), &iam.CreateUserInput{UserName: aws.String("other")}))
					s.does(s.iam(s.Admin()).CreateAccessKey(tb.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("other")}))
				},
				Config: func(stage *providertest.Stage) string { return (&keyStage{Stage: stage, t: t}).config(argument) },
				Left: func(tb testing.TB, stage *providertest.Stage) []string {
					tb.Helper()
					var left []string
					for id := range (&keyStage{Stage: stage, t: tb}).keys() {
						left = append(left, id)
					}
					return left
				},
				Survives: func(tb testing.TB, stage *providertest.Stage) {
					tb.Helper()
					out, err := iam.NewFromConfig(stage.SDK(stage.Admin())).ListAccessKeys(tb.Context(),
						&iam.ListAccessKeysInput{UserName: aws.String("other")})
					if err != nil || len(out.AccessKeyMetadata) != 1 {
						tb.Errorf("the key of another user: %v", err)
					}
				},
			})
		})
	}
}

// Each call of a rotation fails, is lost, or fails as often as it is made. What is stored
// works after every one of them, and nobody's key is left over.
func TestAccessKey_rotationFaults(t *testing.T) {
	t.Parallel()
	for _, argument := range []string{viaManager, viaParameter} {
		for _, c := range []struct {
			name               string
			service, operation string
			fault              localaws.Fault
		}{
			{"create refused", "iam", "CreateAccessKey", localaws.Fault{Kind: localaws.Deny}},
			{"create lost", "iam", "CreateAccessKey", localaws.Fault{Kind: localaws.LostAnswer, Nth: 1}},
			{"create lost thrice", "iam", "CreateAccessKey", localaws.Fault{Kind: localaws.LostAnswer, Nth: 1, Count: 3}},
			{"create lost always", "iam", "CreateAccessKey", localaws.Fault{Kind: localaws.LostAnswer}},
			{"create lost as 500", "iam", "CreateAccessKey", localaws.Fault{
				Kind: localaws.LostAnswer, Nth: 1, Status: http.StatusInternalServerError,
			}},
			{"store refused", "", "", localaws.Fault{Kind: localaws.Deny, Match: puts}},
			{"store refused later", "", "", localaws.Fault{Kind: localaws.Deny, Match: puts, Nth: 2}},
			{"store lost", "", "", localaws.Fault{Kind: localaws.LostAnswer, Match: puts, Nth: 2}},
			{"reads are stale", "iam", "ListAccessKeys", localaws.Fault{Kind: localaws.StaleReads, Count: 3}},
		} {
			t.Run(argument[:3]+" "+c.name, func(t *testing.T) {
				t.Parallel()
				s := newKeyStage(t)
				cli := s.applied(argument)
				old := s.works(cli)
				s.later(91 * day)
				c.fault.Service, c.fault.Operation = c.service, c.operation
				restore := s.Inject(c.fault)
				code, out := cli.Run(t, applying...)
				restore()
				now := s.works(cli)
				if code != 0 {
					providertest.ExpectTexts(t, out, "Unable to update the access key")
					if len(s.keys()) != 1 || now != old {
						t.Errorf("after a failure the user has %v", s.keys())
					}
					s.apply(cli)
					now = s.works(cli)
				}
				if len(s.keys()) != 2 || now == old {
					t.Errorf("the user has %v:\n%s", s.keys(), out)
				}
				cli.ExpectNoChange(t)
				s.use(old)
			})
		}
	}
}

// puts are the calls that write to a place.
func puts(call localaws.Call) bool {
	return call.Operation == "PutSecretValue" || call.Operation == "PutParameter"
}

// If nobody can tell whether the secret was kept, no key is deleted.
func TestAccessKey_keptOrNot(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(viaManager)
	old := s.works(cli)
	s.later(91 * day)
	restore := s.Inject(localaws.Fault{Kind: localaws.LostAnswer, Match: puts, Nth: 2, Count: 10})
	providertest.ExpectTexts(t, cli.Fails(t, applying...), "no answer tells whether the secret was kept", "look in the place which")
	restore()
	now := s.stored(cli)
	if s.keys()[now.AccessKeyId] != "Active" || s.keys()[old.AccessKeyId] != "Active" || now == old {
		t.Errorf("stored is %s, the user has %v", now.AccessKeyId, s.keys())
	}
	s.use(now)
	s.use(old)
	providertest.ExpectTexts(t, cli.Fails(t, applying...), "Unable to rotate a key of a user who has two")
}

// A key of a lost answer that could not be deleted is told.
func TestAccessKey_left(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(viaManager)
	s.later(91 * day)
	restore := s.Inject(localaws.Fault{Service: "iam", Operation: "CreateAccessKey", Kind: localaws.LostAnswer})
	denied := s.Inject(localaws.Fault{Service: "iam", Operation: "DeleteAccessKey", Kind: localaws.Deny})
	providertest.ExpectTexts(
		t,
		cli.Fails(t, applying...),
		"a key was made whose secret nobody knows",
		"delete the newest key of the user",
	)
	restore()
	s.works(cli)
	denied()
}

// A step or a destroy that is denied changes nothing, and a user who is busy is waited for.
func TestAccessKey_denied(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(viaManager)
	s.later(91 * day)
	s.apply(cli)
	s.later(8 * day)
	restore := s.Inject(localaws.Fault{Service: "iam", Operation: "UpdateAccessKey", Kind: localaws.Deny})
	providertest.ExpectTexts(t, cli.Fails(t, applying...), "Unable to update the access key", "allow the action iam:UpdateAccessKey")
	restore()
	s.expect(cli, map[string]any{"phase": "overlap_over", "old_key_status": "Active"})
	restore = s.Inject(localaws.Fault{Service: "iam", Operation: "GetAccessKeyLastUsed", Kind: localaws.Deny})
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "Unable to read the access key", "allow the action iam:GetAccessKeyLastUsed")
	restore()
	restore = s.Inject(localaws.Fault{
		Service: "iam", Operation: "UpdateAccessKey", Kind: localaws.Refuse, Nth: 1, Code: "EntityTemporarilyUnmodifiable",
		Status: http.StatusConflict,
	})
	s.apply(cli)
	restore()
	s.works(cli)
	restore = s.Inject(localaws.Fault{Service: "iam", Operation: "DeleteAccessKey", Kind: localaws.Deny, Nth: 2})
	providertest.ExpectTexts(t, cli.Fails(t, "destroy", "-auto-approve"), "Unable to delete the access key",
		"allow the action iam:DeleteAccessKey")
	restore()
	if cli.State(t, keyAddress) == nil || len(s.keys()) != 1 {
		t.Errorf("the user has %v", s.keys())
	}
	cli.Must(t, "destroy", "-auto-approve")
	if len(s.keys()) > 0 {
		t.Errorf("left behind are %v", s.keys())
	}
}

// No key is made where its secret could not be kept, or for nobody.
func TestAccessKey_notWritable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		argument string
		before   func(*keyStage)
		texts    []string
	}{
		"no secret": {`secret_id = "nothing"`, nil, []string{"ResourceNotFoundException", "make the secret first"}},
		"secret denied": {viaManager, func(s *keyStage) {
			s.Inject(localaws.Fault{Kind: localaws.Deny, Match: puts})
		}, []string{`allow the action secretsmanager:PutSecretValue on the secret "ci"`}},
		"quarantined": {viaManager, (*keyStage).quarantine, []string{"the user is quarantined"}},
		"no user": {viaParameter, func(s *keyStage) {
			s.does(s.iam(s.Admin()).DeleteUser(s.t.Context(), &iam.DeleteUserInput{UserName: aws.String(keyUser)}))
		}, []string{"NoSuchEntity", `make the user "ci" first`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newKeyStage(t)
			if c.before != nil {
				c.before(s)
			}
			s.ResetCalls()
			providertest.ExpectTexts(t, s.ready(c.argument).Fails(t, applying...), append(c.texts, "Unable to create the access key")...)
			if len(s.Calls(localaws.Named("iam:CreateAccessKey"))) > 0 {
				t.Error("a key was made")
			}
		})
	}
}

// A new key that AWS does not take at once is stored once it is taken, and deleted where it
// never is.
func TestAccessKey_notYetTaken(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.ready(viaParameter)
	refuse := func(count int) func() {
		return s.Inject(localaws.Fault{
			Service: "sts", Operation: "GetCallerIdentity", Kind: localaws.Refuse, Code: "InvalidClientTokenId",
			Message: "The security token included in the request is invalid.", Status: http.StatusForbidden, Nth: 1, Count: count,
			Match: func(call localaws.Call) bool { return strings.HasSuffix(call.Principal, ":user/"+keyUser) },
		})
	}
	restore := refuse(3)
	s.apply(cli)
	restore()
	old := s.works(cli)
	s.later(91 * day)
	restore = refuse(1000)
	providertest.ExpectTexts(t, cli.Fails(t, applying...), "Unable to update the access key", "InvalidClientTokenId",
		"what is stored is the key before it")
	restore()
	if s.works(cli) != old || len(s.keys()) != 1 {
		t.Errorf("the user has %v", s.keys())
	}
	s.apply(cli)
	s.works(cli)
}
