package localaws

import (
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// reportLife is how long a credential report is the newest one.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
const reportLife = 4 * time.Hour

// credentialReport is the newest report of an account.
type credentialReport struct {
	mu   sync.Mutex
	made time.Time
	text []byte
}

const (
	notAvailable = "N/A"
	notSupported = "not_supported"
	noInfo       = "no_information"
)

var reportColumns = []string{
	"user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
	"password_next_rotation", "mfa_active", "access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date",
	"access_key_1_last_used_region", "access_key_1_last_used_service", "access_key_2_active", "access_key_2_last_rotated",
	"access_key_2_last_used_date", "access_key_2_last_used_region", "access_key_2_last_used_service", "cert_1_active",
	"cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
}

// generateReport makes a report unless the newest one is young enough; it is not there before the next call.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateCredentialReport.html
func (x *exchange) generateReport() (*answer, error) {
	r := &x.account.report
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.made.IsZero() && x.now.Sub(r.made) < reportLife {
		return x.answerQuery(iamNamespace, leaf("State", "COMPLETE"))
	}
	text, err := x.reportText()
	if err != nil {
		return nil, err
	}
	why := "No report exists. Starting a new report generation task"
	if !r.made.IsZero() {
		why = "The existing report is older than four hours. Starting a new report generation task"
	}
	r.made, r.text = x.now, text
	return x.answerQuery(iamNamespace, leaf("State", "STARTED"), leaf("Description", why))
}

// getReport answers the newest report.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html
func (x *exchange) getReport() (*answer, error) {
	r := &x.account.report
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made.IsZero() {
		return nil, fail(http.StatusGone, "ReportNotPresent", "No report exists. Use GenerateCredentialReport to start a new one")
	}
	if x.now.Sub(r.made) >= reportLife {
		return nil, fail(http.StatusGone, "ReportExpired", "The report has expired. Use GenerateCredentialReport to start a new one")
	}
	return x.answerQuery(iamNamespace, leaf("Content", base64.StdEncoding.EncodeToString(r.text)),
		leaf("ReportFormat", "text/csv"), leaf("GeneratedTime", moment(r.made)))
}

// reportText has a row for the root user, which moto leaves out, the generated users, and those of moto.
func (x *exchange) reportText() ([]byte, error) {
	if _, err := x.askIAM("GenerateCredentialReport"); err != nil {
		return nil, err
	}
	held, err := x.askIAM("GetCredentialReport")
	if err != nil {
		return nil, err
	}
	plain, err := base64.StdEncoding.DecodeString(held.textAt("Content"))
	if err != nil {
		return nil, fmt.Errorf("read moto's credential report: %w", err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(plain))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read moto's credential report: %w", err)
	}
	all := [][]string{reportColumns, x.account.rootRow()}
	if seeds := x.account.seeds(); seeds != nil {
		for _, user := range seeds.users {
			all = append(all, user.row())
		}
	}
	for _, row := range rows[min(1, len(rows)):] {
		all = append(all, correctRow(row))
	}
	var text strings.Builder
	if err := csv.NewWriter(&text).WriteAll(all); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(text.String(), "\n")), nil
}

// rootRow is that of a root user with a device and without keys.
func (a *Account) rootRow() []string {
	row := []string{
		"<root_account>", "arn:" + a.partition() + ":iam::" + a.ID + ":root", "2020-01-01T00:00:00+00:00", notSupported, noInfo,
		notSupported, notSupported, "true",
	}
	return append(row, keyCells(seededKey{}, seededKey{})...)
}

func cell(t time.Time) string {
	if t.IsZero() {
		return notAvailable
	}
	return t.UTC().Format("2006-01-02T15:04:05+00:00")
}

// row tells of a password that never has to be changed, because no policy asks for it.
func (e *seeded) row() []string {
	row := []string{e.name, e.arn, cell(e.created), strconv.FormatBool(e.password), notAvailable, notAvailable, notAvailable}
	if e.password {
		row[5] = cell(e.created)
		if row[4] = noInfo; !e.passwordUsed.IsZero() {
			row[4] = cell(e.passwordUsed)
		}
	}
	return append(append(row, strconv.FormatBool(e.device)), keyCells(e.keys[:]...)...)
}

// keyCells are the columns of two keys, and of two certificates that are not there.
func keyCells(keys ...seededKey) (cells []string) {
	for _, key := range keys {
		where, service := notAvailable, notAvailable
		if !key.used.IsZero() {
			where, service = "us-east-1", key.service
		}
		cells = append(cells, strconv.FormatBool(key.active), cell(key.rotated), cell(key.used), where, service)
	}
	return append(cells, "false", notAvailable, "false", notAvailable)
}

// correctRow says N/A where AWS does: about a password that is not there, about when it has to be changed where no policy says
// so, and about the use of a key that was not used.
func correctRow(row []string) []string {
	for i, name := range reportColumns[:min(len(row), len(reportColumns))] {
		without := strings.HasPrefix(name, "password_") && name != "password_enabled" && row[3] == "false"
		if without || row[i] == notSupported {
			row[i] = notAvailable
		}
	}
	return row
}
