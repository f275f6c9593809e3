package localaws

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// Mix says what [Account.Seed] makes up. Events are written "iam.amazonaws.com:ListUsers".
type Mix struct {
	// Region records the events; empty means us-east-1.
	Region string
	// From and To are the time in which the events lie, both before the account's clock.
	From, To time.Time
	// Share weighs the events against each other; the n of Seed are divided by it.
	Share map[string]int
	// Exactly are further events, so many of each.
	Exactly map[string]int
	// Rhythm places an event: it maps a number from 0 to 1, of which all are equally likely, to the part of the time from
	// From to To that has gone by then. Nil means evenly.
	Rhythm func(float64) float64
}

// synthetic is an event whose record is written only when somebody asks for it, since most are never shown.
type synthetic struct {
	account string
	number  uint64
}

// principals who act in synthetic records.
var seedActors = []string{"alice", "bob", "carol", "deploy", "audit", "mallory"}

// Seed puts n records of a mix straight into the log, besides those of mix.Exactly, all visible at once. The same arguments
// make the same records, down to their IDs. A million takes a few seconds: through moto it would be hours.
func (a *Account) Seed(n int, mix Mix, seed uint64) {
	random := rand.New(rand.NewPCG(seed, uint64(n))) //nolint:gosec // Repeatable on purpose.
	if mix.Region == "" {
		mix.Region = "us-east-1"
	}
	made := make([]*event, 0, n)
	for _, call := range slices.Sorted(maps.Keys(mix.Exactly)) {
		for range mix.Exactly[call] {
			made = append(made, a.invent(call, mix, random))
		}
	}
	if n > 0 {
		wheel := wheelOf(mix.Share)
		for range n {
			made = append(made, a.invent(wheel[random.IntN(len(wheel))], mix, random))
		}
	}
	slices.SortStableFunc(made, func(x, y *event) int { return x.at.Compare(y.at) })
	for _, e := range made {
		a.log.add(e)
	}
}

// wheelOf has every call as often as its share says.
func wheelOf(share map[string]int) []string {
	var wheel []string
	for _, call := range slices.Sorted(maps.Keys(share)) {
		wheel = append(wheel, slices.Repeat([]string{call}, share[call])...)
	}
	return wheel
}

func (a *Account) invent(call string, mix Mix, random *rand.Rand) *event {
	source, name, _ := strings.Cut(call, ":")
	at := random.Float64()
	if mix.Rhythm != nil {
		at = mix.Rhythm(at)
	}
	number := random.Uint64()
	e := &event{
		at:     mix.From.Add(time.Duration(at * float64(mix.To.Sub(mix.From)))).UTC().Truncate(time.Second),
		region: mix.Region, name: name, source: source,
		id:       fmt.Sprintf("%08x-%04x-4000-8000-%012x", uint32(number>>32), uint16(number>>16), random.Uint64()>>16),
		readOnly: fmt.Sprint(isRead(name)),
		username: seedActors[number%uint64(len(seedActors))],
		made:     &synthetic{account: a.ID, number: number},
	}
	e.accessKey = "AKIASEED" + strings.ToUpper(e.username) + "00000000"[len(e.username):]
	service, _, _ := strings.Cut(source, ".")
	e.resources = resourcesOf(service, e.parameters())
	return e
}

func isRead(name string) bool {
	return strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Describe")
}

// parameters name what a synthetic call was about.
func (e *event) parameters() map[string]any {
	params := map[string]any{}
	entry, _ := events.Catalog().Lookup(e.source, e.name)
	for _, field := range entry.TargetFields {
		params[field] = fmt.Sprintf("%s-%d", strings.ToLower(field), e.made.number%97)
	}
	return params
}

// text is the record of an event.
func (e *event) text() string {
	if e.made == nil {
		return string(e.raw)
	}
	record, err := json.Marshal(map[string]any{
		"eventVersion": "1.11",
		"userIdentity": map[string]any{
			"type": "IAMUser", "principalId": "AIDASEED" + strings.ToUpper(e.username), "accountId": e.made.account,
			"arn": "arn:aws:iam::" + e.made.account + ":user/" + e.username, "userName": e.username, "accessKeyId": e.accessKey,
		},
		"eventTime": e.at.Format(time.RFC3339), "eventSource": e.source, "eventName": e.name, "awsRegion": e.region,
		"sourceIPAddress": fmt.Sprintf("203.0.113.%d", e.made.number%250), "userAgent": "aws-cli/2.31.0",
		"requestParameters": e.parameters(), "responseElements": nil, "requestID": e.id, "eventID": e.id,
		"readOnly": isRead(e.name), "eventType": "AwsApiCall", "managementEvent": true,
		"recipientAccountId": e.made.account, "eventCategory": "Management",
	})
	if err != nil {
		return "" // Only texts, numbers and maps of them: there is nothing to fail.
	}
	return string(record)
}
