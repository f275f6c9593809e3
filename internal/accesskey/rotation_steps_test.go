package accesskey_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Whoever still uses the old key keeps it, and is named, until a day has passed.
func TestAccessKey_consumer(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(viaParameter)
	old := s.works(cli)
	s.later(90 * day)
	s.apply(cli)
	wrote := s.Calls(localaws.Named("ssm:PutParameter"))
	if len(wrote) != 2 || wrote[0].Params["Overwrite"] != false || wrote[1].Params["Overwrite"] != true {
		t.Errorf("the parameter in use was written %d times", len(wrote))
	}
	warning := "the old key " + short(old.AccessKeyId) + " is still used for sts in "
	s.set(old.AccessKeyId, types.StatusTypeInactive)
	providertest.ExpectTexts(
		t,
		cli.Must(t, "plan"),
		"the old key "+short(old.AccessKeyId)+" is inactive, though the overlap is not over",
		"is locked out",
		"No changes",
	)
	s.set(old.AccessKeyId, types.StatusTypeActive)
	for range 3 {
		s.later(6 * day)
		s.use(old)
		s.later(23 * time.Hour)
		code, out := cli.Run(t, "plan", "-detailed-exitcode")
		if s.expect(cli, map[string]any{"phase": "overlapping"}); code != 0 {
			t.Errorf("the plan exits with %d:\n%s", code, out)
		}
		if strings.Contains(out, "is still used") {
			providertest.ExpectTexts(t, out, warning+providertest.Region, "The overlap is over, and the key was used for sts in")
		}
		providertest.ExpectNoTexts(t, out, old.AccessKeyId)
		s.apply(cli)
		s.works(cli)
	}
	providertest.ExpectTexts(t, cli.Must(t, "plan"), warning)
	s.later(2 * time.Hour)
	cli.Must(t, "plan", "-out", "saved")
	s.use(old)
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "saved"), "Unable to update the access key",
		"the old access key was used since the plan was made: "+short(old.AccessKeyId), "used for sts in", "run plan again")
	if s.keys()[old.AccessKeyId] != "Active" {
		t.Error("a key that is used was deactivated")
	}
	cli.ExpectNoChange(t)
	s.later(25 * time.Hour)
	s.apply(cli)
	s.expect(cli, map[string]any{"old_key_status": "Inactive"})
	// Somebody gives the old key back, and uses it.
	s.set(old.AccessKeyId, types.StatusTypeActive)
	s.use(old)
	s.later(2 * time.Hour)
	providertest.ExpectTexts(t, cli.Must(t, "plan"), warning, "No changes")
	s.later(25 * time.Hour)
	s.apply(cli)
	s.later(25 * time.Hour)
	cli.Must(t, "plan", "-out", "saved")
	s.set(old.AccessKeyId, types.StatusTypeActive)
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "saved"), "the old access key was activated again since the plan was made")
	s.set(old.AccessKeyId, types.StatusTypeInactive)
	s.apply(cli)
	s.expect(cli, map[string]any{"phase": "overlapping", "old_key_status": "Inactive"})
	s.later(25 * time.Hour)
	s.apply(cli)
	s.expect(cli, map[string]any{"phase": "current", "old_access_key_id": nil})
	s.works(cli)
}

// A user who has keys is an error before any change, unless the one key is adopted.
func TestAccessKey_existing(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	one := s.make()
	cli := s.ready(viaParameter)
	s.ResetCalls()
	out := cli.Fails(t, applying...)
	providertest.ExpectTexts(t, out, "Unable to create the access key", "already exists: the user has "+short(one.AccessKeyId),
		"terraform import", "adopt_existing = true")
	providertest.ExpectNoTexts(t, out, "differs in")
	two := s.make()
	out += cli.Fails(t, applying...)
	providertest.ExpectTexts(t, out, " and …")
	cli.Write(t, s.config(viaParameter, "adopt_existing = true"))
	out += cli.Fails(t, applying...)
	providertest.ExpectTexts(t, out, "the user has two access keys already", short(one.AccessKeyId), short(two.AccessKeyId),
		"Nothing was changed")
	providertest.ExpectNoTexts(t, out, one.AccessKeyId, two.AccessKeyId)
	if wrote := s.Calls(func(call localaws.Call) bool { return !call.ReadOnly && call.Service == "ssm" }); len(wrote) > 0 {
		t.Errorf("%d writes", len(wrote))
	}
	s.drop(two.AccessKeyId)
	providertest.ExpectTexts(t, s.apply(cli), "an existing access key will be adopted", "unless destroy_adopted = true")
	s.expect(cli, map[string]any{"phase": "overlapping", "old_access_key_id": one.AccessKeyId, "old_key_status": "Active"})
	s.works(cli)
	cli.ExpectNoChange(t)
	s.later(8 * day)
	s.apply(cli)
	s.expect(cli, map[string]any{"old_key_status": "Inactive"})
	providertest.ExpectTexts(t, cli.Must(t, "destroy", "-auto-approve"), "only forgotten, not deleted")
	if len(s.keys()) != 2 {
		t.Errorf("an adopted key was deleted: %v", s.keys())
	}
}

