package inventory

import (
	"context"
	"sync"
	"time"
)

// lasts is how long an answer is given again: a plan that asks for many objects asks AWS
// once, and a provider that serves for long does not answer of yesterday.
const lasts = time.Minute

// once keeps the answers of one kind of question in one process.
type once[K comparable, V any] struct {
	mu    sync.Mutex
	reads map[K]*reading[V]
}

// reading is one answer, under way until done is closed.
type reading[V any] struct {
	done   chan struct{}
	begun  time.Time
	answer V
	err    error
	// abandoned: the caller that asked gave up before there was an answer.
	abandoned bool
}

// ask answers all callers of a question that come at the same time or while an answer
// lasts with one read. A failure is told to those who waited for it, and not kept; a
// caller that gave up fails nobody but itself. Answers are shared and must not be changed.
func (o *once[K, V]) ask(ctx context.Context, key K, now time.Time, read func() (V, error)) (V, error) {
	for {
		found, mine := o.join(key, now)
		if mine {
			found.answer, found.err = read()
			found.abandoned = found.err != nil && ctx.Err() != nil
			o.finish(key, found)
			return found.answer, found.err
		}
		select {
		case <-ctx.Done():
			var none V
			return none, context.Cause(ctx)
		case <-found.done:
		}
		if !found.abandoned {
			return found.answer, found.err
		}
	}
}

// join finds a reading that is under way or fresh, or begins one, which is then the caller's.
func (o *once[K, V]) join(key K, now time.Time) (found *reading[V], mine bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if kept := o.reads[key]; kept != nil && now.Sub(kept.begun) < lasts {
		return kept, false
	}
	if o.reads == nil {
		o.reads = map[K]*reading[V]{}
	}
	found = &reading[V]{done: make(chan struct{}), begun: now}
	o.reads[key] = found
	return found, true
}

// finish wakes those who wait. A failure is forgotten, so that the next caller asks anew.
func (o *once[K, V]) finish(key K, found *reading[V]) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if found.err != nil && o.reads[key] == found {
		delete(o.reads, key)
	}
	close(found.done)
}
