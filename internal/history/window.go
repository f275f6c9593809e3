package history

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

const (
	// retention is how far back LookupEvents answers.
	retention = 90 * 24 * time.Hour
	// deliveryDelay is how long after a call its event may still be missing.
	deliveryDelay = 15 * time.Minute
	// defaultLookback is the window when none is given.
	defaultLookback = "7d"
)

// window is a span of time, both ends included, fixed before the first page.
type window struct{ from, to time.Time }

// coveredTo is until when the answer can be complete: later events may still
// arrive.
func (w window) coveredTo(now time.Time) time.Time {
	if settled := now.Add(-deliveryDelay); settled.Before(w.to) {
		return settled
	}
	return w.to
}

var lookbackForm = regexp.MustCompile(`^([1-9][0-9]*)(m|h|d)$`)

// parseLookback reads "90m", "12h" or "7d"; more than 90 days is an error.
func parseLookback(text string) (time.Duration, error) {
	parts := lookbackForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q must be a whole number followed by m, h or d, such as 7d", text)
	}
	count, err := strconv.Atoi(parts[1])
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[parts[2]]
	if err != nil || count > int(retention/unit) {
		return 0, fmt.Errorf("%q is more than the 90 days that CloudTrail answers for", text)
	}
	return time.Duration(count) * unit, nil
}

// span is the window of the arguments: start and end (RFC 3339, "" for none), or
// lookback before the end.
func span(now time.Time, lookback, start, end string) (window, error) {
	w := window{to: now.Truncate(time.Second)}
	if end != "" {
		parsed, err := time.Parse(time.RFC3339, end)
		if err != nil {
			return w, fmt.Errorf("end_time %q is not an RFC 3339 time", end)
		}
		w.to = parsed.UTC()
	}
	if start == "" {
		before, err := parseLookback(lookback)
		if err != nil {
			return w, err
		}
		w.from = w.to.Add(-before)
		return w, w.check(now)
	}
	parsed, err := time.Parse(time.RFC3339, start)
	if err != nil {
		return w, fmt.Errorf("start_time %q is not an RFC 3339 time", start)
	}
	w.from = parsed.UTC()
	return w, w.check(now)
}

// check compares the ends with each other and with the clock; a zero clock is not
// compared with.
func (w window) check(now time.Time) error {
	switch {
	case !w.from.Before(w.to):
		return fmt.Errorf("the window starts at %s, which is not before its end %s", stamp(w.from), stamp(w.to))
	case w.to.Sub(w.from) > retention:
		return fmt.Errorf("the window from %s to %s is longer than the 90 days that CloudTrail answers for", stamp(w.from), stamp(w.to))
	case !now.IsZero() && now.Sub(w.from) > retention+time.Minute:
		return fmt.Errorf("the window starts at %s, which is more than 90 days ago; CloudTrail does not answer for that", stamp(w.from))
	}
	return nil
}

// stamp writes a time as everything here does.
func stamp(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}
