package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// removalsTold is how many removals one warning tells in full.
const removalsTold = 5

// Told is what some removals took away, for a warning: the gravest as a fact, and the
// gravest few in detail. Whole is false where that could not be told; the detail says why
// then. It never fails.
func Told(ctx context.Context, in *account.Account, removals []Removal) (fact, detail string, whole bool) {
	impacts := make([]Impact, 0, len(removals))
	for _, removed := range removals {
		impact, err := Assess(ctx, in, removed)
		if err != nil {
			return "", unassessed(err), false
		}
		impacts = append(impacts, impact)
	}
	if len(impacts) == 0 {
		return "", "", true
	}
	slices.SortStableFunc(impacts, func(a, b Impact) int { return cmp.Compare(b.Grade, a.Grade) })
	var lines []string
	for _, impact := range impacts[:min(len(impacts), removalsTold)] {
		lines = append(lines, impact.Detail())
	}
	if more := len(impacts) - removalsTold; more > 0 {
		lines = append(lines, fmt.Sprintf("%d more removals are graded %s or less.", more, impacts[removalsTold].Grade))
	}
	return impacts[0].Headline(), strings.Join(lines, "\n\n"), true
}

// unassessed says why nothing could be told.
func unassessed(err error) string {
	text := "What it took away could not be looked up, so take it for grave. " + framework.Said(err)
	if failed := account.AsError(err); failed != nil && errors.Is(err, account.ErrDenied) {
		text += "\n\nAllow the action " + failed.Action() + " to the role that runs Terraform."
	}
	return text
}
