package history

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// selection is what the arguments select from the catalogue.
func (m riskyEventsModel) selection(diags *diag.Diagnostics) (selection, bool) {
	presets, names := framework.Texts(m.Presets.Elements()), framework.Texts(m.EventNames.Elements())
	if len(presets) == 0 && len(names) == 0 {
		presets = DefaultPresets()
	}
	wanted, err := selectEvents(presets, names, framework.Texts(m.ExcludeEventNames.Elements()))
	if err == nil {
		return wanted, true
	}
	at := path.Root("presets")
	if blamed, ok := errors.AsType[*events.SelectionError](err); ok {
		at = path.Root(blamed.Argument)
	}
	diags.AddAttributeError(at, "Invalid selection of events", framework.Sentence(err))
	return nil, false
}

// window is the time to search; with a zero clock only what needs none is checked.
func (m riskyEventsModel) window(now time.Time, diags *diag.Diagnostics) (window, bool) {
	lookback := m.Lookback.ValueString()
	if lookback == "" {
		lookback = defaultLookback
	}
	w, err := span(now, lookback, m.StartTime.ValueString(), m.EndTime.ValueString())
	if err == nil {
		return w, true
	}
	at := path.Root("lookback")
	if blamed, ok := errors.AsType[*windowError](err); ok {
		at = path.Root(blamed.argument)
	}
	diags.AddAttributeError(at, "Invalid search window", framework.Sentence(err))
	return w, false
}

// filter is what is to be reported of what is found.
func (m riskyEventsModel) filter(diags *diag.Diagnostics) (filter, bool) {
	f := filter{
		principals: framework.Texts(
			m.Principals.Elements(),
		),
		excluded:  framework.Texts(m.ExcludePrincipals.Elements()),
		deployers: framework.Texts(m.Deployers.Elements()),
		resources: framework.Texts(
			m.Resources.Elements(),
		),
		acknowledged:  framework.Texts(m.Acknowledged.Elements()),
		includeFailed: m.IncludeFailed.ValueBool(),
	}
	if name := m.MinSeverity.ValueString(); name != "" {
		severity, err := events.ParseSeverity(name)
		if err != nil {
			diags.AddAttributeError(path.Root("min_severity"), "Invalid severity", err.Error())
			return f, false
		}
		f.minSeverity = severity
	}
	return f, true
}

// accounts reaches every account of the question, each once.
func (m riskyEventsModel) accounts(ctx context.Context, pool *account.Pool, diags *diag.Diagnostics) ([]*account.Account, bool) {
	places := []framework.Placed{{Account: m.Account}}
	if !m.Accounts.IsNull() {
		places = nil
		for _, name := range framework.Texts(m.Accounts.Elements()) {
			places = append(places, framework.Placed{Account: types.StringValue(name), AccountPath: path.Root("accounts")})
		}
	}
	var reached []*account.Account
	seen := map[string]bool{}
	for _, placed := range places {
		place, ok := framework.Locate(ctx, pool, placed, false, diags)
		if !ok {
			return nil, false
		}
		if id := place.Account.ID; id == "" || !seen[id] {
			seen[id] = true
			reached = append(reached, place.Account)
		}
	}
	return reached, len(reached) > 0
}
