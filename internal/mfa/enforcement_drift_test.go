package mfa_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// row is a change from outside and what the next plan changes back.
type row struct {
	name   string
	change func()
	from   map[string]any
}

func TestMFAEnforcement_drift(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	c, ctx, arn := client(stage), t.Context(), aws.String(arnOf(stage))
	put := func(document string) {
		does[iam.CreatePolicyVersionOutput](t)(c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
			PolicyArn: arn, PolicyDocument: &document, SetAsDefault: true,
		}))
	}
	document := written(t, keys{})
	weakened := written(t, keys{"exempt_access_keys": true}).String()
	only := policy.Document{Version: document.Version}
	for _, s := range document.Statements {
		if s.Effect == policy.Allow {
			only.Statements = append(only.Statements, s)
		}
	}
	config := stage.Config(body(full))
	rows := []row{
		{"keys let through", func() { put(weakened) }, map[string]any{"policy_json": weakened}},
		{"denials removed", func() { put(only.String()) }, map[string]any{"policy_json": only.Normalised().String()}},
		{"an older version made the default", func() {
			// v2 is the document of the first row.
			does[iam.SetDefaultPolicyVersionOutput](t)(c.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{
				PolicyArn: arn, VersionId: aws.String("v2"),
			}))
		}, map[string]any{"policy_json": weakened}},
		{"group detached", func() {
			does[iam.DetachGroupPolicyOutput](t)(c.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{
				PolicyArn: arn, GroupName: aws.String("people"),
			}))
		}, map[string]any{"groups": []any{}}},
		{"group attached", func() {
			does[iam.AttachGroupPolicyOutput](t)(c.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{
				PolicyArn: arn, GroupName: aws.String("strangers"),
			}))
		}, map[string]any{"groups": []any{"people", "strangers"}}},
		{"user detached", func() {
			does[iam.DetachUserPolicyOutput](t)(c.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{
				PolicyArn: arn, UserName: aws.String("carol"),
			}))
		}, map[string]any{"users": []any{}}},
		{"user attached", func() {
			does[iam.AttachUserPolicyOutput](t)(c.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{
				PolicyArn: arn, UserName: aws.String("alice"),
			}))
		}, map[string]any{"users": []any{"alice", "carol"}}},
		{"role attached", func() {
			does[iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{
				PolicyArn: arn, RoleName: aws.String("worker"),
			}))
		}, map[string]any{"roles": []any{"worker"}}},
		{"tag changed", func() {
			does[iam.TagPolicyOutput](t)(c.TagPolicy(ctx, &iam.TagPolicyInput{
				PolicyArn: arn, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("nobody")}},
			}))
		}, map[string]any{"tags": map[string]any{"team": "nobody"}, "tags_all": map[string]any{"team": "nobody"}}},
		{"tag removed", func() {
			does[iam.UntagPolicyOutput](t)(c.UntagPolicy(ctx, &iam.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"team"}}))
		}, map[string]any{"tags": map[string]any{}, "tags_all": map[string]any{}}},
	}
	steps := []resource.TestStep{{Config: config}}
	for _, r := range rows {
		steps = append(steps, resource.TestStep{
			PreConfig: func() { t.Log(r.name); r.change() }, Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{providertest.ExpectDrift(address, r.from)}},
		})
	}
	// The same meaning in another order is no drift.
	respelt := policy.Document{Version: document.Version}
	for i := range document.Statements {
		respelt.Statements = append(respelt.Statements, document.Statements[len(document.Statements)-1-i])
	}
	stage.Test(t, append(steps, resource.TestStep{
		PreConfig: func() {
			does[iam.DeletePolicyVersionOutput](t)(c.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{
				PolicyArn: arn, VersionId: aws.String("v2"),
			}))
			put(respelt.String())
		},
		Config: config, ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: emptyPlan()},
	})...)
}

// The plan says who weakened the policy, and who detached it.
func TestMFAEnforcement_attribution(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	recordAll(t, stage)
	cli := applied(t, stage, stage.Config(body(full)))
	c, ctx, arn := client(stage), t.Context(), aws.String(arnOf(stage))
	does[iam.CreatePolicyVersionOutput](t)(c.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
		PolicyArn: arn, PolicyDocument: aws.String(adminPolicy), SetAsDefault: true,
	}))
	does[iam.DetachGroupPolicyOutput](t)(c.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{
		PolicyArn: arn, GroupName: aws.String("people"),
	}))
	does[iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{
		PolicyArn: arn, RoleName: aws.String("worker"),
	}))
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(
		t,
		code == 2,
		out,
		`MFA enforcement "require-mfa" (`+stage.ID+`)`,
		"user/mallory",
		"CreatePolicyVersion",
		"DetachGroupPolicy",
		"AttachRolePolicy",
	)
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

// A policy that somebody deleted is missed, and made again.
func TestMFAEnforcement_vanishes(t *testing.T) {
	t.Parallel()
	stage := populated(t)
	recordAll(t, stage)
	cli := applied(t, stage, stage.Config(body(people)))
	c, ctx, arn := client(stage), t.Context(), aws.String(arnOf(stage))
	does[iam.DetachGroupPolicyOutput](t)(c.DetachGroupPolicy(ctx, &iam.DetachGroupPolicyInput{
		PolicyArn: arn, GroupName: aws.String("people"),
	}))
	does[iam.DeletePolicyOutput](t)(c.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn}))
	code, out := cli.Run(t, "plan", "-detailed-exitcode")
	expect(t, code == 2, out, `MFA enforcement "require-mfa" (`+stage.ID+`): the MFA enforcement is gone`, "user/mallory",
		"the users whom it bound need no MFA for anything", "1 to add, 0 to change")
	cli.Apply(t)
	cli.ExpectNoChange(t)
}

// recordAll makes what looks up events believe that they are recorded: a trail does it.
func recordAll(t *testing.T, stage *providertest.Stage) {
	t.Helper()
	cli := stage.CLI(t)
	cli.Write(t, stage.Config(strings.ReplaceAll(`
resource "iamguard_log_bucket" "audit" {
  bucket      = "audit-ID"
  trail_names = ["audit"]
}
resource "iamguard_trail" "audit" {
  name           = "audit"
  s3_bucket_name = iamguard_log_bucket.audit.bucket
}
`, "ID", stage.ID)))
	cli.Must(t, "init")
	cli.Apply(t)
}
