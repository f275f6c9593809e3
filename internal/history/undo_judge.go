package history

import (
	"errors"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// Reasons why a request parameter is not read.
var (
	errSeveral = errors.New("it is there more than once")
	errNoText  = errors.New("it is no text")
)

// newUndo judges a record that was fetched: whether the event is one that can be undone,
// in this account, and whether the record suffices. It asks nobody.
func newUndo(place framework.Place, record recorded) (*undo, error) {
	if err := judgeEvent(place, record); err != nil {
		return nil, err
	}
	event, known := record.Event()
	way, restorable := inverses[event.ID]
	switch {
	case !known:
		return nil, refuse("undo it by hand; iamguard undoes only calls of its catalogue, those that its page lists.",
			"%s of %s is not in the catalogue", record.Name, record.Source)
	case !restorable || !event.Remediation.RestorableFromRecord:
		return nil, refuse(strings.ToLower(event.Remediation.Summary[:1])+event.Remediation.Summary[1:]+".",
			"the record does not suffice: the catalogue has no call that undoes %s from its record", record.Name)
	}
	u := &undo{inverse: way, place: place, event: event, record: record, values: map[string]string{}}
	return u, u.read()
}

// judgeEvent refuses what has changed nothing, is too old, or is of somewhere else.
func judgeEvent(place framework.Place, record recorded) error {
	now := place.Account.Pool().Now()
	switch {
	case record.Denied():
		return refuse("there is nothing to undo. Find out who tried it, and why.",
			"%s was denied (%s) and changed nothing", record.Name, record.ErrorCode)
	case record.Failed():
		return refuse("there is nothing to undo.", "%s failed (%s) and changed nothing", record.Name, record.ErrorCode)
	case record.AccountID != place.Account.ID:
		return refuse("name the account of the event in the argument \"account\".",
			"the event is of account %s and not of account %s", orNone(record.AccountID), place.Account.ID)
	case record.Region != place.Region:
		return refuse("undo it by hand.", "the record says the region %s, and was found in %s", orNone(record.Region), place.Region)
	case record.EventTime.IsZero():
		return refuse("undo it by hand.", "the record does not suffice: it has no eventTime that can be read")
	case now.Sub(record.EventTime) > retention:
		return refuse("too much can have changed since. Undo it by hand if it is still wanted.",
			"the event is of %s, more than 90 days ago", stamp(record.EventTime))
	case record.EventTime.After(now.Add(clockSkew)):
		return refuse("set the clock of this machine.", "the event is of %s, which is in the future", stamp(record.EventTime))
	}
	return nil
}

func orNone(text string) string {
	if text == "" {
		return "(not recorded)"
	}
	return text
}

// read takes the request parameters out of the record. One that is missing, cut, hidden or
// of another type is never guessed.
func (u *undo) read() error {
	for _, path := range append(slices.Clone(u.record.Truncated), unreadableParameters(u.record.Record)...) {
		if path == "requestParameters" || strings.HasPrefix(path, "requestParameters.") {
			return insufficient(path, "CloudTrail has left it out or cut it, or it cannot be understood")
		}
	}
	for _, name := range append(slices.Clone(u.needs), u.may...) {
		value, err := parameter(u.record.RequestParameters, name)
		switch {
		case err != nil:
			return insufficient("requestParameters."+name, err.Error())
		case value == "" && slices.Contains(u.needs, name):
			return insufficient("requestParameters."+name, "it is not there")
		case events.IsHidden(value):
			return insufficient("requestParameters."+name, "AWS has hidden it")
		}
		u.values[name] = value
	}
	return nil
}

// unreadableParameters are the paths in the parameters that could not be understood.
func unreadableParameters(record events.Record) []string {
	var paths []string
	for _, note := range record.Unreadable {
		path, _, _ := strings.Cut(note, ":")
		paths = append(paths, path)
	}
	return paths
}

func insufficient(path, why string) error {
	return refuse("undo it by hand, from what is declared.", "the record does not suffice: %s: %s", path, why)
}

// parameter is a text among the request parameters; dots lead into structures. It is ""
// where there is none.
func parameter(parameters map[string]any, name string) (string, error) {
	first, rest, deeper := strings.Cut(name, ".")
	var found any
	count := 0
	for key, value := range parameters {
		if strings.EqualFold(key, first) {
			found, count = value, count+1
		}
	}
	if count > 1 {
		return "", errSeveral
	}
	switch typed := found.(type) {
	case nil:
		return "", nil
	case string:
		if !deeper {
			return typed, nil
		}
	case map[string]any:
		if deeper {
			return parameter(typed, rest)
		}
	}
	return "", errNoText
}

// mayGrant says why the way back from an event may give access, or "". The catalogue has
// the direction of the event, and often that of the inverse as an event of its own.
func mayGrant(event events.Event, way inverse) string {
	if event.Direction == events.DirectionTightens || event.Direction == events.DirectionDepends {
		return event.SeverityReason
	}
	for _, name := range inverseNames(event) {
		back, known := events.Catalog().Lookup(event.Source, name)
		if known && (back.Direction == events.DirectionLoosens || back.Direction == events.DirectionDepends) {
			return back.SeverityReason
		}
	}
	return way.gives
}

// inverseNames are all the calls of the way back, as "CancelKeyDeletion, then EnableKey" has
// two: what the second one gives is given too.
func inverseNames(event events.Event) []string {
	names := strings.Split(event.Remediation.Inverse, ",")
	for i, name := range names {
		names[i] = strings.TrimPrefix(strings.TrimSpace(name), "then ")
	}
	return names
}
