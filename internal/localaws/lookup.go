package localaws

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

const (
	lookupPage      = 50
	lookupDays      = 90
	lookupPerSecond = 2
	attributeLimit  = 2000
)

var lookupKeys = map[string]bool{
	"EventId": true, "EventName": true, "ReadOnly": true, "Username": true,
	"ResourceType": true, "ResourceName": true, "EventSource": true, "AccessKeyId": true,
}

// insightKeys are those for Insights events.
var insightKeys = map[string]bool{"EventId": true, "EventName": true, "EventSource": true}

// lookupInput is the input of LookupEvents.
type lookupInput struct {
	LookupAttributes []struct{ AttributeKey, AttributeValue string }
	StartTime        *float64
	EndTime          *float64
	EventCategory    string
	MaxResults       *int
	NextToken        string
}

// page is what a token stands for: the rest of one answer, and the parameters it was made with.
type page struct {
	query string
	rest  []*event
}

// lookupEvents answers from the log.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
func (x *exchange) lookupEvents() (*answer, error) {
	if !x.account.log.allow(x.call.Region, x.now) {
		x.call.Throttled = true
		return nil, x.throttled()
	}
	var in lookupInput
	if err := json.Unmarshal(x.body, &in); err != nil {
		return nil, refuse("SerializationException", "%v", err)
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	from, to, err := in.times(x.now)
	if err != nil {
		return nil, err
	}
	rest, err := x.lookedUp(in, from, to)
	if err != nil {
		return nil, err
	}
	size := lookupPage
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	out := map[string]any{}
	if len(rest) > size {
		out["NextToken"] = x.account.log.hold(&page{query: x.call.Region + in.key(), rest: rest[size:]})
		rest = rest[:size]
	}
	events := make([]map[string]any, 0, len(rest))
	for _, e := range rest {
		events = append(events, e.shown())
	}
	out["Events"] = events
	return answerJSON(out)
}

// lookedUp are the events that a first page begins with, or what the token left.
func (x *exchange) lookedUp(in lookupInput, from, to time.Time) ([]*event, error) {
	if in.NextToken != "" {
		held := x.account.log.take(in.NextToken)
		if held == nil || held.query != x.call.Region+in.key() {
			return nil, refuse("InvalidNextTokenException",
				"The token is not valid, or it was used with other parameters than those it was given for.")
		}
		return held.rest, nil
	}
	if in.EventCategory != "" {
		// Insights events: none are ever made here.
		return nil, nil
	}
	attribute, value := in.attribute()
	return x.account.log.find(x.call.Region, attribute, value, from, to, x.now), nil
}

func (in lookupInput) check() error {
	if len(in.LookupAttributes) > 1 {
		return refuse("InvalidLookupAttributesException", "Currently, you can specify only one lookup attribute.")
	}
	if in.EventCategory != "" && in.EventCategory != "insight" {
		return refuse("InvalidEventCategoryException", "The event category %q is not valid, only insight is.", in.EventCategory)
	}
	if in.MaxResults != nil && (*in.MaxResults < 1 || *in.MaxResults > lookupPage) {
		return refuse("InvalidMaxResultsException", "MaxResults must be between 1 and %d.", lookupPage)
	}
	known := lookupKeys
	if in.EventCategory != "" {
		known = insightKeys
	}
	for _, a := range in.LookupAttributes {
		if !known[a.AttributeKey] || a.AttributeValue == "" {
			return refuse("InvalidLookupAttributesException", "The lookup attribute %q is not valid.", a.AttributeKey)
		}
		if attributeLength(a.AttributeValue) > attributeLimit {
			return refuse("InvalidLookupAttributesException", "The value is longer than %d characters.", attributeLimit)
		}
	}
	return nil
}

// attributeLength counts as the API does: underscore, space, comma and newline are two.
func attributeLength(value string) int {
	n := 0
	for _, r := range value {
		n++
		if strings.ContainsRune("_ ,\n", r) {
			n++
		}
	}
	return n
}

// times is the range that is asked for, inside of the last 90 days.
func (in lookupInput) times(now time.Time) (from, to time.Time, err error) {
	oldest := now.AddDate(0, 0, -lookupDays)
	from, to = oldest, now.Add(time.Minute)
	if in.StartTime != nil {
		from = epoch(*in.StartTime)
	}
	if in.EndTime != nil {
		to = epoch(*in.EndTime)
	}
	if in.StartTime != nil && in.EndTime != nil && from.After(to) {
		return from, to, refuse("InvalidTimeRangeException", "The start time is after the end time.")
	}
	if to.Before(oldest) {
		return from, to, refuse("InvalidTimeRangeException", "The time range lies outside of the last %d days.", lookupDays)
	}
	if from.Before(oldest) {
		from = oldest
	}
	return from, to, nil
}

func epoch(seconds float64) time.Time {
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC()
}

func (in lookupInput) attribute() (key, value string) {
	for _, a := range in.LookupAttributes {
		return a.AttributeKey, a.AttributeValue
	}
	return "", ""
}

// key tells requests with identical parameters, but for the token.
func (in lookupInput) key() string {
	in.NextToken = ""
	text, _ := json.Marshal(in)
	return string(text)
}

// shown is an event in the answer: readOnly is a string there, and the record is JSON in a string.
func (e *event) shown() map[string]any {
	resources := make([]map[string]any, 0, len(e.resources))
	for _, r := range e.resources {
		resources = append(resources, map[string]any{"ResourceType": r.kind, "ResourceName": r.name})
	}
	shown := map[string]any{
		"EventId": e.id, "EventTime": e.at.Unix(), "Resources": resources, "CloudTrailEvent": e.text(),
	}
	for name, value := range map[string]string{
		"EventName": e.name, "EventSource": e.source, "ReadOnly": e.readOnly, "Username": e.username, "AccessKeyId": e.accessKey,
	} {
		if value != "" {
			shown[name] = value
		}
	}
	return shown
}

// allow takes a call off the rate of the region.
func (l *recordLog) allow(region string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter := l.limiters[region]
	if limiter == nil {
		perSecond, burst := l.lookup.Rate, l.lookup.Burst
		if perSecond == 0 {
			perSecond = lookupPerSecond
		}
		if burst == 0 {
			burst = int(math.Ceil(perSecond))
		}
		limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
		l.limiters[region] = limiter
	}
	return limiter.AllowN(now, 1)
}

func (l *recordLog) hold(p *page) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	token := fmt.Sprintf("%06d", len(l.tokens)) + randomText(40, mixed)
	l.tokens[token] = p
	return token
}

func (l *recordLog) take(token string) *page {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tokens[token]
}
