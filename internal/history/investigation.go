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

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

const (
	// callsPerObject is how many calls one investigation may make.
	callsPerObject = 3
	// attributionTime is how long all investigations of a process may take together.
	attributionTime = 20 * time.Second
	// clockSkew is by how much the clocks of this machine and of AWS may differ.
	clockSkew = 2 * time.Minute
)

// errOutOfTime ends an investigation when attributionTime is over.
var errOutOfTime = errors.New("the time for looking up who made changes is over")

// patience is what investigations of a process have in common: the time they have
// together, and how many came too late.
type patience struct {
	mu      sync.Mutex
	active  int
	since   time.Time
	spent   time.Duration
	skipped int
}

func patienceOf(pool *account.Pool) *patience {
	return account.Kept(pool, func() *patience { return &patience{} })
}

// begin counts an investigation in; left is the time that it has. One that has none
// may still find all that it needs among what others have read.
func (p *patience) begin(now time.Time) (left time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.active == 0 {
		p.since = now
	}
	p.active++
	return attributionTime - p.spent - now.Sub(p.since)
}

// end counts it out. Time passes while at least one investigation is under way.
func (p *patience) end(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active--
	if p.active == 0 {
		p.spent += now.Sub(p.since)
	}
}

// skip counts one that had no time, and tells how many there were.
func (p *patience) skip() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skipped++
	return p.skipped
}

// over tells whether the time is used up.
func (p *patience) over(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spent+now.Sub(p.since) >= attributionTime
}

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
	// since is the last apply, and now until when to search.
	since, now time.Time
	memory     *remembered
	// changed are the attributes that differ.
	changed []string

	mu sync.Mutex
	// read are the records that were read for this object.
	read     map[string]recorded
	suspects []suspect
	// searched are the calls that were looked up wholly, unsearched those for which no
	// call was left, or whose older pages were not read.
	searched, unsearched []string
}

// investigate looks up who changed attributes of an object since the last apply.
func (a Attribution) investigate(ctx context.Context, object Object, since time.Time, changed []string) story {
	pool := object.Place.Account.Pool()
	clock, common := pool.Now(), patienceOf(pool)
	now := memoryOf(pool).now(clock)
	i := &investigation{
		Attribution: a, object: object, region: object.Place.Region, now: now,
		since: maxTime(since, now.Add(-retention)).Truncate(time.Second), changed: changed, read: map[string]recorded{},
	}
	if object.Service != "" {
		region, err := object.Place.Account.EventRegion(object.Service)
		if err != nil {
			return unanswered(changed, err)
		}
		i.region = region
	}
	i.memory = memoryOf(pool).of(object.Place.Account.ID, i.region)
	left := common.begin(clock)
	defer func() { common.end(pool.Now()) }()
	limited, cancel := context.WithTimeoutCause(ctx, max(left, attributionTime/10), errOutOfTime)
	defer cancel()
	err := i.search(limited, common)
	if errors.Is(context.Cause(limited), errOutOfTime) {
		err = errOutOfTime
	}
	switch {
	case errors.Is(err, errOutOfTime):
		return untimely(changed, common.skip())
	case err != nil:
		return unanswered(changed, err)
	}
	return i.tell()
}

// search looks up the likeliest call for each attribute, and with the calls to
// CloudTrail that are left the others for what is not explained yet.
func (i *investigation) search(ctx context.Context, common *patience) error {
	// One investigation of a place asks at a time: the next one finds what it needs.
	if err := take(ctx, i.memory.asking); err != nil {
		return err
	}
	defer func() { <-i.memory.asking }()
	left := callsPerObject
	if i.unread(i.calls(0)) > left && !common.over(i.object.Place.Account.Pool().Now()) {
		left--
		if err := i.hint(ctx); err != nil {
			return err
		}
	}
	for rank := range i.ranks() {
		names, err := i.affordable(i.calls(rank), &left, common)
		group, groupCtx := errgroup.WithContext(ctx)
		for _, name := range names {
			group.Go(func() error { return i.lookUp(groupCtx, name) })
		}
		if err := cmp.Or(group.Wait(), err); err != nil {
			return err
		}
		i.findSuspects()
	}
	return nil
}

// affordable are those calls that have to be looked up and can be.
func (i *investigation) affordable(names []string, left *int, common *patience) (todo []string, err error) {
	for _, name := range names {
		switch {
		case i.unread([]string{name}) == 0:
			i.searched = append(i.searched, name)
		case *left == 0:
			i.unsearched = append(i.unsearched, name)
		case common.over(i.object.Place.Account.Pool().Now()):
			return todo, errOutOfTime
		default:
			*left--
			todo = append(todo, name)
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
	i.findSuspects()
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

// calls are those of a rank for the attributes that nothing explains yet.
func (i *investigation) calls(rank int) []string {
	var names []string
	for _, attribute := range i.changed {
		explained := slices.ContainsFunc(i.suspects, func(one suspect) bool { return slices.Contains(one.changes, attribute) })
		if calls := i.Calls[attribute]; rank < len(calls) && !explained && !slices.Contains(names, calls[rank]) &&
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
	for _, record := range i.keep(found) {
		i.memory.keep(record)
	}
	i.memory.note(c.by, told.window, i.now)
	if told.from.After(i.since) {
		i.unsearched = append(i.unsearched, name)
	} else {
		i.searched = append(i.searched, name)
	}
	return nil
}

// keep reads events into records. What cannot be read cannot be shown to be about
// this object.
func (i *investigation) keep(found []types.Event) []recorded {
	records := make([]recorded, 0, len(found))
	for _, event := range found {
		text := aws.ToString(event.CloudTrailEvent)
		record, err := events.Parse([]byte(text))
		if err != nil {
			continue
		}
		kept := recorded{
			Record: record, text: text, at: aws.ToTime(event.EventTime).UTC(),
			accountID: i.object.Place.Account.ID, region: i.region,
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
	i.suspects = nil
	for _, record := range i.read {
		one := suspect{recorded: record}
		for _, attribute := range i.changed {
			if slices.Contains(i.Calls[attribute], record.Name) {
				one.changes = append(one.changes, attribute)
			}
		}
		if len(one.changes) > 0 && record.Source == i.Source && i.window().holds(record.at) && !record.Failed() &&
			i.hit(record) && !i.ours(record) {
			i.suspects = append(i.suspects, one)
		}
	}
	slices.SortFunc(i.suspects, func(a, b suspect) int {
		return cmp.Or(b.EventTime.Compare(a.EventTime), cmp.Compare(a.EventID, b.EventID))
	})
}

// hit tells whether a call was on this object.
func (i *investigation) hit(record recorded) bool {
	for _, value := range record.Target {
		if slices.Contains(i.object.Names, value) {
			return true
		}
	}
	return false
}

// ours tells whether a call is one of the last apply itself, which a clock that
// differs from that of AWS puts after it.
func (i *investigation) ours(record recorded) bool {
	return record.EventTime.Before(i.since.Add(clockSkew)) && i.byCaller(record)
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
