package history

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// removalsTold is how many removals one warning tells in full.
const removalsTold = 5

// Told is what some removals took away, for a warning: the gravest as a fact, and each in
// detail. Where that cannot be told, the detail says why; it never fails.
func Told(ctx context.Context, in *account.Account, removals []Removal) (fact, detail string) {
	var gravest Impact
	var lines []string
	for n, removed := range removals {
		if n == removalsTold {
			lines = append(lines, fmt.Sprintf("What %d more removals took away was not looked up.", len(removals)-n))
			break
		}
		impact, err := Assess(ctx, in, removed)
		if err != nil {
			return fact, strings.Join(append(lines, unassessed(err)), "\n\n")
		}
		lines = append(lines, impact.Detail())
		if fact == "" || impact.Grade > gravest.Grade {
			gravest, fact = impact, impact.Headline()
		}
	}
	return fact, strings.Join(lines, "\n\n")
}

// unassessed says why nothing could be told.
func unassessed(err error) string {
	text := "What it took away could not be looked up, so take it for grave. " + framework.Said(err)
	if failed := account.AsError(err); failed != nil && errors.Is(err, account.ErrDenied) {
		text += "\n\nAllow the action " + failed.Action() + " to the role that runs Terraform."
	}
	return text
}
