package history

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// The ways in which a place was searched, from the cheapest to the dearest.
const (
	// strategyRemembered: this process had read it all before.
	strategyRemembered = "remembered"
	// strategyOnePage: one page of each event source held all there was.
	strategyOnePage = "one_page"
	// strategyBySource: all pages of an event source were read.
	strategyBySource = "by_source"
	// strategyByName: one chain of pages for each event name.
	strategyByName = "by_name"
)

// strategies in the order of their cost.
var strategies = []string{strategyRemembered, strategyOnePage, strategyBySource, strategyByName}

// dearest is the more expensive of two strategies, which is the one to report.
func dearest(a, b string) string {
	return strategies[max(slices.Index(strategies, a), slices.Index(strategies, b))]
}

const (
	// lookupsInFlight bounds the calls that are under way in one place. The limiter
	// paces their starts, so that at two a second this is a latency of eight seconds.
	lookupsInFlight = 16
	// lookupsPerSecond is the quota that the plan reckons with.
	lookupsPerSecond = 2
)

// search reads what is not remembered: of each event source what its reading plan
// says, then the names that are left.
func (l *lookup) search(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	names := &nameReader{lookup: l, slots: make(chan struct{}, lookupsInFlight), begun: map[string]window{}}
	if l.budget != nil {
		names.slots = make(chan struct{}, 1) // What a few calls find is the same in every plan.
	}
	names.read = func(c *chain) { // It goes on when the plan that began it has ended.
		group.Go(func() error {
			defer func() { <-names.slots }()
			return l.readAll(ctx, c)
		})
	}
	group.Go(func() error {
		left, err := l.readSources(ctx, names)
		for _, name := range slices.Sorted(maps.Keys(left)) {
			if err == nil {
				err = names.begin(ctx, name, left[name])
			}
		}
		return err
	})
	return group.Wait()
}

// readSources goes through the reading plans of all event sources, and gives back
// the names to read with their windows. A name that several sources have is read
// once, in a window for all of them.
func (l *lookup) readSources(ctx context.Context, names *nameReader) (map[string]window, error) {
	bySource := l.wanted.bySource()
	sources := slices.Sorted(maps.Keys(bySource))
	left := make([][]string, len(sources))
	group, ctx := errgroup.WithContext(ctx)
	if l.budget != nil {
		group.SetLimit(1)
	}
	for i, source := range sources {
		group.Go(func() (err error) {
			left[i], err = l.readSource(ctx, source, bySource[source], names)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	windows := map[string]window{}
	for i, source := range sources {
		for _, name := range left[i] {
			gap, missing := l.unread(source, name)
			if other, twice := windows[name]; twice && missing {
				gap = gap.hull(other)
			}
			if missing {
				windows[name] = gap
			}
		}
	}
	return windows, nil
}

// unread is the part of the window that was not read for a name of a source: the
// shortest window that holds all of it.
func (l *lookup) unread(source, name string) (gap window, missing bool) {
	covered := l.memory.read(ofSource(source), l.now)
	for _, one := range l.memory.read(ofName(name), l.now) {
		covered = covered.add(one)
	}
	gaps := covered.gaps(l.window)
	if len(gaps) == 0 {
		return window{}, false
	}
	return gaps[0].hull(gaps[len(gaps)-1]), true
}

// nameReader reads the events of names, several at once.
type nameReader struct {
	*lookup

	read  func(*chain)
	slots chan struct{}
	mu    sync.Mutex
	begun map[string]window
}

// begin reads a name in a window, in the background, unless that is under way.
func (r *nameReader) begin(ctx context.Context, name string, w window) error {
	r.mu.Lock()
	known, begun := r.begun[name]
	if begun && known.hull(w) == known {
		r.mu.Unlock()
		return nil
	}
	r.begun[name] = w
	r.mu.Unlock()
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	r.use(strategyByName)
	r.read(&chain{by: ofName(name), window: w, read: w.to})
	return nil
}

// readAll reads a chain of pages to its end. Where calls are slow, what is left
// after the first page is cut by time and read side by side.
func (l *lookup) readAll(ctx context.Context, c *chain) error {
	for {
		told, err := l.next(ctx, c)
		if err != nil || c.over {
			return err
		}
		rest := window{from: c.window.from, to: c.read}
		if pieces := l.pieces(rest, told.density()*rest.seconds(), 3); len(pieces) > 1 {
			group, ctx := errgroup.WithContext(ctx)
			for _, piece := range pieces {
				group.Go(func() error { return l.readAll(ctx, &chain{by: c.by, window: piece, read: piece.to}) })
			}
			return group.Wait()
		}
	}
}

// pieces cuts a window of so many pages for reading side by side, about so many each:
// a cut costs up to one page, and saves a wait for another.
func (l *lookup) pieces(w window, pages, each float64) []window {
	return w.split(max(1, min(l.spare(), int(math.Ceil(pages/each)))))
}

// spare is how many calls can be under way without one waiting for the limiter.
func (l *lookup) spare() int {
	if l.budget != nil {
		return 0
	}
	return min(lookupsInFlight, int(lookupsPerSecond*l.counter.Latency().Seconds()))
}

// use remembers that a strategy was needed.
func (l *lookup) use(strategy string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.strategy = dearest(l.strategy, strategy)
}

func (w window) seconds() float64 { return w.to.Sub(w.from).Seconds() }

// density is how many full pages a second the page stands for.
func (p page) density() float64 { return fullPages(p.events, p.seconds()) }

// fullPages is the density of so many events in so many seconds. A page that tells
// nothing, without events and with others after it, could stand for any.
func fullPages(events int, seconds float64) float64 {
	if events == 0 && seconds == 0 {
		return math.Inf(1)
	}
	return float64(events) / pageSize / max(1, seconds)
}
