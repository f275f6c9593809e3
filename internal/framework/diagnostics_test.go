package framework_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

func TestFail_threeParts(t *testing.T) {
	t.Parallel()
	place := framework.Place{Account: &account.Account{ID: "111122223333", Partition: "aws"}, Region: "eu-central-1"}
	for name, test := range map[string]struct {
		failure framework.Failure
		parts   []string
	}{
		"denied": {
			framework.Failure{Object: "main\x1b", Place: place, Err: fmt.Errorf("reading: %w", denied())},
			[]string{
				`Where: main\u001b, account 111122223333, region eu-central-1.`,
				`AWS said, to GetTrail: AccessDenied: no\u202e way (request ID r-1)`,
				"What to do: allow the action cloudtrail:GetTrail",
			},
		},
		"own advice": {framework.Failure{Place: place, Err: denied(), Advice: "do this."}, []string{"What to do: do this."}},
		"no answer": {framework.Failure{Err: account.ErrUnreachable}, []string{
			"account not known", "What happened: ",
			"proxies and endpoints",
		}},
		"credentials": {framework.Failure{Err: account.ErrCredentials}, []string{"absent, expired or not valid"}},
		"throttled":   {framework.Failure{Err: account.ErrThrottled}, []string{"-parallelism", "max_retries"}},
		"conflict":    {framework.Failure{Err: account.ErrConflict}, []string{"run Terraform again"}},
		"our own":     {framework.Failure{Err: errors.New("first\nsecond")}, []string{"What happened: first\nsecond"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			test.failure.Summary = "Unable to test"
			framework.Fail(&diags, test.failure)
			if diags[0].Summary() != "Unable to test" {
				t.Error(diags[0].Summary())
			}
			for _, part := range test.parts {
				if !strings.Contains(diags[0].Detail(), part) {
					t.Errorf("%q is missing in:\n%s", part, diags[0].Detail())
				}
			}
		})
	}
}

func denied() error {
	return &account.Error{
		Service:   "CloudTrail",
		Operation: "GetTrail",
		Code:      "AccessDenied",
		Message:   "no\u202e way",
		RequestID: "r-1",
		Class:     account.ErrDenied,
	}
}

func TestWarn_summaryTellsObjectAndFact(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	framework.Warn(&diags, `Trail "a"`, "gone\n", "because\nof\x07 it")
	framework.Warn(&diags, `Trail "b"`, "gone\n", "because")
	if len(diags) != 2 || diags[0].Summary() != `Trail "a": gone\u000a` || diags[0].Detail() != "because\nof\\u0007 it" {
		t.Error(diags)
	}
}

func TestProtection(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		def   bool
		state types.Bool
		may   bool
	}{
		{true, types.BoolNull(), false},
		{false, types.BoolNull(), true},
		{true, types.BoolValue(false), true},
		{false, types.BoolValue(true), false},
		{true, types.BoolUnknown(), false},
	} {
		var diags diag.Diagnostics
		may := framework.Protection{Guardrail: "trail", Default: test.def}.JudgeDelete(test.state, "main", &diags)
		if may != test.may || may == diags.HasError() {
			t.Errorf("%s with default %t: %t, %v", test.state, test.def, may, diags)
		}
	}
}

func TestFillBool(t *testing.T) {
	t.Parallel()
	for value, want := range map[types.Bool]bool{
		types.BoolNull(): true, types.BoolUnknown(): true,
		types.BoolValue(false): false,
	} {
		if got := framework.FillBool(value, true); !got.Equal(types.BoolValue(want)) {
			t.Errorf("%s becomes %s", value, got)
		}
	}
}
