package inventory

import (
	"context"
	"sync"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// coverageLasts is how long an answer is given again: a plan that asks for many rules
// asks CloudTrail once, and a provider that serves for long does not answer of yesterday.
const coverageLasts = time.Minute

// coverages are the answers of one process.
type coverages struct {
	mu    sync.Mutex
	reads map[coverageKey]*coverageRead
}

// coverageKey tells questions apart. Two callers in one account may see different things.
type coverageKey struct {
	in     *account.Account
	region string
}

// coverageRead is one reading, under way until done is closed.
type coverageRead struct {
	done  chan struct{}
	begun time.Time
	seen  sight
	err   error
	// abandoned: the caller that asked gave up before there was an answer.
	abandoned bool
}

// CoverageOnce is TrailCoverage, asked once for all callers of a process that come at
// the same time or within a minute, whatever their sources. A failure is told to those who waited for it, and
// not kept; a caller that gave up fails nobody but itself. The answer is shared and
// must not be changed.
func CoverageOnce(ctx context.Context, in *account.Account, region, source string) (Coverage, error) {
	kept := account.Kept(in.Pool(), func() *coverages { return &coverages{reads: map[coverageKey]*coverageRead{}} })
	key := coverageKey{in: in, region: region}
	for {
		read, mine := kept.join(key, in.Pool().Now())
		if mine {
			read.seen, read.err = readTrails(ctx, in, region)
			read.abandoned = read.err != nil && ctx.Err() != nil
			kept.finish(key, read)
			return read.seen.coverage(source), read.err
		}
		select {
		case <-ctx.Done():
			return Coverage{Region: region}, context.Cause(ctx)
		case <-read.done:
		}
		if !read.abandoned {
			return read.seen.coverage(source), read.err
		}
	}
}

// join finds a reading that is under way or fresh, or begins one, which is then the caller's.
func (c *coverages) join(key coverageKey, now time.Time) (read *coverageRead, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.reads[key]; found != nil && now.Sub(found.begun) < coverageLasts {
		return found, false
	}
	read = &coverageRead{done: make(chan struct{}), begun: now}
	c.reads[key] = read
	return read, true
}

// finish wakes those who wait. A failure is forgotten, so that the next caller asks anew.
func (c *coverages) finish(key coverageKey, read *coverageRead) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if read.err != nil && c.reads[key] == read {
		delete(c.reads, key)
	}
	close(read.done)
}
