package framework

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// Failure is an error in three parts: where it happened, what AWS said, and what
// to do about it.
type Failure struct {
	// Summary is a static literal of its own: "Unable to <verb> the <guardrail>".
	Summary string
	// Object is the ARN or the name; Place says the account and the region.
	Object string
	Place  Place
	Err    error
	// Advice replaces the sentence that the class of the error suggests.
	Advice string
	// Outcome says what the failed operation left behind, as a sentence; often "".
	Outcome string
}

// Fail adds the failure to diags.
func Fail(diags *diag.Diagnostics, failure Failure) {
	diags.AddError(failure.Summary, failure.detail())
}

func (f Failure) detail() string {
	where := f.Place.String()
	if f.Object != "" {
		where = fmt.Sprintf("%s, %s", Escape(f.Object), where)
	}
	parts := []string{"Where: " + where + "."}
	if said := Said(f.Err); said != "" {
		parts = append(parts, said)
	}
	if f.Outcome != "" {
		parts = append(parts, f.Outcome)
	}
	if advice := f.advice(); advice != "" {
		parts = append(parts, "What to do: "+advice)
	}
	return strings.Join(parts, "\n\n")
}

// Said is what AWS said to a call that failed, or what else happened.
func Said(err error) string {
	if err == nil {
		return ""
	}
	aws := account.AsError(err)
	if aws == nil || aws.Code == "" {
		return "What happened: " + escapeLines(err.Error())
	}
	text := fmt.Sprintf("AWS said, to %s: %s: %s", aws.Operation, Escape(aws.Code), escapeLines(aws.Message))
	if aws.RequestID != "" {
		text += fmt.Sprintf(" (request ID %s)", Escape(aws.RequestID))
	}
	return text
}

// escapeLines keeps the line breaks of our own multi-line errors.
func escapeLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = Escape(line)
	}
	return strings.Join(lines, "\n")
}

func (f Failure) advice() string {
	if f.Advice != "" {
		return f.Advice
	}
	aws := account.AsError(f.Err)
	switch {
	case errors.Is(f.Err, account.ErrDenied) && aws != nil:
		return fmt.Sprintf(
			"allow the action %s to the role that runs Terraform (an organization policy can deny it too).",
			aws.Action(),
		)
	case errors.Is(f.Err, account.ErrCredentials):
		return "check the credentials that the provider configuration names; they are absent, expired or not valid."
	case errors.Is(f.Err, account.ErrThrottled):
		return "run Terraform again later, with a lower -parallelism, or raise the provider's max_retries."
	case errors.Is(f.Err, account.ErrConflict):
		return "another change of the same object is under way; run Terraform again when it has ended."
	case errors.Is(f.Err, account.ErrUnreachable):
		return "check the network, proxies and endpoints of the provider configuration, then run Terraform again."
	}
	return ""
}

// Warn adds a warning about one object. Terraform shows one of several warnings
// with the same summary, so the summary carries object and fact; it is the only
// summary in the provider that is not a literal.
func Warn(diags *diag.Diagnostics, object, fact, detail string) {
	diags.AddWarning(Escape(object)+": "+Escape(fact), escapeLines(detail))
}
