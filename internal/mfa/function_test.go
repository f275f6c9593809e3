package mfa_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

func TestMFAPolicy_partition(t *testing.T) {
	t.Parallel()
	china, _ := call(t, keys{"partition": "aws-cn"})
	if strings.Contains(china, "arn:aws:") || !strings.Contains(china, "arn:aws-cn:iam::*:mfa/*") {
		t.Errorf("in China: %s", china)
	}
}

// What the order of the keys of a list is does not matter.
func TestMFAPolicy_order(t *testing.T) {
	t.Parallel()
	given := keys{
		"exempt_users": []string{"b", "a"}, "extra_allowed_actions": []string{"s3:GetObject", "ec2:Describe*"},
		"max_mfa_age_seconds": "3600",
	}
	first := written(t, given)
	given["exempt_users"] = []string{"a", "b"}
	if second := written(t, given); first.String() != second.String() {
		t.Errorf("%s\n%s", first, second)
	}
	for _, s := range first.Statements {
		if s.Effect == policy.Deny && !slices.Equal(s.Condition["StringNotEquals"]["aws:username"], []string{"a", "b"}) {
			t.Errorf("%s binds exempt users: %s", s.Sid, s)
		}
	}
}

// Where the self-service on others is let through on purpose, no statement is left empty.
func TestMFAPolicy_noEmptyStatement(t *testing.T) {
	t.Parallel()
	document := written(t, keys{"extra_allowed_actions": []string{"iam:E*", "iam:G*", "iam:L*", "iam:R*", "iam:C*"}})
	for _, s := range document.Statements {
		if len(s.Action)+len(s.NotAction) == 0 {
			t.Errorf("%s has no action", s)
		}
	}
}

func TestMFAPolicy_errors(t *testing.T) {
	t.Parallel()
	many := make([]string, 300)
	for i := range many {
		many[i] = fmt.Sprintf("break-glass-user-%03d", i)
	}
	for name, c := range map[string]struct {
		given keys
		want  string
	}{
		"age":           {keys{"max_mfa_age_seconds": "59"}, "is not a whole number of 60 to 129600"},
		"age in words":  {keys{"max_mfa_age_seconds": "one hour"}, "is not a whole number of 60 to 129600"},
		"no action":     {keys{"extra_allowed_actions": []string{"GetObject"}}, "is not an action"},
		"all actions":   {keys{"extra_allowed_actions": []string{"*"}}, "is not an action"},
		"removal":       {keys{"extra_allowed_actions": []string{"iam:DeactivateMFADevice"}}, "matches DeactivateMFADevice"},
		"removal too":   {keys{"extra_allowed_actions": []string{"iam:delete*"}}, "matches DeleteVirtualMFADevice"},
		"all of IAM":    {keys{"extra_allowed_actions": []string{"iam:*"}}, "could remove a device"},
		"exempt by ARN": {keys{"exempt_users": []string{"arn:aws:iam::111122223333:user/a"}}, "is not the name of a user"},
		"partition":     {keys{"partition": "*"}, "is not the name of a partition"},
		"too long":      {keys{"exempt_users": many}, "and IAM takes 6144"},
		"unknown key":   {keys{"exempt_user": "a"}, `Unknown key "exempt_user"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, problem := call(t, c.given)
			if text != "" || !strings.Contains(problem, c.want) {
				t.Errorf("%q, %q, want %q", text, problem, c.want)
			}
		})
	}
}
