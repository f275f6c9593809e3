package localaws

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
)

// Outcome is what became of an event that matched a rule.
type Outcome string

// The outcomes of a delivery.
const (
	// Delivered means that the target took the event.
	Delivered Outcome = "delivered"
	// DeadLettered means that the target did not take it and the dead-letter queue did.
	DeadLettered Outcome = "dead-lettered"
	// Lost means that neither took it.
	Lost Outcome = "lost"
	// Disabled means that the rule is disabled.
	Disabled Outcome = "disabled"
	// LeftOut means that the event only reads, which the state of the rule leaves out.
	LeftOut Outcome = "left out"
	// Uncovered means that no trail logs such events of the region, so that EventBridge never got it.
	Uncovered Outcome = "uncovered"
	// NoTarget means that the rule has no target.
	NoTarget Outcome = "no target"
)

// Delivery is one event at one target of a rule that it matched.
type Delivery struct {
	Time time.Time
	// EventID and EventName are those of the record.
	EventID, EventName string
	// Rule and Target are ARNs, TargetID is the name of the target in the rule. Without a target the last two are empty.
	Rule, Target, TargetID string
	Outcome                Outcome
	// Message is what was sent, or would have been.
	Message string
	// Code and Reason say why it was not delivered, in the words of a dead-letter queue.
	Code, Reason string
	// Attempts is how often it was sent, retries too.
	Attempts int
}

// deliveries is the EventBridge of one account, as far as moto does not keep it.
type deliveries struct {
	mu   sync.Mutex
	list []Delivery
	// changes counts the writes to EventBridge by region, books are the rules as they were read after some of them.
	changes map[string]int
	books   map[string]*ruleBook
}

func newDeliveries() *deliveries {
	return &deliveries{changes: map[string]int{}, books: map[string]*ruleBook{}}
}

// Deliveries are the events that matched a rule of this account, in every region, in the order in which they arrived.
func (a *Account) Deliveries() []Delivery {
	a.deliveries.mu.Lock()
	defer a.deliveries.mu.Unlock()
	return slices.Clone(a.deliveries.list)
}

func (a *Account) noteDelivery(d Delivery) {
	a.deliveries.mu.Lock()
	defer a.deliveries.mu.Unlock()
	a.deliveries.list = append(a.deliveries.list, d)
}

// EmitRecord is PutRecord, and hands the records to the rules as if their calls had just been made here.
func (a *Account) EmitRecord(ctx context.Context, records ...json.RawMessage) error {
	for _, raw := range records {
		if err := a.PutRecord(raw); err != nil {
			return err
		}
		var r map[string]any
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		x := &exchange{ctx: ctx, server: a.server, account: a, caller: a.Admin(), now: a.now()}
		x.call.Region = text(r["awsRegion"])
		x.deliver(a, r, raw)
	}
	return nil
}

// occurrence is an event on its way through buses and rules.
type occurrence struct {
	// body is the event as EventBridge makes it, tree the same as values.
	body []byte
	tree map[string]any
	// record says that it comes from CloudTrail and not from another bus.
	record, readOnly bool
	covered          bool
	// accounts, regions and buses count the hops from one to another.
	accounts, regions, buses int
}

// deliver hands a record to the rules of its region. EventBridge gets it from CloudTrail only if a trail logs it.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
func (x *exchange) deliver(to *Account, record map[string]any, raw []byte) {
	region := text(record["awsRegion"])
	place := x.in(to, region)
	if !place.mayHaveRules() {
		return
	}
	readOnly, _ := record["readOnly"].(bool)
	tree, body := envelope(record, raw)
	if tree == nil {
		return
	}
	trails := x.trailsBefore
	if trails == nil || to != x.account {
		trails = to.trailsSeen()
	}
	covered := slices.ContainsFunc(trails, func(t trail) bool {
		return t.covers(region, text(record["eventSource"]), readOnly)
	})
	place.arrive(defaultBus, occurrence{body: body, tree: tree, record: true, readOnly: readOnly, covered: covered})
}

// in is the exchange as it asks moto about another account or region.
func (x *exchange) in(a *Account, region string) *exchange {
	there := *x
	there.ctx = context.WithoutCancel(x.ctx)
	there.account = a
	there.call.Region = region
	return &there
}

// envelope is the event that EventBridge makes of a record.
// See https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
func envelope(record map[string]any, raw []byte) (map[string]any, []byte) {
	label, _, _ := strings.Cut(text(record["eventSource"]), ".")
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Version    string         `json:"version"`
		ID         string         `json:"id"`
		DetailType string         `json:"detail-type"`
		Source     string         `json:"source"`
		Account    string         `json:"account"`
		Time       string         `json:"time"`
		Region     string         `json:"region"`
		Resources  []string       `json:"resources"`
		Detail     map[string]any `json:"detail"`
	}{
		Version: "0", ID: newID(), DetailType: detailType(text(record["eventType"])), Source: "aws." + label,
		Account: text(record["recipientAccountId"]), Time: text(record["eventTime"]), Region: text(record["awsRegion"]),
		Resources: []string{}, Detail: plain(raw),
	})
	if err != nil {
		return nil, nil
	}
	whole := bytes.TrimSpace(body.Bytes())
	return plain(whole), whole
}

// detailType tells the kinds of CloudTrail events apart.
// See https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-cloudtrail.html
func detailType(eventType string) string {
	switch eventType {
	case "AwsServiceEvent":
		return "AWS Service Event via CloudTrail"
	case "AwsConsoleSignIn":
		return "AWS Console Sign In via CloudTrail"
	case "AwsCloudTrailInsight":
		return "AWS Insight via CloudTrail"
	default:
		return "AWS API Call via CloudTrail"
	}
}

// plain reads an object and keeps numbers as they are written.
func plain(raw []byte) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var tree map[string]any
	if decoder.Decode(&tree) != nil {
		return nil
	}
	return tree
}

// covers says whether the trail logs management events of a region that only read, or that write.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
func (t *trail) covers(region, source string, readOnly bool) bool {
	service, _, _ := strings.Cut(source, ".")
	if !t.logging || t.region != region && !t.multi || globalServices[service] && !t.global {
		return false
	}
	for _, selector := range t.advanced {
		if s, _ := selector.(map[string]any); advancedCovers(s, source, readOnly) {
			return true
		}
	}
	for _, selector := range t.basic {
		if s, _ := selector.(map[string]any); len(t.advanced) == 0 && basicCovers(s, source, readOnly) {
			return true
		}
	}
	return false
}

func basicCovers(selector map[string]any, source string, readOnly bool) bool {
	if management, sent := selector["IncludeManagementEvents"].(bool); sent && !management {
		return false
	}
	excluded, _ := selector["ExcludeManagementEventSources"].([]any)
	if slices.Contains(excluded, any(source)) {
		return false
	}
	switch text(selector["ReadWriteType"]) {
	case "ReadOnly":
		return readOnly
	case "WriteOnly":
		return !readOnly
	default:
		return true
	}
}

func advancedCovers(selector map[string]any, source string, readOnly bool) bool {
	fields, _, err := readFields(selector["FieldSelectors"])
	if err != nil || only(fields["eventCategory"]) != "Management" {
		return false
	}
	if slices.Contains(fields["eventSource"]["NotEquals"], any(source)) {
		return false
	}
	switch only(fields["readOnly"]) {
	case "true":
		return readOnly
	case "false":
		return !readOnly
	default:
		return true
	}
}
