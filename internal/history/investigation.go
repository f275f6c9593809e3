package history

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"golang.org/x/sync/errgroup"
)

const (
	// failedFor is how long an Update that failed can have been under way.
	failedFor = 10 * time.Minute
	// lateDelivery is after how long no event is waited for any more.
	lateDelivery = 2 * time.Hour
	// clockSkew is by how much the clocks of this machine and of AWS may differ.
	clockSkew = 2 * time.Minute
)

// suspect is a call that can have made a change.
type suspect struct {
	recorded

	// changes are the attributes that differ and that the call changes.
	changes []string
}

// investigation is the search for who changed one object.
type investigation struct {
	Attribution

	object Object
	region string
	// since is the last apply, failed an Update after it that failed on the way, and
	// now until when to search.
	since, failed, now time.Time

	memory *remembered
	common *patience
	// changed are the attributes that differ.
	changed []string

	mu sync.Mutex
	// read are the records that were read for this object.
	read     map[string]recorded
	suspects []suspect
	// searched are the calls that were looked up wholly, unsearched those for which no
	// call was left, or whose older pages were not read.
	searched, unsearched []string
	// unclear are the records that could not be read well enough to tell, by ID.
	unclear map[string]bool
}

// investigate looks up who changed attributes of an object since the last apply.
func (a Attribution) investigate(ctx context.Context, object Object, last applied, changed []string) story {
	pool := object.Place.Account.Pool()
	clock := pool.Now()
	now := memoryOf(pool).now(clock)
	// A change in the second of the apply is looked up too, for no window is empty.
	since := minTime(maxTime(last.At, now.Add(-retention)), now.Add(-time.Second)).Truncate(time.Second)
	i := &investigation{
		Attribution: a, object: object, region: object.Place.Region, now: now, failed: last.Failed, common: patienceOf(pool),
		since: since, changed: changed, read: map[string]recorded{}, unclear: map[string]bool{},
	}
	if object.Service != "" {
		region, err := object.Place.Account.EventRegion(object.Service)
		if err != nil {
			return unanswered(changed, err)
		}
		i.region = region
	}
	i.memory = memoryOf(pool).of(object.Place.Account.ID, i.region)
	left := i.common.begin(clock)
	defer func() { i.common.end(pool.Now()) }()
	limited, cancel := context.WithTimeoutCause(ctx, max(left, time.Second), errOutOfTime)
	defer cancel()
	err := i.search(limited)
	if errors.Is(context.Cause(limited), errOutOfTime) {
		err = errOutOfTime
	}
	i.findSuspects()
	switch {
	case len(i.suspects) > 0 || err == nil:
		return i.tell(err)
	case errors.Is(err, errOutOfTime):
		return untimely(changed, i.common.skip())
	}
	return unanswered(changed, err)
}

// search looks up the likeliest call for each attribute, then the others: the newest
// of all of them is the best match, so none is left out while calls are left.
func (i *investigation) search(ctx context.Context) error {
	// One investigation of a place asks at a time: the next one finds what it needs.
	if err := take(ctx, i.memory.asking); err != nil {
		return err
	}
	defer func() { <-i.memory.asking }()
	if i.unread(i.calls(0)) > i.common.left(i.id()) && !i.over() && i.common.call(i.id()) {
		if err := i.hint(ctx); err != nil {
			return err
		}
	}
	for rank := range i.ranks() {
		names, err := i.affordable(i.calls(rank))
		group, groupCtx := errgroup.WithContext(ctx)
		for _, name := range names {
			group.Go(func() error { return i.lookUp(groupCtx, name) })
		}
		if err := cmp.Or(group.Wait(), err); err != nil {
			return err
		}
	}
	return nil
}

// id tells the object from all others, and over whether the time for all is used up.
func (i *investigation) id() string {
	return i.region + " " + i.object.Place.Account.ID + " " + i.object.Names[0]
}

func (i *investigation) over() bool { return i.common.over(i.object.Place.Account.Pool().Now()) }

// affordable are those calls that have to be looked up and can be.
func (i *investigation) affordable(names []string) (todo []string, err error) {
	for _, name := range names {
		switch {
		case i.unread([]string{name}) == 0:
			i.searched = append(i.searched, name)
		case i.over():
			return todo, errOutOfTime
		case i.common.call(i.id()):
			todo = append(todo, name)
		default:
			i.unsearched = append(i.unsearched, name)
		}
	}
	return todo, nil
}

// unread counts the calls that were not read since the last apply.
func (i *investigation) unread(names []string) int {
	n := 0
	for _, name := range names {
		if len(i.memory.read(everyCall(name), i.now).gaps(i.window())) > 0 {
			n++
		}
	}
	return n
}

