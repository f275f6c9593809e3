package history_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// quarantine is a policy that AWS itself attaches to a user with a leaked key.
const quarantine = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV2"

// Nothing is given to the caller: to the user, to the role of the session, to a group with
// the user in it, to the permission set of the session, or to the user who assumes a role
// to do it. Anybody else may undo the same event.
func TestUndo_neverForTheCaller(t *testing.T) {
	t.Parallel()
	const session = "AWSReservedSSO_Audit_0123456789abcdef"
	for name, c := range map[string]struct {
		event  string
		caller func(*undoStage) localaws.Principal
		text   string
	}{
		"user":     {"iam.RemoveUserFromGroup", userAlice, "may give access to the user alice"},
		"attached": {"iam.DetachUserPolicy", userAlice, "may give access to the user alice"},
		"detached": {"iam.AttachUserPolicy", userAlice, "may give access to the user alice"},
		"taken in": {"iam.AddUserToGroup", userAlice, "may give access to the user alice"},
		"member":   {"iam.DetachGroupPolicy", userAlice, "the user alice, a member of the group g"},
		"other case": {"iam.RemoveUserFromGroup", func(s *undoStage) localaws.Principal {
			return s.User("Alice")
		}, "the user alice"},
		"role":          {"iam.DetachRolePolicy", roleR, "may give access to the role r"},
		"role attached": {"iam.AttachRolePolicy", roleR, "may give access to the role r"},
		"profile":       {"iam.RemoveRoleFromInstanceProfile", roleR, "may give access to the role r"},
		"permission set": {"sso.DetachManagedPolicyFromPermissionSet", func(s *undoStage) localaws.Principal {
			return s.AssumedRole(session, "alice")
		}, "may give access to the permission set Audit"},
		"reference": {"sso.DetachCustomerManagedPolicyReferenceFromPermissionSet", func(s *undoStage) localaws.Principal {
			return s.AssumedRole(session, "alice")
		}, "may give access to the permission set Audit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := undoCases()[c.event]
			s, event := one.removed(t, c.event)
			s.as(c.caller(s)).
				refuses(confirming(event), "Unable to undo the event", c.text, "let somebody else undo it", "The inverse call: ")
			s.as(s.AssumedRole("AWSReservedSSO_Auditor_0123456789abcdef", "bob")).undoes(confirming(event))
			if !one.is(s) {
				t.Error("nobody else can undo it either")
			}
		})
	}
	t.Run("user behind a role", func(t *testing.T) {
		t.Parallel()
		one := undoIAMCases["iam.RemoveUserFromGroup"]
		s, event := one.removed(t, "iam.RemoveUserFromGroup")
		config := confirming(event)
		config["account"] = "own"
		for caller, refused := range map[string]bool{"alice": true, "bob": false} {
			server := providertest.NewServer(t, s.Runtime())
			arguments := s.ProviderArguments(s.User(caller))
			arguments["accounts"] = map[string]any{"own": map[string]any{"role_arn": s.arn("role/deployer")}}
			if diags := server.Configure(t, arguments); providertest.Errors(diags) {
				t.Fatal(providertest.Text(diags))
			}
			if behind := (&undoServer{server, s}); refused {
				behind.refuses(config, "may give access to the user alice")
			} else if one.is(s) {
				t.Error("alice has given it to herself")
			}
		}
	})
}

func userAlice(s *undoStage) localaws.Principal { return s.User("alice") }
func roleR(s *undoStage) localaws.Principal     { return s.AssumedRole("r", "alice") }

// What only takes away may hit the caller too.
func TestUndo_takesFromTheCaller(t *testing.T) {
	t.Parallel()
	one := undoIAMCases["iam.AddRoleToInstanceProfile"]
	s, event := one.removed(t, "iam.AddRoleToInstanceProfile")
	s.as(roleR(s)).undoes(map[string]any{"event_id": event})
	if !one.is(s) {
		t.Error("the role is in the profile still")
	}
}

// A user under quarantine is given nothing, nor a group with such a user in it, and the
// quarantine is not undone. Without the quarantine the same events are.
func TestUndo_quarantine(t *testing.T) {
	t.Parallel()
	for _, id := range []string{
		"iam.RemoveUserFromGroup", "iam.DetachUserPolicy", "iam.DetachGroupPolicy", "iam.AttachUserPolicy", "iam.AddUserToGroup",
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			one := undoIAMCases[id]
			s, event := one.removed(t, id)
			s.attachToAlice(quarantine)
			s.deployer().refuses(confirming(event), "the user alice is quarantined", "AWSCompromisedKeyQuarantineV2", "given nothing back")
			s.detachFromAlice(quarantine)
			s.deployer().undoes(confirming(event))
			if !one.is(s) {
				t.Error("it is not as it was before")
			}
		})
	}
	t.Run("the quarantine itself", func(t *testing.T) {
		t.Parallel()
		s := groupless(t)
		s.attachToAlice(quarantine)
		s.deployer().refuses(confirming(s.event("iam.AttachUserPolicy")), "the user alice is quarantined")
		if !s.aliceHas(quarantine) {
			t.Error("the quarantine is lifted")
		}
	})
}

// A quarantine that somebody lifted is put back, also where there is another one. A policy of
// the account that has such a name could allow everything, and is not.
func TestUndo_quarantinesAgain(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	other := "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine"
	for _, policy := range []string{quarantine, other} {
		s.attachToAlice(policy)
	}
	s.detachFromAlice(quarantine)
	event := s.event("iam.DetachUserPolicy")
	s.deployer().refuses(map[string]any{"event_id": event}, "without a confirmation")
	s.deployer().undoes(confirming(event))
	if !s.aliceHas(quarantine) {
		t.Error("the quarantine is not back")
	}

	s = groupless(t)
	s.attachToAlice(other)
	forged := s.newPolicy("AWSCompromisedKeyQuarantineV9")
	s.attachToAlice(forged)
	s.detachFromAlice(forged)
	s.deployer().refuses(confirming(s.event("iam.DetachUserPolicy")), "the user alice is quarantined")
}

