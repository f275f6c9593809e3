package alert_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/alert"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// call runs a function of one object.
func call(
	tb testing.TB,
	called function.Function,
	empty attr.Value,
	keys map[string]attr.Value,
) (attr.Value, *function.FuncError) {
	tb.Helper()
	kinds := map[string]attr.Type{}
	for name, value := range keys {
		kinds[name] = value.Type(context.Background())
	}
	resp := function.RunResponse{Result: function.NewResultData(empty)}
	called.Run(tb.Context(), function.RunRequest{
		Arguments: function.NewArgumentsData([]attr.Value{types.DynamicValue(types.ObjectValueMust(kinds, keys))}),
	}, &resp)
	return resp.Result.Value(), resp.Error
}

func list(values ...string) attr.Value {
	elements := make([]attr.Value, len(values))
	for i, value := range values {
		elements[i] = types.StringValue(value)
	}
	return types.ListValueMust(types.StringType, elements)
}

func TestEventPattern(t *testing.T) {
	t.Parallel()
	got, failed := call(t, alert.NewEventPatternFunction(), types.StringNull(), map[string]attr.Value{
		"event_names": list("RemoveUserFromGroup", "iam.DeleteGroup"), "exclude_event_names": list("iam.DeleteGroup"),
		"exclude_principals": list("arn:aws:sts::*:assumed-role/deploy/*"),
	})
	const want = `{"detail":{"errorCode":[{"exists":false}],"eventName":["RemoveUserFromGroup"],` +
		`"eventSource":["iam.amazonaws.com"],` +
		`"userIdentity":{"arn":[{"exists":false},{"anything-but":{"wildcard":["arn:aws:sts::*:assumed-role/deploy/*"]}}]}},` +
		`"detail-type":["AWS API Call via CloudTrail"],"source":["aws.iam"]}`
	if text, ok := got.(types.String); failed != nil || !ok || text.ValueString() != want {
		t.Errorf("the pattern is %v: %v", got, failed)
	}
}

func TestEventPatterns(t *testing.T) {
	t.Parallel()
	got, failed := call(t, alert.NewEventPatternsFunction(), types.MapNull(types.StringType), map[string]attr.Value{
		"presets": list("iam_removal", "cloudtrail_tamper"), "include_failed": types.BoolValue(true),
	})
	patterns, ok := got.(types.Map)
	if failed != nil || !ok || len(patterns.Elements()) != 2 {
		t.Fatalf("the patterns are %v: %v", got, failed)
	}
	for source, value := range patterns.Elements() {
		text, ok := value.(types.String)
		if !ok || !json.Valid([]byte(text.ValueString())) || !strings.Contains(text.ValueString(), source) ||
			strings.Contains(text.ValueString(), "errorCode") {
			t.Errorf("the pattern of %s is %v", source, value)
		}
	}
}

func TestEventPattern_refuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys map[string]attr.Value
		says []string
	}{
		"nothing":      {nil, []string{"ne of presets and event_names is required", "iam_removal"}},
		"unknown key":  {map[string]attr.Value{"preset": list("iam_removal")}, []string{`Unknown key "preset"`, "presets"}},
		"unknown name": {map[string]attr.Value{"event_names": list("RemoveUserFromGrp")}, []string{`"RemoveUserFromGroup"`}},
		"no preset":    {map[string]attr.Value{"presets": list("iam_removals")}, []string{`"iam_removal"`}},
		"all excluded": {
			map[string]attr.Value{"event_names": list("iam.DeleteGroup"), "exclude_event_names": list("iam.DeleteGroup")},
			[]string{"o event is left"},
		},
		"too long": {
			map[string]attr.Value{"presets": list("iam_all", "iam_grant", "detection_tamper", "identity_center_removal")},
			[]string{"4096 are allowed", "iam.amazonaws.com", "guardduty.amazonaws.com", "event_patterns"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, failed := call(t, alert.NewEventPatternFunction(), types.StringNull(), test.keys)
			if failed == nil {
				t.Fatalf("it answers %v", got)
			}
			for _, text := range test.says {
				if !strings.Contains(failed.Text, text) {
					t.Errorf("%q does not say %q", failed.Text, text)
				}
			}
		})
	}
}

