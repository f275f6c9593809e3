package localaws

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// event is one record as LookupEvents shows it.
type event struct {
	at, visible time.Time
	region      string
	raw         json.RawMessage
	made        *synthetic
	id, name    string
	source      string
	readOnly    string
	username    string
	accessKey   string
	resources   []resource
}

// resource is an entry of Resources in LookupEvents.
type resource struct{ kind, name string }

// recordLog keeps the records of one account, indexed by every attribute that LookupEvents takes.
type recordLog struct {
	mu       sync.Mutex
	lookup   Lookup
	all      []*event
	index    map[string][]*event
	limiters map[string]*rate.Limiter
	tokens   map[string]*page
}

func newRecordLog(l Lookup) *recordLog {
	return &recordLog{
		lookup: l, index: map[string][]*event{}, limiters: map[string]*rate.Limiter{}, tokens: map[string]*page{},
	}
}

func (l *recordLog) setLookup(lookup Lookup) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lookup, l.limiters = lookup, map[string]*rate.Limiter{}
}

func (l *recordLog) add(e *event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, e)
	l.put(e.region, "", "", e)
	l.put(e.region, "EventId", e.id, e)
	l.put(e.region, "EventName", e.name, e)
	l.put(e.region, "EventSource", e.source, e)
	l.put(e.region, "ReadOnly", e.readOnly, e)
	l.put(e.region, "Username", e.username, e)
	l.put(e.region, "AccessKeyId", e.accessKey, e)
	var seen []string
	for _, r := range e.resources {
		for _, key := range []string{"ResourceName\x00" + r.name, "ResourceType\x00" + r.kind} {
			if !slices.Contains(seen, key) {
				seen = append(seen, key)
				attribute, value, _ := strings.Cut(key, "\x00")
				l.put(e.region, attribute, value, e)
			}
		}
	}
}

func (l *recordLog) put(region, attribute, value string, e *event) {
	if attribute != "" && value == "" {
		return
	}
	key := region + "\x00" + attribute + "\x00" + value
	l.index[key] = append(l.index[key], e)
}

// find are the events of a region that have the attribute, in the time range and visible now, newest first.
func (l *recordLog) find(region, attribute, value string, from, to, now time.Time) []*event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []*event
	for _, e := range l.index[region+"\x00"+attribute+"\x00"+value] {
		if !e.at.Before(from) && !e.at.After(to) && !e.visible.After(now) {
			found = append(found, e)
		}
	}
	// The log is in order of arrival; among equal times the later one is the newer one.
	slices.Reverse(found)
	slices.SortStableFunc(found, func(a, b *event) int { return cmp.Compare(b.at.UnixNano(), a.at.UnixNano()) })
	return found
}

// keep puts a record of a call into the log.
func (a *Account) keep(x *exchange, record map[string]any) {
	a.log.mu.Lock()
	delay := a.log.lookup.Delay
	a.log.mu.Unlock()
	// The first copy learns the ID that it shares with the second, so the second is made first.
	shared, other := x.crossAccount(record)
	a.put(x, record, delay)
	if shared != nil {
		other.put(x, shared, delay)
	}
}

func (a *Account) put(x *exchange, record map[string]any, delay time.Duration) {
	e, err := newEvent(record, x.resources())
	if err != nil {
		a.noteUnknown("record of " + x.call.Name() + " (" + err.Error() + ")")
		return
	}
	e.visible = x.now.Add(delay)
	a.log.add(e)
	x.deliver(a, record, e.raw)
}

// newEvent reads from a record what LookupEvents shows beside it.
func newEvent(record map[string]any, resources []resource) (*event, error) {
	raw, err := json.Marshal(record)
	if err != nil {
		return nil, fmt.Errorf("write the record: %w", err)
	}
	e := &event{raw: raw, resources: resources}
	e.at, err = time.Parse(time.RFC3339, text(record["eventTime"]))
	if err != nil {
		return nil, fmt.Errorf("read eventTime: %w", err)
	}
	e.region, e.id = text(record["awsRegion"]), text(record["eventID"])
	e.name, e.source = text(record["eventName"]), text(record["eventSource"])
	if ro, ok := record["readOnly"]; ok && ro != nil {
		e.readOnly = fmt.Sprint(ro)
	}
	who, _ := record["userIdentity"].(map[string]any)
	e.accessKey = text(who["accessKeyId"])
	switch text(who["type"]) {
	case typeRoot:
		e.username = "root"
	case typeRole:
		// The user name in LookupEvents is the session, the part of principalId after the colon.
		_, e.username, _ = strings.Cut(text(who["principalId"]), ":")
	default:
		e.username = text(who["userName"])
	}
	return e, nil
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func jsonOrText(body []byte) any {
	var v any
	if json.Unmarshal(body, &v) == nil {
		return v
	}
	return string(body)
}

// Records are the records of this account in every region, oldest first, as JSON objects.
func (a *Account) Records() []map[string]any {
	a.log.mu.Lock()
	defer a.log.mu.Unlock()
	records := make([]map[string]any, 0, len(a.log.all))
	for _, e := range a.log.all {
		var r map[string]any
		if json.Unmarshal([]byte(e.text()), &r) == nil {
			records = append(records, r)
		}
	}
	return records
}

// PutRecord puts ready records into the log, each with its own eventTime and awsRegion, visible at once. LookupEvents shows
// them as they are; what it shows beside them is read from them.
func (a *Account) PutRecord(records ...json.RawMessage) error {
	for _, raw := range records {
		var r map[string]any
		if err := json.Unmarshal(raw, &r); err != nil {
			return fmt.Errorf("read the record: %w", err)
		}
		params, _ := r["requestParameters"].(map[string]any)
		service, _, _ := strings.Cut(text(r["eventSource"]), ".")
		e, err := newEvent(r, resourcesOf(service, params))
		if err != nil {
			return err
		}
		e.raw = slices.Clone(raw)
		a.log.add(e)
	}
	return nil
}
