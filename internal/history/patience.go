package history

import (
	"errors"
	"sync"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

const (
	// callsPerObject is how many calls one investigation may make.
	callsPerObject = 3
	// attributionTime is how long all investigations of a process may take together.
	attributionTime = 20 * time.Second
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
	// calls are those that were made for each object.
	calls map[string]int
}

func patienceOf(pool *account.Pool) *patience {
	return account.Kept(pool, func() *patience { return &patience{calls: map[string]int{}} })
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

// call counts a call for an object, unless it has had all it may.
func (p *patience) call(object string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[object] == callsPerObject {
		return false
	}
	p.calls[object]++
	return true
}

// left is how many calls an object may still have.
func (p *patience) left(object string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return callsPerObject - p.calls[object]
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
