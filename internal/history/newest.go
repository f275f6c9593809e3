package history

import (
	"bytes"
	"compress/flate"
	"container/heap"
	"fmt"
	"io"
	"slices"
	"time"
)

// held is the text of an event's record, and the entry that it belongs to.
type held struct {
	entry int
	at    time.Time
	text  string
}

// newest holds the newest texts, at most limit.
type newest struct {
	limit int
	held  byAge
}

// oldest is the time before which no text is among the newest any more; the zero time
// while there are fewer than limit.
func (n *newest) oldest() time.Time {
	if len(n.held) < n.limit {
		return time.Time{}
	}
	return n.held[0].at
}

// add holds a text. If that is one too many, it gives back the oldest.
func (n *newest) add(text held) (out held, full bool) {
	heap.Push(&n.held, text)
	if len(n.held) <= n.limit {
		return held{}, false
	}
	out, full = heap.Pop(&n.held).(held)
	return out, full
}

// byAge is a heap with the oldest on top.
type byAge []held

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (h byAge) Len() int           { return len(h) }
func (h byAge) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h byAge) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *byAge) Push(x any) {
	if text, ok := x.(held); ok {
		*h = append(*h, text)
	}
}

// Pop implements heap.Interface.
func (h *byAge) Pop() any {
	last := len(*h) - 1
	text := (*h)[last]
	(*h)[last] = held{}
	*h = (*h)[:last]
	return text
}

// blockSize is how many bytes of text are compressed together, at least.
const blockSize = 64 << 10

// archive keeps texts compressed, many together: records are much alike, and a tenth
// of their size is left.
type archive struct {
	open   []held
	size   int
	blocks []block
	writer *flate.Writer
}

// block is texts that were compressed together.
type block struct {
	// texts are what is in it, without the texts themselves, and lengths their sizes.
	texts   []held
	lengths []int
	packed  []byte
}

// add keeps a text. What is older than a time may be forgotten.
func (a *archive) add(text held, oldest time.Time) {
	a.open = append(a.open, text)
	a.size += len(text.text)
	if a.size >= blockSize {
		a.forget(oldest)
		a.seal()
	}
}

// forget drops the texts that are older, as far as it can be done without unpacking.
func (a *archive) forget(oldest time.Time) {
	old := func(text held) bool { return text.at.Before(oldest) }
	a.open = slices.DeleteFunc(a.open, old)
	a.blocks = slices.DeleteFunc(a.blocks, func(b block) bool {
		return !slices.ContainsFunc(b.texts, func(text held) bool { return !old(text) })
	})
}

// seal compresses the open texts.
func (a *archive) seal() {
	var packed bytes.Buffer
	if a.writer == nil {
		a.writer, _ = flate.NewWriter(nil, flate.BestSpeed) // The level is one that there is.
	}
	a.writer.Reset(&packed)
	sealed := block{texts: slices.Clone(a.open), lengths: make([]int, len(a.open))}
	for i, one := range a.open {
		_, _ = io.WriteString(a.writer, one.text) // Writing to a buffer does not fail.
		sealed.texts[i].text, sealed.lengths[i] = "", len(one.text)
	}
	_ = a.writer.Close()
	sealed.packed = slices.Clone(packed.Bytes())
	a.blocks = append(a.blocks, sealed)
	clear(a.open)
	a.open, a.size = a.open[:0], 0
}

// each hands over all texts in the order in which they came.
func (a *archive) each(take func(held)) error {
	for _, one := range a.blocks {
		text, err := io.ReadAll(flate.NewReader(bytes.NewReader(one.packed)))
		if err != nil {
			return fmt.Errorf("unpack records: %w", err)
		}
		for i, length := range one.lengths {
			unpacked := one.texts[i]
			unpacked.text, text = string(text[:length]), text[length:]
			take(unpacked)
		}
	}
	for _, one := range a.open {
		take(one)
	}
	return nil
}
