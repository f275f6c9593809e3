package history

import (
	"slices"
	"time"
)

// coverage is the time that was read, as windows in order that do not touch.
type coverage []window

// add joins a window to those that were read.
func (c coverage) add(w window) coverage {
	if !w.from.Before(w.to) {
		return c
	}
	joined := make(coverage, 0, len(c)+1)
	for _, known := range c {
		if known.to.Before(w.from) || known.from.After(w.to) {
			joined = append(joined, known)
			continue
		}
		w = w.hull(known)
	}
	joined = append(joined, w)
	slices.SortFunc(joined, func(a, b window) int { return a.from.Compare(b.from) })
	return joined
}

// gaps are the parts of a window that were not read, the newest first. A gap and
// what was read beside it share their common end, which is then read twice rather
// than not at all.
func (c coverage) gaps(w window) []window {
	var gaps []window
	end := w.to
	for _, known := range slices.Backward(c) {
		if !known.from.Before(end) {
			continue
		}
		if !known.to.After(w.from) {
			break
		}
		if known.to.Before(end) {
			gaps = append(gaps, window{from: known.to, to: end})
		}
		end = known.from
	}
	if w.from.Before(end) {
		gaps = append(gaps, window{from: w.from, to: end})
	}
	return gaps
}

// hull is the shortest window that holds both.
func (w window) hull(other window) window {
	if other.from.Before(w.from) {
		w.from = other.from
	}
	if other.to.After(w.to) {
		w.to = other.to
	}
	return w
}

// split cuts a window into n of equal length, the newest first.
func (w window) split(n int) []window {
	parts := make([]window, 0, n)
	step := (w.to.Sub(w.from) / time.Duration(n)).Truncate(time.Second)
	end := w.to
	for range n - 1 {
		start := end.Add(-step)
		if step == 0 || !w.from.Before(start) {
			break
		}
		parts = append(parts, window{from: start, to: end})
		end = start
	}
	return append(parts, window{from: w.from, to: end})
}
