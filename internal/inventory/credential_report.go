package inventory

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

const (
	// RootUser is the name of the root user in a report.
	RootUser = "<root_account>"
	// reportWait bounds the wait for a report that is made.
	reportWait = 2 * time.Minute
)

// ErrNoReport is a report that is not there, expired or not ready.
var ErrNoReport = errors.New("there is no credential report that is young enough")

// CredentialReport is what IAM says of the credentials of all users, at one time. IAM
// makes a new one every four hours at most. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
type CredentialReport struct {
	Generated time.Time
	// Users begin with the root user, and come in the order of the report.
	Users []ReportedUser
}

// ReportedUser is one row of a report. A time that never was, or that IAM does not
// know, is zero.
type ReportedUser struct {
	Name, ARN string
	Created   time.Time
	// Password is nil where the report does not say, as for the root user.
	Password                                            *bool
	PasswordUsed, PasswordChanged, PasswordNextRotation time.Time
	MFA                                                 bool
	Keys                                                [2]ReportedKey
	Certificates                                        [2]ReportedCertificate
	// PasswordUsedUnknown says that IAM has no information on the use of the password:
	// it was never used, or before IAM kept track.
	PasswordUsedUnknown bool
}

// Root tells whether the row is that of the root user.
func (u ReportedUser) Root() bool { return u.Name == RootUser }

// ReportedKey is an access key, in the order of creation; one that does not exist was
// never rotated.
type ReportedKey struct {
	Active        bool
	Rotated, Used time.Time
	// Region and Service are where the key was used last.
	Region, Service string
}

// Exists tells whether the user has the key.
func (k ReportedKey) Exists() bool { return k.Active || !k.Rotated.IsZero() }

// ReportedCertificate is a signing certificate.
type ReportedCertificate struct {
	Active  bool
	Rotated time.Time
}

// reports are the credential reports that a process has read.
type reports struct {
	once[reportKey, *CredentialReport]
}

type reportKey struct {
	in       *account.Account
	oldest   time.Duration
	generate bool
}

// ReadCredentialReport reads the newest report, once in a plan for each account. One that
// is absent, expired or older than maxAge is made anew where generate is set; since IAM
// makes none within four hours, the answer can be older than asked for all the same, and
// its Generated says so.
func ReadCredentialReport(
	ctx context.Context,
	in *account.Account,
	maxAge time.Duration,
	generate bool,
) (*CredentialReport, error) {
	client, err := in.IAM()
	if err != nil {
		return nil, err
	}
	kept := account.Kept(in.Pool(), func() *reports { return &reports{} })
	return kept.ask(ctx, reportKey{in, maxAge, generate}, in.Pool().Now(), func() (*CredentialReport, error) {
		report, err := getReport(ctx, client)
		old := err == nil && maxAge > 0 && in.Pool().Now().Sub(report.Generated) > maxAge
		switch {
		case err == nil && !old, err != nil && !errors.Is(err, ErrNoReport):
			return report, err
		case !generate:
			return report, err
		}
		return makeReport(ctx, in.Pool(), client)
	})
}

// makeReport asks for a new report and waits until it is there.
func makeReport(ctx context.Context, pool *account.Pool, client *iam.Client) (*CredentialReport, error) {
	waiting := func(err error) bool { return errors.Is(err, ErrNoReport) }
	err := pool.Retry(ctx, reportWait, waiting, func() error {
		out, err := client.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{})
		if err == nil && out.State != types.ReportStateTypeComplete {
			return fmt.Errorf("%w: its state is %s", ErrNoReport, out.State)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var report *CredentialReport
	err = pool.Retry(ctx, reportWait, waiting, func() (err error) {
		report, err = getReport(ctx, client)
		return err
	})
	return report, err
}

func getReport(ctx context.Context, client *iam.Client) (*CredentialReport, error) {
	out, err := client.GetCredentialReport(ctx, &iam.GetCredentialReportInput{})
	for _, code := range []string{"ReportNotPresent", "ReportExpired", "ReportInProgress"} {
		if account.CodeIs(err, code) {
			return nil, fmt.Errorf("%w: %w", ErrNoReport, err)
		}
	}
	if err != nil {
		return nil, err
	}
	users, err := parseReport(out.Content)
	if err != nil {
		return nil, err
	}
	return &CredentialReport{Generated: aws.ToTime(out.GeneratedTime).UTC(), Users: users}, nil
}

// parseReport reads the rows by the names of their columns: their order is not
// promised, and more may come.
func parseReport(text []byte) ([]ReportedUser, error) {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read credential report: %w", err)
	}
	if len(rows) == 0 {
		return nil, errors.New("read credential report: it has no header")
	}
	columns := map[string]int{}
	for i, name := range rows[0] {
		columns[name] = i
	}
	users := make([]ReportedUser, 0, len(rows)-1)
	for i, row := range rows[1:] {
		r := reportRow{columns: columns, cells: row}
		user := r.user()
		if r.err != nil {
			return nil, fmt.Errorf("read credential report: row %d: %w", i+2, r.err)
		}
		users = append(users, user)
	}
	return users, nil
}

// reportRow reads the cells of a row; the first that cannot be read is its error.
type reportRow struct {
	columns map[string]int
	cells   []string
	err     error
}

func (r *reportRow) user() ReportedUser {
	user := ReportedUser{
		Name: r.text("user"), ARN: r.text("arn"), Created: r.time("user_creation_time"),
		Password: r.flag("password_enabled"), PasswordUsed: r.time("password_last_used"),
		PasswordChanged: r.time("password_last_changed"), PasswordNextRotation: r.time("password_next_rotation"),
		PasswordUsedUnknown: r.text("password_last_used") == "no_information",
		MFA:                 aws.ToBool(r.flag("mfa_active")),
	}
	for i := range user.Keys {
		key := fmt.Sprintf("access_key_%d_", i+1)
		user.Keys[i] = ReportedKey{
			Active: aws.ToBool(r.flag(key + "active")), Rotated: r.time(key + "last_rotated"), Used: r.time(key + "last_used_date"),
			Region: r.known(key + "last_used_region"), Service: r.known(key + "last_used_service"),
		}
		certificate := fmt.Sprintf("cert_%d_", i+1)
		user.Certificates[i] = ReportedCertificate{
			Active: aws.ToBool(r.flag(certificate + "active")), Rotated: r.time(certificate + "last_rotated"),
		}
	}
	return user
}

// text is a cell; a column that is missing is an error, for its absence would read as
// "no".
func (r *reportRow) text(column string) string {
	i, ok := r.columns[column]
	if !ok || i >= len(r.cells) {
		r.fail(fmt.Errorf("there is no column %s", column))
		return ""
	}
	return r.cells[i]
}

// known is a cell, "" where IAM knows nothing.
func (r *reportRow) known(column string) string {
	switch text := r.text(column); text {
	case "N/A", "no_information", "not_supported":
		return ""
	default:
		return text
	}
}

func (r *reportRow) time(column string) time.Time {
	text := r.known(column)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.fail(fmt.Errorf("%s: %q is no time", column, text))
	}
	return at.UTC()
}

func (r *reportRow) flag(column string) *bool {
	text := r.known(column)
	if text == "" {
		return nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		r.fail(fmt.Errorf("%s: %q is neither true nor false", column, text))
	}
	return &value
}

func (r *reportRow) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}
