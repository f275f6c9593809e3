package history_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

var sieveStart = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// oneOf is a random choice.
func oneOf[T any](random *rand.Rand, values ...T) T { return values[random.IntN(len(values))] }

// randomRecord is a record of a few actors who remove and weaken within this time.
func randomRecord(random *rand.Rand, id string, span time.Duration) record {
	role := oneOf(random, "deploy", "dev", "ops")
	made := record{
		"eventTime": sieveStart.Add(time.Duration(random.Int64N(int64(span)))).Truncate(time.Second).Format(time.RFC3339),
		"eventName": oneOf(random, "RemoveUserFromGroup", "RemoveUserFromGroup", "DeleteGroup", "UpdateLoginProfile",
			"DeactivateMFADevice"),
		"eventSource": iamSource, "awsRegion": iamRegion,
		"userAgent": oneOf(random, "curl/8", "HashiCorp/1.0 Terraform/1.11.4"),
		"requestParameters": map[string]any{
			"userName": fmt.Sprintf("u%d", random.IntN(4)), "groupName": "g", "serialNumber": "s",
		},
		"userIdentity": map[string]any{
			"type": "AssumedRole", "accountId": "111122223333", "arn": "arn:aws:sts::111122223333:assumed-role/" + role + "/s",
			"sessionContext": map[string]any{"sessionIssuer": map[string]any{
				"type": "Role", "userName": role, "arn": "arn:aws:iam::111122223333:role/" + role,
			}},
		},
	}
	if id != "" {
		made["eventID"] = id
	}
	switch random.IntN(10) {
	case 0, 1:
		made["errorCode"] = "AccessDenied"
	case 2:
		made["errorCode"] = "NoSuchEntityException"
	case 3:
		made["userIdentity"] = map[string]any{"type": "AWSAccount", "accountId": "444455556666", "principalId": "AIDA"}
	case 4:
		delete(made, "eventTime")
	}
	return made
}

// randomArrivals are the records that some places show, in any order: some of them
// twice, some as two copies of one call that do not tell the same.
func randomArrivals(t *testing.T, random *rand.Rand) (found []located, ids []string) {
	t.Helper()
	span := oneOf(random, 5*time.Second, 5*time.Minute, 3*time.Hour)
	places := []located{
		{accountID: "111122223333", region: "us-east-1"},
		{accountID: "111122223333", region: "eu-west-1"},
		{accountID: "444455556666", region: "us-east-1"},
	}
	for i := range random.IntN(oneOf(random, 20, 60, 60, 400, 1500)) {
		id := fmt.Sprintf("id-%04d", i)
		if random.IntN(30) == 0 {
			id = ""
		}
		made, at := randomRecord(random, id, span), oneOf(random, places...)
		at.text = string(made.raw(t))
		switch random.IntN(8) {
		case 0:
			found, ids = append(found, at), append(ids, id)
		case 1:
			other := oneOf(random, places...)
			other.text = at.text
			found = append(found, other)
		case 2, 3:
			made["sharedEventID"] = "shared-" + id
			at.text = string(made.raw(t))
			other := oneOf(random, places...)
			copied := randomRecord(random, "copy-"+id, span)
			copied["sharedEventID"] = "shared-" + id
			other.text = string(copied.raw(t))
			found = append(found, other)
		}
		found = append(found, at)
	}
	random.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	if random.IntN(2) == 0 { // As one place tells it: the newest first.
		slices.SortStableFunc(found, func(a, b located) int { return int(b.when().Sub(a.when())) })
	}
	return found, ids
}

func (l located) when() time.Time {
	var told struct {
		EventTime time.Time `json:"eventTime"`
	}
	_ = json.Unmarshal([]byte(l.text), &told) // A record without a time has the zero one.
	return told.EventTime
}