// A page that is denied is an error: on it could be the quarantine, or the caller.
func TestUndo_secondPage(t *testing.T) {
	t.Parallel()
	for operation, id := range map[string]string{
		"ListAttachedUserPolicies": "iam.RemoveUserFromGroup", "ListGroupsForUser": "iam.RemoveUserFromGroup",
		"GetGroup": "iam.DetachGroupPolicy", "ListAttachedGroupPolicies": "iam.DetachGroupPolicy",
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			one := undoIAMCases[id]
			s, event := one.removed(t, id)
			for _, policy := range []string{s.newPolicy("a"), s.newPolicy("b")} {
				s.attachToAlice(policy)
				s.does(s.iam().AttachGroupPolicy(t.Context(), &iam.AttachGroupPolicyInput{
					GroupName: aws.String(map[string]string{"iam.DetachGroupPolicy": "g", "iam.RemoveUserFromGroup": "admins"}[id]),
					PolicyArn: &policy,
				}))
			}
			s.newUser("zoe")
			s.newGroup("others", "alice", "zoe")
			s.newGroup("more", "alice")
			if id == "iam.DetachGroupPolicy" {
				s.does(s.iam().AddUserToGroup(t.Context(), &iam.AddUserToGroupInput{GroupName: aws.String("g"), UserName: aws.String("zoe")}))
			}
			s.LimitPages(1)
			restore := s.Inject(
				localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny, Match: func(call localaws.Call) bool {
					return call.Params["Marker"] != nil
				}},
			)
			s.deployer().refuses(confirming(event), "Unable to undo the event", "allow the action iam:"+operation)
			restore()
			s.deployer().undoes(confirming(event))
			s.LimitPages(0)
			if id == "iam.RemoveUserFromGroup" && !one.is(s) {
				t.Error("it is not as it was before")
			}
		})
	}
}

// A quarantine on the last page counts.
func TestQuarantined(t *testing.T) {
	t.Parallel()
	s := groupless(t)
	for _, name := range []string{"a", "b", "c"} {
		s.attachToAlice(s.newPolicy(name))
	}
	if policy, err := history.Quarantined(t.Context(), s.iam(), "alice"); policy != "" || err != nil {
		t.Errorf("alice has %q, %v", policy, err)
	}
	s.attachToAlice(quarantine)
	s.LimitPages(1)
	if policy, err := history.Quarantined(t.Context(), s.iam(), "alice"); policy != "AWSCompromisedKeyQuarantineV2" || err != nil {
		t.Errorf("alice has %q, %v", policy, err)
	}
	if _, err := history.Quarantined(t.Context(), s.iam(), "nobody"); err == nil {
		t.Error("a user who does not exist has no quarantine")
	}
}

// A policy of an organization that allows something needs a confirmation, although the
// catalogue has its removal as a loss; so do one whose document nobody understands, and the
// powers of a delegated administrator.
func TestUndo_policyThatAllows(t *testing.T) {
	t.Parallel()
	one := undoOtherCases["organizations.DetachPolicy"]
	s := newUndoStage(t)
	s.newOU("unit")
	s.newControl("open", allowAll)
	s.control(true)
	s.control(false)
	event := s.event("organizations.DetachPolicy")
	s.deployer().
		refuses(map[string]any{"event_id": event}, "without a confirmation", "The policy allows something, and not only denies")
	s.deployer().undoes(confirming(event))
	if !one.is(s) {
		t.Error("the policy is not attached")
	}
	for document, want := range map[string]bool{
		denyLeaving: false, allowAll: true, "{": true, `{"tags":{}}`: false, `{"Statement":[]}`: false, `{"Statement":7}`: true,
		`{"Statement":[{"Effect":"Deny"},{"Effect":"Allow"}]}`: true, `{"Statement":[{}]}`: true,
	} {
		if got := history.Allows(document); got != want {
			t.Errorf("%s allows: %v", document, got)
		}
	}
}

// The permission set of a session cannot be told where it may not be read, and then nothing
// is given.
func TestUndo_permissionSetOfTheCaller(t *testing.T) {
	t.Parallel()
	s, event := undoOtherCases["sso.DetachManagedPolicyFromPermissionSet"].removed(t, "sso.DetachManagedPolicyFromPermissionSet")
	restore := s.Inject(localaws.Fault{Service: "sso", Operation: "DescribePermissionSet", Kind: localaws.Deny})
	s.as(s.AssumedRole("AWSReservedSSO_Other_0123456789abcdef", "bob")).
		refuses(confirming(event), "allow the action sso:DescribePermissionSet")
	restore()
	s.ResetCalls()
	s.deployer().undoes(confirming(event))
	if provisioned := s.Calls(localaws.Named("sso:ProvisionPermissionSet")); len(provisioned) > 0 {
		t.Error("the permission set is provisioned, which nobody asked for")
	}
	found := must[*ssoadmin.ListPermissionSetsProvisionedToAccountOutput](
		t,
	)(
		s.center().ListPermissionSetsProvisionedToAccount(t.Context(),
			&ssoadmin.ListPermissionSetsProvisionedToAccountInput{InstanceArn: s.id("instance"), AccountId: &s.ID}),
	)
	if len(found.PermissionSets) > 0 {
		t.Errorf("provisioned are %v", found.PermissionSets)
	}
}
