package events

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Record is one CloudTrail record. Fields the record lacks hold the zero
// value. Its texts share memory with one copy of the whole record.
type Record struct {
	// EventID is unique, except that copies for another account share SharedEventID only.
	EventID string
	// EventTime is when the call was made, in UTC; zero when absent or unreadable, which Unreadable then says.
	EventTime time.Time
	// Name is eventName; empty in Insight records.
	Name string
	// Source is eventSource, such as "iam.amazonaws.com"; empty in Insight records.
	Source string
	// Type is eventType, such as AwsApiCall, AwsServiceEvent, AwsConsoleSignIn.
	Type string
	// Region is awsRegion: where the call was recorded.
	Region string
	// AccountID is recipientAccountId, else userIdentity.accountId.
	AccountID string
	// Version is eventVersion.
	Version Version
	// ReadOnly is nil in old records; absent does not mean false.
	ReadOnly *bool
	// Management is managementEvent, nil in old records.
	Management *bool
	// Category is Management, Data, NetworkActivity or Insight; empty in old records.
	Category string
	// SourceIP is an address or the host name of a service.
	SourceIP string
	// UserAgent is set by the caller, at most 1 KB.
	UserAgent string
	// RequestID is the call's.
	RequestID string
	// ErrorCode is trimmed; empty when the call succeeded.
	ErrorCode string
	// ErrorMessage is at most 1 KB.
	ErrorMessage string
	// SharedEventID is equal in the copies of one call that several accounts get.
	SharedEventID string
	// Addendum tells of late or corrected delivery; nil when there is none.
	Addendum map[string]any
	// RequestParameters is nil when null, absent or unreadable. Numbers are json.Number.
	RequestParameters map[string]any
	// ServiceEventDetails stands in for request parameters in AwsServiceEvent records.
	ServiceEventDetails map[string]any
	// Identity is userIdentity as recorded.
	Identity Identity
	// Actor is who made the call.
	Actor Actor
	// Target maps parameter names to what was hit, such as groupName and
	// userName; "resource" where only an error message names it. Never nil
	// after Parse; empty when nothing is named.
	Target map[string]string
	// Outcome is how the call ended.
	Outcome Outcome
	// Hidden lists paths such as "actor.name" and "target.userName" whose value
	// AWS replaced by a placeholder: it is kept, and is not a name.
	Hidden []string
	// Truncated lists paths whose value CloudTrail cut or left out for size.
	Truncated []string
	// Unreadable lists what matters for judging the record and could not be
	// understood, as "<path>: <reason>". It is empty for a sound record.
	Unreadable []string

	event *Event
}

// Failed says whether the call had no effect: an error code that is not
// empty, or a console sign-in that failed.
func (r Record) Failed() bool { return r.Outcome == OutcomeFailed || r.Outcome == OutcomeDenied }

// Denied says whether the call failed for lack of permission.
func (r Record) Denied() bool { return r.Outcome == OutcomeDenied }

// Event returns the catalogue's entry for the record, if it has one.
func (r Record) Event() (Event, bool) {
	if r.event == nil {
		return Event{}, false
	}
	return *r.event, true
}

// reader collects a record and what of it needs the other fields first.
type reader struct {
	scanner
	rec          Record
	eventTime    string
	version      string
	hasIdentity  bool
	fromConsole  bool
	mfaUsed      *bool
	failedChecks []string // members of responseElements that read "Failure"
}

// readers are used again: a reader is larger than most records.
var readers sync.Pool

// Parse reads one CloudTrail record: the JSON object itself, as found in log
// files, in the CloudTrailEvent text of LookupEvents and in the detail of an
// EventBridge event. Only text that is not one complete JSON object is an
// error; everything else that cannot be understood is listed in Unreadable.
func Parse(raw []byte) (Record, error) {
	r, ok := readers.Get().(*reader)
	if !ok {
		r = &reader{}
	}
	r.text = string(raw)
	defer func() {
		*r = reader{scanner: scanner{stack: r.stack}}
		readers.Put(r)
	}()
	if c := r.peek(); c != '{' {
		if c == 0 {
			return Record{}, errors.New("parse record: no text")
		}
		return Record{}, fmt.Errorf("parse record: %w", errNotObject)
	}
	r.members("", func(key string) {
		if read, ok := recordFields[key]; ok {
			read(r)
			return
		}
		r.skip()
	})
	if r.peek(); r.pos < len(r.text) {
		r.fail("text after the record")
	}
	if r.err != nil {
		return Record{}, fmt.Errorf("parse record: %w", r.err)
	}
	r.finish()
	return r.rec, nil
}