func randomQuestion(random *rand.Rand, ids []string) history.Question {
	q := history.Question{
		MinSeverity: events.Severity(random.IntN(6)), IncludeFailed: random.IntN(2) == 0,
		MaxEvents: oneOf(random, 1, 2, 5, 30, 1000),
	}
	some := func(values ...string) []string {
		if random.IntN(3) > 0 {
			return nil
		}
		return []string{oneOf(random, values...)}
	}
	q.Principals = some("*role/dev", "*assumed-role/ops/*", "*")
	q.ExcludePrincipals, q.Deployers = some("*role/ops", "*role/deploy"), some("*role/deploy", "*")
	q.Resources = some("u1", "u*", "nothing")
	if len(ids) > 0 {
		q.Acknowledged = some(ids...)
	}
	return q
}

// Whatever arrives in whatever order, the stream reports what a plain computation
// over all records does.
func TestStream_isTheReference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		random := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // Repeatable on purpose.
		found, ids := randomArrivals(t, random)
		q := randomQuestion(random, ids)
		stream := history.NewStream(q)
		collectAll(stream, found, seed%2 == 0)
		got, err := stream.Finish()
		if err != nil {
			t.Fatal(err)
		}
		want := reference(t, q, found)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d, %+v:\n%d events, %+v, %s\nwant\n%d events, %+v, %s\n%s", seed, q,
				got.Total, got.Counts, got.Fingerprint, want.Total, want.Counts, want.Fingerprint, firstDifference(got.Shown, want.Shown))
		}
	}
}

// collectAll lets the records arrive, each place in a goroutine of its own or all in one.
func collectAll(stream *history.Stream, found []located, concurrent bool) {
	places, queues := map[located]*history.Place{}, map[located][]located{}
	for _, one := range found {
		at := located{accountID: one.accountID, region: one.region}
		if places[at] == nil {
			places[at] = stream.Place(at.accountID, at.region)
		}
		if !concurrent {
			places[at].Collect(types.Event{CloudTrailEvent: aws.String(one.text)})
		}
		queues[at] = append(queues[at], one)
	}
	if !concurrent {
		return
	}
	var arriving sync.WaitGroup
	for at, queue := range queues {
		arriving.Go(func() {
			for _, one := range queue {
				places[at].Collect(types.Event{CloudTrailEvent: aws.String(one.text)})
			}
		})
	}
	arriving.Wait()
}

func firstDifference(got, want []history.Shown) string {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !reflect.DeepEqual(got[i], want[i]) {
			return fmt.Sprintf("at %d:\n%+v\nwant\n%+v", i, got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
		}
	}
	return "the lists are the same"
}

// However many records arrive, only the texts of max_events of them are held.
func TestStream_holdsWhatItShows(t *testing.T) {
	t.Parallel()
	const count, limit = 20_000, 200
	for name, at := range map[string]func(i int) int{
		"newest first": func(i int) int { return count - i },
		"oldest first": func(i int) int { return i },
		"in any order": func(i int) int { return i * 7919 % count },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stream := history.NewStream(history.Question{MaxEvents: limit, IncludeFailed: true})
			place := stream.Place("111122223333", iamRegion)
			for i := range count {
				place.Collect(streamed(at(i)))
				if newest, undecided := stream.Held(); newest > limit || undecided > 0 {
					t.Fatalf("%d texts are held, and %d for later, after %d records", newest, undecided, i+1)
				}
			}
			if found, err := stream.Finish(); err != nil || found.Total != count || len(found.Shown) != limit {
				t.Errorf("%d of %d events: %v", len(found.Shown), found.Total, err)
			}
		})
	}
}

// streamed is the record number i of a stream, a second after the one before it.
func streamed(i int) types.Event {
	call := gradedCall{
		id: fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i), role: fmt.Sprintf("role%d", i%50), name: "RemoveUserFromGroup",
		after: time.Duration(i) * time.Second,
	}
	switch i % 4 {
	case 0:
		call.name, call.parameters = "UpdateAssumeRolePolicy", `{"roleName":"r","policyDocument":"{\"Statement\":[]}"}`
	case 1:
		call.rest = `,"errorCode":"AccessDenied"`
	}
	return types.Event{CloudTrailEvent: aws.String(string(call.raw()))}
}
