package history

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// gapsNamed is how many reasons of an incomplete answer a warning names.
const gapsNamed = 10

// fill writes the answer. Counts and fingerprint are of everything found, the list
// and the summary of the newest.
func (m *riskyEventsModel) fill(found sifted, answer answer, asked []*account.Account, w window, covered time.Time) {
	redact := redactor{redactAccessKeyID, redactUserAgent}
	if !m.Redact.IsNull() {
		redact = framework.Texts(m.Redact.Elements())
	}
	withRecords := m.IncludeRecords.ValueBool()
	shown := make([]graded, len(found.shown))
	m.Events = make([]eventModel, len(shown))
	for i, event := range found.shown {
		shown[i] = shorten(redact.apply(event, withRecords))
		m.Events[i] = toModel(shown[i], withRecords)
	}
	m.AccountID = types.StringNull()
	if len(asked) == 1 {
		m.AccountID = framework.TextOrNull(asked[0].ID)
	}
	m.EventCount, m.CountsBySeverity = types.Int64Value(int64(found.total)), countsBySeverity(found.counts)
	m.FailedCount, m.ExcludedCount = types.Int64Value(int64(found.failed)), types.Int64Value(int64(found.excluded))
	m.Fingerprint = types.StringValue(found.fingerprint)
	m.Complete, m.Truncated = types.BoolValue(len(answer.unread) == 0), types.BoolValue(found.total > len(shown))
	told := summary{shown: shown, found: found, window: w, covered: covered, complete: m.Complete.ValueBool()}
	m.SummaryMarkdown, m.SummaryText = types.StringValue(told.markdown()), types.StringValue(told.text())
	m.Search = &searchModel{
		From:      types.StringValue(stamp(w.from)),
		To:        types.StringValue(stamp(w.to)),
		CoveredTo: types.StringValue(stamp(covered)),
		Regions: framework.TextList(
			answer.regions,
		),
		Strategy: types.StringValue(answer.strategy),
		APICalls: types.Int64Value(answer.calls),
	}
}

// warnOfGaps says in the plan what a reader of event_count alone would miss.
func (m *riskyEventsModel) warnOfGaps(asked []*account.Account, answer answer, diags *diag.Diagnostics) {
	object := "Risky events of account " + asked[0].ID
	if len(asked) > 1 {
		object = fmt.Sprintf("Risky events of %d accounts", len(asked))
	}
	if unread := answer.unread; len(unread) > 0 {
		detail := "There can be more events than are shown. Not read: " + strings.Join(unread[:min(len(unread), gapsNamed)],
			"; ") + "."
		if more := len(unread) - gapsNamed; more > 0 {
			detail += fmt.Sprintf(" And %d more.", more)
		}
		framework.Warn(diags, object, "not everything was read", detail)
	}
	if m.Truncated.ValueBool() {
		framework.Warn(diags, object, "only the newest are listed", fmt.Sprintf(
			"%d of %d events are in the list; raise max_events, or narrow the search.", len(m.Events), m.EventCount.ValueInt64()))
	}
}

// limit is how many events are shown at most.
func (m *riskyEventsModel) limit() int {
	if m.MaxEvents.IsNull() {
		return defaultMaxEvents
	}
	return int(m.MaxEvents.ValueInt64())
}
