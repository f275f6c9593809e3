package history

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// What the policies were taken from.
const (
	// AsOfPresent are the policies as IAM has them now, not at the time of the removal:
	// IAM keeps no history.
	AsOfPresent = "present"
	// AsOfHistory are documents out of records of the calls that wrote them.
	AsOfHistory = "history"
	// AsOfDeclared are documents that the configuration gave.
	AsOfDeclared = "declared"
)

// Impact is what a removal took away, as far as identity policies and boundaries tell.
// Policies of resources and of the organization are not looked at.
type Impact struct {
	// Grade is critical where an escalation became possible or a denial of IAM, STS,
	// CloudTrail or Organizations is gone with effect, high for other denials and MFA
	// conditions with effect, low for lost permissions, info for nothing; what is
	// undecided or could not be read makes it medium at least.
	Grade events.Severity
	// LostDenies, LostMFA and LostAllows are statements with their origin; the first two
	// have an effect on what the identity may do, or may have.
	LostDenies, LostMFA, LostAllows []string
	// Escalations are combinations of actions that are possible since.
	Escalations []string
	// BrokenRoles name a client ID in their trust policy, UnpinnedRoles trust its provider
	// without naming any.
	BrokenRoles, UnpinnedRoles []string
	// Sentences say it in words, what matters most first.
	Sentences []string
	AsOf      string
	// NotConsidered is what could not be read or decided.
	NotConsidered []string
	// calls is how many look-ups in CloudTrail it took.
	calls int64
}

// Headline is the grade with the first sentence.
func (i Impact) Headline() string {
	if len(i.Sentences) == 0 {
		return "impact " + i.Grade.String()
	}
	return "impact " + i.Grade.String() + ": " + i.Sentences[0]
}

// sentencesTold is how many sentences a warning has.
const sentencesTold = 6

// Detail says it in full, and what it rests on.
func (i Impact) Detail() string {
	lines := []string{"Impact, graded " + i.Grade.String() + ":"}
	for n, sentence := range i.Sentences {
		if n == sentencesTold {
			lines = append(lines, fmt.Sprintf("  and %d more.", len(i.Sentences)-n))
			break
		}
		lines = append(lines, "  "+framework.Escape(sentence)+".")
	}
	if len(i.Sentences) == 0 {
		lines = append(lines, "  No denial, condition or permission is lost by it, as far as was considered.")
	}
	rests := map[string]string{
		AsOfPresent:  "Judged by the policies as they are now.",
		AsOfHistory:  "Judged by policies as the records of the calls that wrote them have them.",
		AsOfDeclared: "Judged by the policies that the configuration declares.",
	}
	lines = append(lines, rests[i.AsOf])
	if len(i.NotConsidered) > 0 {
		told := strings.Join(i.NotConsidered[:min(len(i.NotConsidered), sentencesTold)], "; ")
		lines = append(lines, "Not considered: "+framework.Escape(told)+".")
	}
	return strings.Join(lines, "\n")
}

// Assess says what a removal took away, by one read of the account.
func Assess(ctx context.Context, in *account.Account, removed Removal) (Impact, error) {
	details, err := inventory.AccountDetails(ctx, in)
	if err != nil {
		return Impact{}, err
	}
	if removed.ClientID != "" {
		return assessClient(details, removed), nil
	}
	what, err := removed.find(ctx, in, details)
	if err != nil {
		return Impact{}, err
	}
	return what.assess(details), nil
}

// taken is a removal whose policies are found.
type taken struct {
	Removal

	// from are the identities that lost something.
	from []*inventory.Identity
	// sources are the policies that went; bound is the boundary that did.
	sources []policy.Source
	bound   *policy.Source
	asOf    string
	// unknown is what could not be found.
	unknown []string
	// calls is how many look-ups in CloudTrail it took.
	calls int64
}

