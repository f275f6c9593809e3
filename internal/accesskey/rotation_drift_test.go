package accesskey_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// only is the one key of the user.
func (s *keyStage) only() string {
	s.t.Helper()
	for id := range s.keys() {
		return id
	}
	s.t.Fatal("the user has no key")
	return ""
}

// What somebody does to the keys shows as exactly that.
func TestAccessKey_drift(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	config := s.config(viaManager)
	plans := func(check plancheck.PlanCheck) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{check}}
	}
	s.Test(t,
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() { s.set(s.only(), types.StatusTypeInactive) }, Config: config,
			ConfigPlanChecks: plans(providertest.ExpectDrift(keyAddress, map[string]any{"status": "Inactive"})),
		},
		resource.TestStep{
			PreConfig: func() { s.drop(s.only()) }, Config: config,
			ConfigPlanChecks: plans(providertest.ExpectDrift(keyAddress, map[string]any{
				"status": "Deleted", "phase": "due", "access_key_id": providertest.AnyValue, "create_date": providertest.AnyValue,
			})),
		},
		resource.TestStep{
			PreConfig: func() { s.later(90 * day) }, Config: config,
			ConfigPlanChecks: plans(providertest.ExpectDrift(keyAddress, map[string]any{
				"phase": "due", "access_key_id": providertest.AnyValue, "create_date": providertest.AnyValue, "old_access_key_id": nil,
				"old_key_status": nil,
			})),
		},
		resource.TestStep{
			PreConfig: func() { s.later(8 * day) }, Config: config,
			ConfigPlanChecks: plans(providertest.ExpectDrift(keyAddress, map[string]any{
				"phase": "overlap_over", "old_key_status": "Active", "old_key_inactive_since": nil,
			})),
		},
		resource.TestStep{
			PreConfig: func() { s.later(25 * time.Hour) }, Config: config,
			ConfigPlanChecks: plans(providertest.ExpectChanged(keyAddress, "phase", "old_access_key_id", "old_key_status",
				"old_key_inactive_since")),
		},
		resource.TestStep{
			PreConfig: func() {
				s.does(s.iam(s.Admin()).DeleteAccessKey(t.Context(), &iam.DeleteAccessKeyInput{
					UserName: aws.String(keyUser), AccessKeyId: aws.String(s.only()),
				}))
				s.does(s.iam(s.Admin()).DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: aws.String(keyUser)}))
				s.does(s.iam(s.Admin()).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String(keyUser)}))
			},
			Config:           config,
			ConfigPlanChecks: plans(providertest.ExpectChanged(keyAddress, "status", "phase", "access_key_id", "create_date")),
		},
	)
}

// Who took a key away is told, and whether it is given back is a choice.
func TestAccessKey_restored(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(viaManager)
	first := s.works(cli)
	s.later(time.Hour)
	s.set(first.AccessKeyId, types.StatusTypeInactive)
	s.later(time.Hour)
	cli.Write(t, s.config(viaManager, "restore_access = false"))
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "The access key is not given back",
		"Somebody deactivated the key "+short(first.AccessKeyId), "UpdateAccessKey by user/mallory")
	cli.Write(t, s.config(viaManager))
	providertest.ExpectTexts(t, cli.Must(t, "plan"), `status = "Inactive" -> "Active"`, "apply activates the key again",
		"That reverses: UpdateAccessKey by user/mallory")
	s.quarantine()
	providertest.ExpectTexts(t, cli.Fails(t, applying...), "the user is quarantined", "AWSCompromisedKeyQuarantineV2")
	if s.keys()[first.AccessKeyId] != "Inactive" {
		t.Error("a quarantined user has the key again")
	}
	s.release()
	s.apply(cli)
	cli.ExpectNoChange(t)
	if s.works(cli) != first {
		t.Error("the key is another one")
	}
}