// Another place, other recipients and a trigger rotate the key, and nothing is encrypted
// again. While two keys overlap they are refused.
func TestAccessKey_moved(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(s.viaAge())
	first := s.works(cli)
	s.identity = newIdentity(t)
	cli.Write(t, s.config(s.viaAge()))
	providertest.ExpectTexts(t, s.apply(cli), "apply makes another key beside", "the age recipients")
	s.expect(cli, map[string]any{"phase": "overlapping", "old_access_key_id": first.AccessKeyId})
	second := s.works(cli)
	if second.AccessKeyId == first.AccessKeyId {
		t.Error("the same key was encrypted again")
	}
	cli.Write(t, s.config(viaManager, `rotate_trigger = "now"`))
	s.ResetCalls()
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "Unable to rotate a key while two overlap",
		"A change of secret_id, age_recipients, rotate_trigger makes another key", "until phase is current")
	s.drop(first.AccessKeyId)
	s.apply(cli)
	third := s.works(cli)
	s.expect(cli, map[string]any{"old_access_key_id": second.AccessKeyId, "secret_encrypted": nil, "rotate_trigger": "now"})
	cli.ExpectNoChange(t)
	s.drop(second.AccessKeyId)
	cli.Write(t, s.Config("resource \"terraform_data\" \"trigger\" {\n  input = \"now\"\n}\n")+
		s.body(viaManager, "rotate_trigger = terraform_data.trigger.output"))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if s.works(cli) != third {
		t.Error("a trigger that was not known made another key")
	}
	cli.Write(t, s.config(viaManager))
	s.apply(cli)
	if s.works(cli) == third {
		t.Error("a trigger that is gone made no other key")
	}
}

// Another user has a key of its own; that of the first goes.
func TestAccessKey_otherUser(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(viaManager)
	s.does(s.iam(s.Admin()).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("cd")}))
	cli.Write(t, strings.Replace(s.config(viaManager), `user = "ci"`, `user = "cd"`, 1))
	providertest.ExpectTexts(t, cli.Apply(t), "must be replaced", "1 added, 0 changed, 1 destroyed")
	cli.ExpectNoChange(t)
	if len(s.keys()) > 0 {
		t.Errorf("the first user has %v", s.keys())
	}
}

func TestAccessKey_refuses(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	for name, c := range map[string]struct{ body, text string }{
		"no place":      {s.body(""), "Exactly one of secret_id, ssm_parameter and age_recipients is needed"},
		"two places":    {s.body(viaManager, viaParameter), "Exactly one of secret_id"},
		"no recipients": {s.body("age_recipients = []"), "age_recipients"},
		"a secret key":  {s.body(`age_recipients = ["` + s.identity.String() + `"]`), "secret key of age, and not the recipient"},
		"user":          {strings.Replace(s.body(viaManager), `"ci"`, `"/ops/ci"`, 1), "must be the name of an IAM user"},
		"overlap":       {s.body(viaManager, "rotate_after_days = 5"), "Unable to let keys overlap for longer than they live"},
		"no days":       {s.body(viaManager, "overlap_days = 0"), "between 1 and 3650"},
		"parameter":     {s.body(`ssm_parameter = "a//b"`), "must be the name of a parameter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := s.CLI(t)
			cli.Write(t, s.Config(c.body))
			cli.Must(t, "init")
			providertest.ExpectTexts(t, cli.Fails(t, "plan"), c.text)
		})
	}
}
