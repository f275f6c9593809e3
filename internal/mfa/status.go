package mfa

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// statusAtOnce is how many users are asked about side by side.
const statusAtOnce = 8

// statusEvents change who has a password or a device.
var statusEvents = []string{
	"iam.DeactivateMFADevice", "iam.EnableMFADevice", "iam.DeleteVirtualMFADevice", "iam.CreateLoginProfile",
	"iam.DeleteLoginProfile", "iam.UpdateUser", "iam.DeleteUser",
}

// Where a status comes from.
const (
	fromReport = "report"
	fromLive   = "live"
)

// status is whether one user can sign in, and with what.
type status struct {
	Password, MFA bool
	Source        string
	// Kinds are those of the devices, where they were asked for.
	Kinds []string
}

// statuses are those of an account.
type statuses struct {
	byUser   map[string]*status
	rootMFA  bool
	reported time.Time
	// open is what could not be told, each a sentence.
	open []string
	// gone are users who were deleted, or have another name.
	gone map[string]bool
}

// statusQuestion is what is asked of an account.
type statusQuestion struct {
	place  framework.Place
	client *iam.Client
	// users is empty for all of them.
	users  []string
	detail bool
}

// answer reads the report, the virtual devices and what changed since, and asks about
// those users of whom that leaves something open.
func (q statusQuestion) answer(ctx context.Context) (*statuses, error) {
	report, err := inventory.ReadCredentialReport(ctx, q.place.Account, 0, true)
	if err != nil {
		return nil, err
	}
	virtual, err := q.virtualDevices(ctx)
	if err != nil {
		return nil, err
	}
	found := &statuses{byUser: map[string]*status{}, reported: report.Generated, gone: map[string]bool{}}
	var ask []string
	for _, user := range report.Users {
		if user.Root() {
			found.rootMFA = user.MFA
			continue
		}
		if !q.about(user.Name) {
			continue
		}
		one := &status{Password: aws.ToBool(user.Password), MFA: user.MFA || virtual[user.Name], Source: fromReport}
		found.byUser[user.Name] = one
		if q.detail || one.Password && !one.MFA {
			ask = append(ask, user.Name)
		}
	}
	changed, err := q.changedSince(ctx, report.Generated, found)
	if err != nil {
		return nil, err
	}
	ask = append(ask, changed...)
	slices.Sort(ask)
	return found, q.askAll(ctx, slices.Compact(ask), found)
}

// about tells whether a user is asked about.
func (q statusQuestion) about(user string) bool {
	return len(q.users) == 0 || slices.Contains(q.users, user)
}

// virtualDevices are the users who have a virtual device now; neither hardware nor
// passkeys are in that list.
func (q statusQuestion) virtualDevices(ctx context.Context) (map[string]bool, error) {
	with := map[string]bool{}
	pages := iam.NewListVirtualMFADevicesPaginator(q.client, &iam.ListVirtualMFADevicesInput{
		AssignmentStatus: types.AssignmentStatusTypeAssigned, MaxItems: aws.Int32(1000),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, device := range page.VirtualMFADevices {
			if device.User != nil {
				with[aws.ToString(device.User.UserName)] = true
			}
		}
	}
	return with, nil
}

// changedSince are the users whose password or devices somebody changed after the report.
// Where that cannot be read, the answer is only as of the report, and says so.
func (q statusQuestion) changedSince(ctx context.Context, since time.Time, found *statuses) ([]string, error) {
	records, unread, err := history.Since(ctx, q.place.Account, statusEvents, since)
	if denied := account.AsError(err); denied != nil && errors.Is(err, account.ErrDenied) {
		found.open = append(found.open, "Changes since "+since.Format(time.RFC3339)+" were not looked for: "+denied.Action()+
			" is denied.")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, reason := range unread {
		found.open = append(found.open, "Changes since the report were not all read: "+reason+".")
	}
	var users []string
	for _, record := range records {
		for _, name := range q.usersOf(record, found) {
			if q.about(name) {
				users = append(users, name)
			}
		}
	}
	return users, nil
}

// usersOf are the users whom a call is about. Those who have another name now, or none,
// may be gone from the answer.
func (q statusQuestion) usersOf(record events.Record, found *statuses) []string {
	name := record.Target["userName"]
	if name == "" {
		deleted := record.Name == "DeleteVirtualMFADevice" // It was deactivated before, which names its user.
		if !deleted {
			found.open = append(found.open, fmt.Sprintf("The call %s (%s) names no user.", record.Name, record.EventID))
		}
		return nil
	}
	renamed, _ := record.RequestParameters["newUserName"].(string)
	switch {
	case record.Name == "DeleteUser":
		found.gone[name] = true
	case renamed != "":
		found.gone[name] = true
		return []string{name, renamed}
	}
	return []string{name}
}

// askAll asks IAM itself about users; those who are gone are left out of the answer.
func (q statusQuestion) askAll(ctx context.Context, users []string, found *statuses) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(statusAtOnce)
	for _, name := range users {
		group.Go(func() error {
			one, err := q.ask(ctx, name, found.byUser[name])
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, account.ErrNotFound) {
				delete(found.byUser, name)
				if !found.gone[name] {
					found.open = append(found.open, "The user "+name+" of the report is gone, and no call says whether under another name.")
				}
				return nil
			}
			found.byUser[name] = one
			return err
		})
	}
	return group.Wait()
}

// ask reads the devices of a user, and whether a user whom the report does not know, or of
// whom something changed, has a password.
func (q statusQuestion) ask(ctx context.Context, name string, reported *status) (*status, error) {
	one := &status{Source: fromLive}
	pages := iam.NewListMFADevicesPaginator(q.client, &iam.ListMFADevicesInput{UserName: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, device := range page.MFADevices {
			one.MFA = true
			one.Kinds = append(one.Kinds, kindOfDevice(aws.ToString(device.SerialNumber)))
		}
	}
	slices.Sort(one.Kinds)
	one.Kinds = slices.Compact(one.Kinds)
	if q.detail && reported != nil && reported.Source == fromReport && reported.MFA == one.MFA {
		one.Password = reported.Password
		return one, nil
	}
	_, err := q.client.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: &name})
	if err != nil && !errors.Is(err, account.ErrNotFound) {
		return nil, err
	}
	one.Password = err == nil
	return one, nil
}

// kindOfDevice is told by the serial number: that of a hardware token is no ARN.
func kindOfDevice(serial string) string {
	switch {
	case strings.Contains(serial, ":mfa/"):
		return "virtual"
	case strings.Contains(serial, ":u2f/"):
		return "fido"
	}
	return "hardware"
}