// A key that somebody deleted is replaced, and one taken away after the plan is not given
// back unseen.
func TestAccessKey_deleted(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(s.viaAge())
	first := s.works(cli)
	s.later(time.Hour)
	s.drop(first.AccessKeyId)
	s.later(time.Hour)
	cli.Write(t, s.config(s.viaAge(), "restore_access = false"))
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "The access key is not given back", "DeleteAccessKey by user/mallory")
	cli.Write(t, s.config(s.viaAge()))
	s.quarantine()
	providertest.ExpectTexts(t, cli.Fails(t, applying...), "the user is quarantined")
	s.release()
	providertest.ExpectTexts(t, s.apply(cli), "apply makes another key for a deleted one", "DeleteAccessKey by user/mallory")
	s.expect(cli, map[string]any{"phase": "current", "old_access_key_id": nil, "status": "Active"})
	second := s.works(cli)
	cli.ExpectNoChange(t)
	cli.Write(t, s.config(s.viaAge(), `rotate_trigger = "1"`))
	cli.Must(t, "plan", "-out", "saved")
	s.set(second.AccessKeyId, types.StatusTypeInactive)
	s.ResetCalls()
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "saved"), "since the plan was made", "run plan again")
	if len(s.keys()) != 1 || s.keys()[second.AccessKeyId] != "Inactive" {
		t.Errorf("the user has %v", s.keys())
	}
	// One that is due and was deactivated is given back and rotated.
	s.later(91 * day)
	s.apply(cli)
	s.expect(cli, map[string]any{"phase": "overlapping", "old_access_key_id": second.AccessKeyId, "old_key_status": "Active"})
	s.works(cli)
	cli.ExpectNoChange(t)
	// While the new key is off, the old one is all that works, and stays.
	s.later(30 * day)
	third := s.works(cli)
	s.set(third.AccessKeyId, types.StatusTypeInactive)
	s.apply(cli)
	if s.keys()[second.AccessKeyId] != "Active" || s.keys()[third.AccessKeyId] != "Active" {
		t.Errorf("the user has %v", s.keys())
	}
}

// A key of somebody else is drift with a name, which an apply does not touch.
func TestAccessKey_foreign(t *testing.T) {
	t.Parallel()
	s := newKeyStage(t)
	cli := s.applied(viaManager)
	ours := s.works(cli)
	s.later(time.Hour)
	theirs := s.make()
	s.later(time.Hour)
	out := cli.Must(t, "plan")
	providertest.ExpectTexts(t, out, "CreateAccessKey by user/mallory", "somebody made the key "+short(theirs.AccessKeyId),
		"foreign_access_key_ids")
	s.ResetCalls()
	out = cli.Fails(t, applying...)
	providertest.ExpectTexts(t, out, "Unable to update the access key", "not of this resource: "+short(theirs.AccessKeyId))
	s.later(90 * day)
	providertest.ExpectTexts(t, cli.Fails(t, applying...), "Unable to rotate a key of a user who has two", short(theirs.AccessKeyId))
	if wrote := s.Calls(
		func(call localaws.Call) bool { return !call.ReadOnly && call.Service != "sts" },
	); len(wrote) > 0 ||
		len(s.keys()) != 2 {
		t.Errorf("%d calls changed something: %v", len(wrote), s.keys())
	}
	s.drop(theirs.AccessKeyId)
	s.apply(cli)
	if s.works(cli) == ours {
		t.Error("the key was not rotated")
	}
}

const quarantine = "AWSCompromisedKeyQuarantineV2"

func (s *keyStage) quarantine() {
	s.t.Helper()
	out, err := s.iam(s.Admin()).CreatePolicy(s.t.Context(), &iam.CreatePolicyInput{
		PolicyName:     aws.String(quarantine),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`),
	})
	s.does(nil, err)
	s.does(s.iam(s.Admin()).AttachUserPolicy(s.t.Context(), &iam.AttachUserPolicyInput{
		UserName: aws.String(keyUser), PolicyArn: out.Policy.Arn,
	}))
}

func (s *keyStage) release() {
	s.t.Helper()
	arn := aws.String("arn:aws:iam::" + s.ID + ":policy/" + quarantine)
	s.does(
		s.iam(s.Admin()).DetachUserPolicy(s.t.Context(), &iam.DetachUserPolicyInput{UserName: aws.String(keyUser), PolicyArn: arn}),
	)
	s.does(s.iam(s.Admin()).DeletePolicy(s.t.Context(), &iam.DeletePolicyInput{PolicyArn: arn}))
}
