package mfa

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// groupsAtOnce is how many groups are read side by side.
const groupsAtOnce = 4

// census is what a plan knows of the users of an account.
type census struct {
	// report is nil where it could not be read.
	report *inventory.CredentialReport
	// members are those of each group that could be read.
	members map[string][]string
	// failed are the readings that failed, by what was read: a group or the report.
	failed map[string]error
}

// reportRead is the key of the report among the failed readings; no group has this name.
const reportRead = "credential report"

// takeCensus reads the credential report and the members of groups. What cannot be read
// is in failed, because a plan may go on without it.
func takeCensus(ctx context.Context, in framework.Place, groups []string) census {
	found := census{members: map[string][]string{}, failed: map[string]error{}}
	var lock sync.Mutex
	keep := func(name string, err error, store func()) {
		lock.Lock()
		defer lock.Unlock()
		if err != nil {
			found.failed[name] = err
			return
		}
		store()
	}
	var calls errgroup.Group
	calls.SetLimit(groupsAtOnce)
	calls.Go(func() error {
		report, err := inventory.ReadCredentialReport(ctx, in.Account, 0, true)
		keep(reportRead, err, func() { found.report = report })
		return nil
	})
	for _, group := range groups {
		calls.Go(func() error {
			names, err := membersOf(ctx, in, group)
			keep(group, err, func() { found.members[group] = names })
			return nil
		})
	}
	if err := calls.Wait(); err != nil {
		found.failed[reportRead] = err
	}
	return found
}

// membersOf reads a group to its last page. A group that is not there yet has no members.
func membersOf(ctx context.Context, in framework.Place, group string) ([]string, error) {
	client, err := in.Account.IAM()
	if err != nil {
		return nil, err
	}
	var names []string
	pages := iam.NewGetGroupPaginator(client, &iam.GetGroupInput{GroupName: aws.String(group)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if errors.Is(err, account.ErrNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, user := range page.Users {
			names = append(names, aws.ToString(user.UserName))
		}
	}
	return names, nil
}

// readAll tells whether all of these groups could be read.
func (c census) readAll(groups []string) bool {
	return !slices.ContainsFunc(groups, func(group string) bool { return c.failed[group] != nil })
}

// covered are the users whom attachments bind, exempt ones left out.
func (c census) covered(m enforcementModel) map[string]bool {
	bound := map[string]bool{}
	for _, name := range framework.Texts(m.Users.Elements()) {
		bound[name] = true
	}
	for _, group := range framework.Texts(m.Groups.Elements()) {
		for _, name := range c.members[group] {
			bound[name] = true
		}
	}
	for _, name := range framework.Texts(m.ExemptUsers.Elements()) {
		delete(bound, name)
	}
	return bound
}

// why says what could not be read, and what AWS said.
func (c census) why() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(c.failed)) {
		line := "The group " + name
		if name == reportRead {
			line = "The " + name
		}
		line += " cannot be read. " + framework.Said(c.failed[name])
		if failed := account.AsError(c.failed[name]); failed != nil && errors.Is(failed, account.ErrDenied) {
			line += " Allow the action " + failed.Action() + " to the role that runs Terraform."
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
