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
// arrive. In a window that is all too young it is the start.
func (w window) coveredTo(now time.Time) time.Time {
	settled := now.Add(-deliveryDelay).Truncate(time.Second)
	switch {
	case settled.After(w.to):
		return w.to
	case settled.Before(w.from):
		return w.from
	}
	return settled
}

// windowError is a window that cannot be searched, and the argument to blame.
type windowError struct{ argument, text string }

// Error is the end of a sentence.
func (e *windowError) Error() string { return e.text }

func badWindow(argument, format string, values ...any) error {
	return &windowError{argument: argument, text: fmt.Sprintf(format, values...)}
}

var lookbackForm = regexp.MustCompile(`^([1-9][0-9]*)(m|h|d)$`)

// parseLookback reads "90m", "12h" or "7d"; more than 90 days is an error.
func parseLookback(text string) (time.Duration, error) {
	parts := lookbackForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, badWindow("lookback", "%q is not a whole number followed by m, h or d, such as 7d", text)
	}
	count, err := strconv.Atoi(parts[1])
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[parts[2]]
	if err != nil || count > int(retention/unit) {
		return 0, badWindow("lookback", "%q is more than the 90 days that CloudTrail answers for", text)
	}
	return time.Duration(count) * unit, nil
}

// parseTime reads an RFC 3339 time.
func parseTime(argument, text string) (time.Time, error) {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return parsed, badWindow(argument, "%q is not an RFC 3339 time, such as 2006-01-02T15:04:05Z", text)
	}
	return parsed.UTC(), nil
}

// span is the window of the arguments: start and end (RFC 3339, "" for none), or
// lookback before the end. With a zero clock only what needs none is checked.
func span(now time.Time, lookback, start, end string) (w window, err error) {
	w, blame := window{to: now.Truncate(time.Second)}, "start_time"
	if end != "" {
		if w.to, err = parseTime("end_time", end); err != nil {
			return w, err
		}
	}
	if start != "" {
		w.from, err = parseTime("start_time", start)
	} else {
		var before time.Duration
		before, err = parseLookback(lookback)
		w.from, blame = w.to.Add(-before), "lookback"
	}
	if err != nil || now.IsZero() && end == "" {
		return w, err
	}
	return w, w.check(now, blame)
}

// check compares the ends with each other and with the clock; a zero clock is not
// compared with. The error blames the argument that the start comes from.
func (w window) check(now time.Time, blame string) error {
	switch {
	case !w.from.Before(w.to):
		return badWindow(blame, "the window starts at %s, which is not before its end %s", stamp(w.from), stamp(w.to))
	case w.to.Sub(w.from) > retention:
		return badWindow(
			blame,
			"the window from %s to %s is longer than the 90 days that CloudTrail answers for",
			stamp(w.from),
			stamp(w.to),
		)
	case now.IsZero():
		return nil
	case now.Sub(w.from) > retention+time.Minute:
		return badWindow(blame, "the window starts at %s, more than the 90 days ago that CloudTrail answers for", stamp(w.from))
	case !w.from.Before(now):
		return badWindow(blame, "the window starts at %s, which is not over yet", stamp(w.from))
	}
	return nil
}

// stamp writes a time as everything here does.
func stamp(t time.Time) string {
	return t.UTC().Format(time.RFC3339)
}