// assess compares what each identity had with what it has.
func (t taken) assess(details *inventory.Details) Impact {
	impact := Impact{Grade: events.SeverityInfo, AsOf: t.asOf, NotConsidered: t.unknown, calls: t.calls}
	for _, identity := range t.from {
		after, unread := t.remaining(details, identity)
		before := policy.Grants{Policies: slices.Concat(after.Policies, t.sources), Boundary: after.Boundary}
		if t.bound != nil {
			before.Boundary = t.bound
		}
		loss := policy.Compare(before, after, contextOf(identity))
		impact.add(identity.Name, loss)
		impact.NotConsidered = append(impact.NotConsidered, unread...)
	}
	slices.Sort(impact.NotConsidered)
	impact.NotConsidered = slices.Compact(impact.NotConsidered)
	if len(impact.NotConsidered) > 0 {
		impact.Grade = max(impact.Grade, events.SeverityMedium)
	}
	return impact
}

// remaining is what bears on an identity without what was removed, which may have been
// given back meanwhile.
func (t taken) remaining(details *inventory.Details, of *inventory.Identity) (policy.Grants, []string) {
	left := *of
	switch {
	case t.Group != "" && t.User != "":
		left.Groups = without(of.Groups, t.Group)
	case t.Boundary:
		left.Boundary = ""
	case t.Group == "":
		left.Attached = without(of.Attached, t.PolicyARN)
		left.Inline = slices.DeleteFunc(slices.Clone(of.Inline), func(one inventory.ManagedPolicy) bool {
			return one.Name == t.PolicyName
		})
	}
	if t.Group != "" && t.User == "" {
		details = details.Without(t.Group, t.PolicyARN, t.PolicyName)
	}
	return details.Grants(&left)
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(one string) bool { return one == name })
}

// add takes the loss of one identity in.
func (i *Impact) add(who string, loss policy.Loss) {
	for _, lost := range slices.Concat(loss.Denies, loss.Freed) {
		i.Grade = max(i.Grade, gradeOf(lost))
		if lost.Effective != policy.No {
			i.LostDenies = appendNew(i.LostDenies, lost.Label+": "+lost.Statement.Summary())
		}
	}
	for _, lost := range loss.MFA() {
		if lost.Effective != policy.No {
			i.LostMFA = appendNew(i.LostMFA, lost.Label+": "+lost.Statement.Summary())
		}
		if lost.Effective == policy.Yes {
			i.Grade = max(i.Grade, events.SeverityHigh)
		}
	}
	for _, lost := range loss.Allows {
		i.LostAllows = appendNew(i.LostAllows, lost.Label+": "+lost.Statement.Summary())
		i.Grade = max(i.Grade, events.SeverityLow)
	}
	for _, regained := range loss.Escalations {
		i.Escalations = appendNew(i.Escalations, regained.Name())
		i.Grade = events.SeverityCritical
	}
	if len(loss.Unsettled) > 0 {
		i.Grade = max(i.Grade, events.SeverityMedium)
		for _, key := range loss.Unknown {
			i.NotConsidered = appendNew(i.NotConsidered, "not decided without "+key)
		}
	}
	for _, sentence := range loss.Sentences(who) {
		i.Sentences = appendNew(i.Sentences, sentence)
	}
}

// gradeOf grades a denial that is gone.
func gradeOf(lost policy.Lost) events.Severity {
	switch {
	case lost.Effective == policy.No:
		return events.SeverityInfo
	case lost.Effective == policy.Perhaps:
		return events.SeverityMedium
	case lost.Guards:
		return events.SeverityCritical
	}
	return events.SeverityHigh
}

func appendNew(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// contextOf is what is known of every request of an identity.
func contextOf(of *inventory.Identity) policy.Context {
	context := policy.Context{Values: map[string][]string{"aws:PrincipalArn": {of.ARN}}}
	if parsed, err := arn.Parse(of.ARN); err == nil {
		context.Values["aws:PrincipalAccount"] = []string{parsed.AccountID}
	}
	if !strings.Contains(of.ARN, ":user/") {
		// Whoever assumes a role may give the session other tags than those of the role.
		context.Values["aws:PrincipalType"], context.Absent = []string{"AssumedRole"}, []string{"aws:username"}
		return context
	}
	context.Values["aws:username"], context.Values["aws:userid"] = []string{of.Name}, []string{of.ID}
	context.Values["aws:PrincipalType"], context.Absent = []string{"User"}, []string{"aws:PrincipalTag/*"}
	for key, value := range of.Tags {
		context.Values["aws:PrincipalTag/"+key] = []string{value}
	}
	return context
}