// hint reads the newest calls of all kinds that CloudTrail lists under the object,
// where there are more kinds than may be read. What it does not list proves nothing:
// the list holds reads too, and not every call is listed under its object.
func (i *investigation) hint(ctx context.Context) error {
	by := attribute{key: types.LookupAttributeKeyResourceName, value: i.object.Names[0]}
	found, _, err := ask(ctx, i.object.Place.Account, i.region, &chain{by: by, window: i.window(), read: i.now})
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keep(found)
	return nil
}

// ranks is the length of the longest list of calls.
func (i *investigation) ranks() int {
	most := 0
	for _, attribute := range i.changed {
		most = max(most, len(i.Calls[attribute]))
	}
	return most
}

// calls are those of a rank that were not looked up.
func (i *investigation) calls(rank int) []string {
	var names []string
	for _, attribute := range i.changed {
		if calls := i.Calls[attribute]; rank < len(calls) && !slices.Contains(names, calls[rank]) &&
			!slices.Contains(i.searched, calls[rank]) && !slices.Contains(i.unsearched, calls[rank]) {
			names = append(names, calls[rank])
		}
	}
	return names
}

// lookUp reads the newest page of a call. It is read down to long before the last
// apply where that is on the page, so that it serves other objects too.
func (i *investigation) lookUp(ctx context.Context, name string) error {
	c := &chain{by: everyCall(name), window: window{from: i.now.Add(-retention), to: i.now}, read: i.now}
	found, told, err := ask(ctx, i.object.Place.Account, i.region, c)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.memory.keepAll(i.keep(found), c.by, told.window, i.now)
	if told.from.After(i.since) {
		i.unsearched = append(i.unsearched, name)
	} else {
		i.searched = append(i.searched, name)
	}
	return nil
}

// keep reads events into records. What cannot be read cannot be shown to be about
// this object, nor not to be: it is counted.
func (i *investigation) keep(found []types.Event) []recorded {
	records := make([]recorded, 0, len(found))
	for _, event := range found {
		kept, err := toRecorded(event, i.object.Place.Account.ID, i.region)
		if err != nil {
			if at := aws.ToTime(event.EventTime); i.window().holds(at) {
				i.unclear[aws.ToString(event.EventId)] = true
			}
			continue
		}
		i.read[kept.key()] = kept
		records = append(records, kept)
	}
	return records
}

// everyCall is all records of a name, of whatever source.
func everyCall(name string) attribute {
	by := ofName(name)
	by.every = true
	return by
}

func (i *investigation) window() window { return window{from: i.since, to: i.now} }

// findSuspects are the calls on this object since the last apply that had an effect,
// the newest first.
func (i *investigation) findSuspects() {
	i.memory.recall(i.window(), func(record recorded) { i.read[record.key()] = record }, func(string) {})
	for _, record := range i.read {
		one := suspect{recorded: record}
		for _, attribute := range i.changed {
			if slices.Contains(i.Calls[attribute], record.Name) {
				one.changes = append(one.changes, attribute)
			}
		}
		if len(one.changes) == 0 || record.Source != i.Source || !i.window().holds(record.at) || record.Failed() || i.ours(record) {
			continue
		}
		switch {
		case i.hit(record):
			i.suspects = append(i.suspects, one)
		case !record.ParametersReadable() || len(record.Target) == 0:
			i.unclear[record.key()] = true
		}
	}
	slices.SortFunc(i.suspects, func(a, b suspect) int {
		return cmp.Or(b.EventTime.Compare(a.EventTime), cmp.Compare(a.EventID, b.EventID))
	})
}

// hit tells whether a call was on this object, or on a part of it whose ARN begins with
// its own, as that of a subscription does with that of its topic. The one object of an
// account is hit by every one of its calls.
func (i *investigation) hit(record recorded) bool {
	if i.Singleton {
		return true
	}
	for _, value := range record.Target {
		for _, name := range i.object.Names {
			if value == name || strings.HasPrefix(name, "arn:") && strings.HasPrefix(value, name+":") {
				return true
			}
		}
	}
	return false
}

// ours tells whether a call is one of the last apply itself, which a clock that
// differs from that of AWS puts after it, or of an Update that failed on the way.
func (i *investigation) ours(record recorded) bool {
	at := record.EventTime
	failing := at.After(i.failed.Add(-failedFor)) && at.Before(i.failed.Add(clockSkew))
	return (at.Before(i.since.Add(clockSkew)) || failing) && i.byCaller(record)
}

// byCaller tells whether a call was made by the identity that runs this plan: the
// same principal, or another session of the same role.
func (i *investigation) byCaller(record recorded) bool {
	caller := i.object.Place.Account.CallerARN
	_, session, assumed := strings.Cut(caller, ":assumed-role/")
	role, _, _ := strings.Cut(session, "/")
	issuer := record.Identity.Issuer.ARN
	return caller != "" && caller == record.Actor.ARN ||
		assumed && record.Actor.AccountID == i.object.Place.Account.ID && strings.HasSuffix(issuer, "/"+role)
}
