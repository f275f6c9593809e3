package history

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// namesWorthProbing is from how many names on a wrong guess costs more than probes.
	namesWorthProbing = 4
	// clearlyMore is by how much a source has to look dearer than its names before
	// the names are read instead.
	clearlyMore = 2
	// surelyMore times that, one probe is enough.
	surelyMore = 4
)

// probePoints are where in the rest of a window the density of a source is probed, as
// parts of its length from the newer end: unequal, so that a daily rhythm does not
// meet all of them.
var probePoints = []float64{0.41, 0.77}

// sourcePlan is the reading plan for one event source: how to find the events of K
// names of it with few calls, not knowing how many there are.
//
// Reading the whole source takes one call for each 50 events of any name; reading by
// name takes at least K. So the newest page is read first. If it is the last one,
// that was all. Else its density tells what the whole would take. If that is clearly
// more than K, one or two probes make sure that the newest hours are not just busier
// than the rest, and then the names are read. If it is not, the pages of the source
// are read one after another, and judged anew after each.
//
// It does not cost more than about twice the better way. The source is given up
// after K pages at the latest, and its names need at least K more. And they need not
// read again what was read of the source, so giving up costs at most K more than the
// source would have taken to its end.
type sourcePlan struct {
	*lookup

	reader *nameReader
	by     attribute
	window window
	names  int
	spent  atomic.Int64
	chains []*chain
	// told is what the pages so far covered.
	told []page
	// rest is what was left after the first page, in which the probes lie.
	rest   window
	probes int
}

// readSource reads what it should of a source, and gives back the names that are
// cheaper to read by themselves.
func (l *lookup) readSource(
	ctx context.Context, source string, names []string, reader *nameReader,
) (left []string, err error) {
	plan := &sourcePlan{lookup: l, reader: reader, by: ofSource(source)}
	for _, name := range names {
		if gap, missing := l.unread(source, name); missing {
			if len(left) > 0 {
				gap = gap.hull(plan.window)
			}
			plan.window, left = gap, append(left, name)
		}
	}
	if len(left) < 2 {
		return left, nil
	}
	plan.names = len(left)
	for err == nil {
		gaps := l.memory.read(plan.by, l.now).gaps(plan.window)
		switch plan.decide(gaps) {
		case stepDone:
			return nil, nil
		case stepNames:
			return left, nil
		case stepProbe:
			err = plan.probe(ctx, gaps, left)
		case stepRead:
			err = plan.read(ctx, gaps)
		}
	}
	return left, err
}

// step is what a reading plan does next.
type step int

const (
	stepDone step = iota
	stepNames
	stepProbe
	stepRead
)

func (p *sourcePlan) decide(gaps []window) step {
	spent, atLeast := int(p.spent.Load()), p.pagesAtLeast(gaps)
	limit := float64(clearlyMore * p.names)
	switch {
	case len(gaps) == 0:
		return stepDone
	case spent == 0:
		return stepRead
	case spent >= p.names:
		return stepNames
	case atLeast < limit:
		return stepRead
	case p.names < namesWorthProbing, p.probes == len(probePoints), p.probes > 0 && atLeast > surelyMore*limit:
		return stepNames
	}
	return stepProbe
}

// pagesAtLeast is a low guess at how many pages the gaps have: each as many as the
// least dense of its two neighbors, and of all that was read, would have in that time.
func (p *sourcePlan) pagesAtLeast(gaps []window) float64 {
	events, seconds, total := 0, 0.0, 0.0
	for _, told := range p.told {
		events += told.events
		seconds += told.seconds()
	}
	for _, gap := range gaps {
		density := fullPages(events, seconds)
		for _, told := range p.told {
			if told.to.Equal(gap.from) || told.from.Equal(gap.to) {
				density = min(density, told.density())
			}
		}
		total += density * gap.seconds()
	}
	return total
}

// probe reads a page from the midst of what is left. Where calls are slow, spare ones
// read names meanwhile.
func (p *sourcePlan) probe(ctx context.Context, gaps []window, names []string) error {
	if p.probes == 0 {
		p.rest = gaps[len(gaps)-1].hull(gaps[0])
	}
	back := time.Duration(probePoints[p.probes] * float64(p.rest.to.Sub(p.rest.from))).Truncate(time.Second)
	p.probes++
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return p.page(groupCtx, p.chain(window{from: p.window.from, to: p.rest.to.Add(-back)}))
	})
	for _, name := range names[:max(0, min(len(names), p.spare()-1))] {
		if err := p.reader.begin(ctx, name, p.rest); err != nil {
			return errors.Join(err, group.Wait())
		}
	}
	return group.Wait()
}

// read reads the next page of the newest gap. Where calls are slow, all gaps are
// read side by side.
func (p *sourcePlan) read(ctx context.Context, gaps []window) error {
	var pieces []window
	for _, gap := range gaps {
		pieces = append(pieces, p.pieces(gap, p.pagesAtLeast([]window{gap}), 2)...)
	}
	if len(p.told) == 0 || p.spare() < 2 || len(pieces) < 2 {
		return p.page(ctx, p.chain(gaps[0]))
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, piece := range pieces {
		c := p.chain(piece)
		group.Go(func() error {
			for !c.over && c.read.After(piece.from) && int(p.spent.Load()) < p.names {
				if err := p.page(ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// chain is the one that goes on at the newer end of a window, or a new one.
func (p *sourcePlan) chain(w window) *chain {
	for _, c := range p.chains {
		if !c.over && c.token != nil && c.read.Equal(w.to) {
			return c
		}
	}
	c := &chain{by: p.by, window: w, read: w.to}
	p.chains = append(p.chains, c)
	return c
}

// page reads the next page of a chain of the source.
func (p *sourcePlan) page(ctx context.Context, c *chain) error {
	first := p.spent.Add(1) == 1
	told, err := p.next(ctx, c)
	if err != nil {
		return err
	}
	if first && c.over {
		p.use(strategyOnePage)
	} else {
		p.use(strategyBySource)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, told)
	return nil
}