// recordFields reads the top-level fields; the others are skipped.
var recordFields = map[string]func(r *reader){
	"eventID":            func(r *reader) { r.rec.EventID = r.scalar("eventID") },
	"eventTime":          func(r *reader) { r.eventTime = r.scalar("eventTime") },
	"eventName":          func(r *reader) { r.rec.Name = r.scalar("eventName") },
	"eventSource":        func(r *reader) { r.rec.Source = r.scalar("eventSource") },
	"eventType":          func(r *reader) { r.rec.Type = r.scalar("eventType") },
	"awsRegion":          func(r *reader) { r.rec.Region = r.scalar("awsRegion") },
	"recipientAccountId": func(r *reader) { r.rec.AccountID = r.scalar("recipientAccountId") },
	"eventVersion":       func(r *reader) { r.version = r.scalar("eventVersion") },
	"readOnly":           func(r *reader) { r.rec.ReadOnly = r.flag("readOnly") },
	"managementEvent":    func(r *reader) { r.rec.Management = r.flag("managementEvent") },
	"eventCategory":      func(r *reader) { r.rec.Category = r.scalar("eventCategory") },
	"sourceIPAddress":    func(r *reader) { r.rec.SourceIP = r.scalar("sourceIPAddress") },
	"userAgent":          func(r *reader) { r.rec.UserAgent = r.scalar("userAgent") },
	"requestID":          func(r *reader) { r.rec.RequestID = r.scalar("requestID") },
	"errorCode":          func(r *reader) { r.rec.ErrorCode = strings.TrimSpace(r.scalar("errorCode")) },
	"errorMessage":       func(r *reader) { r.rec.ErrorMessage = r.scalar("errorMessage") },
	"sharedEventID":      func(r *reader) { r.rec.SharedEventID = r.scalar("sharedEventID") },
	"addendum":           func(r *reader) { r.rec.Addendum = r.parameters("addendum") },
	"requestParameters":  func(r *reader) { r.rec.RequestParameters = r.parameters("requestParameters") },
	"serviceEventDetails": func(r *reader) {
		r.rec.ServiceEventDetails = r.parameters("serviceEventDetails")
	},
	"userIdentity": func(r *reader) { r.hasIdentity = r.readIdentity(&r.rec.Identity) },
	"sessionCredentialFromConsole": func(r *reader) {
		fromConsole := r.flag("sessionCredentialFromConsole")
		r.fromConsole = fromConsole != nil && *fromConsole
	},
	"responseElements":    readResponse,
	"additionalEventData": readAdditional,
}

// readResponse keeps the checks of a sign-in that failed.
func readResponse(r *reader) {
	if r.peek() != '{' { // other shapes carry no sign-in result
		r.skip()
		return
	}
	r.members("responseElements", func(key string) {
		if r.peek() != '"' {
			r.skip()
			return
		}
		if r.str() == "Failure" {
			r.failedChecks = append(r.failedChecks, key)
		}
	})
}

// readAdditional keeps whether a sign-in used MFA.
func readAdditional(r *reader) {
	r.object("additionalEventData", func(s *scanner, key string) {
		if key != "MFAUsed" {
			s.skip()
			return
		}
		switch s.scalar("additionalEventData.MFAUsed") {
		case "Yes":
			r.mfaUsed = new(true)
		case "No":
			r.mfaUsed = new(false)
		}
	})
}

// finish works out what needs several fields, and lists what is missing.
func (r *reader) finish() {
	r.complete = true
	rec := &r.rec
	rec.event = catalogue().byKey[eventKey{rec.Source, rec.Name}]
	if rec.AccountID == "" {
		rec.AccountID = rec.Identity.AccountID
	}
	r.readTime()
	if version, ok := parseVersion(r.version); ok {
		rec.Version = version
	} else if r.version != "" {
		r.note("eventVersion", "not two numbers")
	}
	r.noteAbsent()
	signIn := rec.Source == consoleService || rec.Type == "AwsConsoleSignIn"
	refused := slices.Contains(r.failedChecks, rec.Name) || slices.Contains(r.failedChecks, "ConsoleLogin")
	rec.Outcome = outcomeOf(rec.ErrorCode, signIn && refused)
	rec.Actor = newActor(&rec.Identity, r.fromConsole || signIn || rec.Type == "AwsConsoleAction", r.mfaUsed)
	r.readTruncation()
	r.readTarget()
	r.noteHidden()
	rec.Unreadable = r.notes
}

// timeLayouts are the forms eventTime comes in: CloudTrail's own, then those
// of query engines, which are UTC too.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999"}

// readTime reads eventTime.
func (r *reader) readTime() {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, r.eventTime); err == nil && !t.IsZero() {
			r.rec.EventTime = t.UTC()
			return
		}
	}
	if r.eventTime == "" {
		r.note("eventTime", "absent")
		return
	}
	r.note("eventTime", "not a time")
}

// noteAbsent lists the fields without which a record cannot be judged.
func (r *reader) noteAbsent() {
	rec := &r.rec
	insight := rec.Category == "Insight" || rec.Type == "AwsCloudTrailInsight"
	absent := func(path string, missing bool) {
		if missing && !slices.ContainsFunc(r.notes, func(note string) bool { return strings.HasPrefix(note, path+":") }) {
			r.note(path, "absent")
		}
	}
	absent("eventID", rec.EventID == "")
	absent("eventName", rec.Name == "" && !insight)
	absent("eventSource", rec.Source == "" && !insight)
	absent("userIdentity", !r.hasIdentity && !insight)
	absent("userIdentity.type", r.hasIdentity && rec.Identity.Type == "" && rec.Identity.InvokedBy == "")
	absent("recipientAccountId", rec.AccountID == "")
}