func TestEventPattern_excludedPrincipals(t *testing.T) {
	t.Parallel()
	for principal, says := range map[string]string{
		"arn:aws:sts::*:assumed-role/deploy/*":             "",
		"arn:aws:sts::111122223333:assumed-role/deploy/ci": "",
		"arn:aws:iam::111122223333:user/team/robot":        "",
		"*":                                   "is not the wildcard of an ARN",
		"arn:aws:iam::111122223333:root":      "the root user",
		"arn:aws:iam::111122223333:role/x/ci": "arn:aws:sts::111122223333:assumed-role/ci/*",
		"arn:aws:sts::*:assumed-role/*":       "every principal whose name fits",
		"arn:aws:sts::*:assumed-role/ci-*/*":  "every principal whose name fits",
		"arn:aws:sts::*:assumed-role/ci":      "matches no session",
		"arn:aws:iam::*:user/*":               "every principal whose name fits",
		"arn:aws:s3:::bucket":                 "names no user and no session",
	} {
		t.Run(principal, func(t *testing.T) {
			t.Parallel()
			_, failed := call(t, alert.NewEventPatternFunction(), types.StringNull(), map[string]attr.Value{
				"presets": list("mfa_removal"), "exclude_principals": list(principal),
			})
			switch {
			case says == "" && failed != nil, says != "" && (failed == nil || !strings.Contains(failed.Text, says)):
				t.Errorf("the error is %v, want %q", failed, says)
			}
		})
	}
}

func TestMatchesPattern(t *testing.T) {
	t.Parallel()
	pattern := events.ComposePattern(events.Catalog().ByName("DeactivateMFADevice"), events.PatternOptions{})
	for name, test := range map[string]struct {
		pattern, event string
		want           bool
		says           string
	}{
		"matches": {
			pattern, `{"source":"aws.iam","detail-type":"AWS API Call via CloudTrail","detail":{"eventName":"DeactivateMFADevice",` +
				`"eventSource":"iam.amazonaws.com"}}`, true, "",
		},
		"does not match":   {pattern, `{"source":"aws.s3"}`, false, ""},
		"unknown operator": {`{"a":[{"regex":"x"}]}`, `{}`, false, `"regex" is not known`},
		"no event":         {pattern, `[]`, false, "it is not a JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := function.RunResponse{Result: function.NewResultData(types.BoolNull())}
			alert.NewMatchesPatternFunction().Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(
				[]attr.Value{types.StringValue(test.pattern), types.StringValue(test.event)},
			)}, &resp)
			if test.says != "" {
				if resp.Error == nil || !strings.Contains(resp.Error.Text, test.says) {
					t.Errorf("the error is %v", resp.Error)
				}
				return
			}
			if !resp.Result.Value().Equal(types.BoolValue(test.want)) || resp.Error != nil {
				t.Errorf("%v: %v", resp.Result.Value(), resp.Error)
			}
		})
	}
}

// In Terraform a pattern is composed, split by source and tried.
func TestFunctions_terraform(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := stage.CLI(t)
	cli.Write(t, `
terraform {
  required_providers {
    iamguard = { source = "iamguard/iamguard" }
  }
}
`+stage.Provider(stage.Admin())+`
resource "terraform_data" "later" {}
locals {
  pattern = provider::iamguard::event_pattern({ presets = ["membership_removal"] })
  event = jsonencode({
    source        = "aws.iam"
    "detail-type" = "AWS API Call via CloudTrail"
    detail        = { eventSource = "iam.amazonaws.com", eventName = "RemoveUserFromGroup" }
  })
}
output "matches" {
  value = provider::iamguard::matches_pattern(local.pattern, local.event)
}
output "sources" {
  value = join(" ", keys(provider::iamguard::event_patterns({ presets = ["iam_removal", "cloudtrail_tamper"] })))
}
output "late" {
  value = length(provider::iamguard::event_patterns({
    presets = ["iam_removal"], exclude_principals = ["arn:aws:sts::*:assumed-role/${terraform_data.later.id}/*"]
  }))
}
`)
	cli.Must(t, "init")
	out := cli.Apply(t)
	for _, text := range []string{"matches = true", `sources = "cloudtrail.amazonaws.com iam.amazonaws.com"`, "late = 1"} {
		if !strings.Contains(out, text) {
			t.Errorf("the output does not say %q:\n%s", text, out)
		}
	}
}
