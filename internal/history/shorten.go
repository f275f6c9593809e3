package history

import (
	"maps"
	"unicode/utf8"
)

// shownLength is how many characters of an actor's or a target's text are shown. Names,
// and ARNs without a path, are shorter; a path can make an ARN of 700.
const shownLength = 200

// shorten leaves the middle out of long texts, so that the state stays small whatever
// the caller sent. The record itself stays whole.
func shorten(event graded) graded {
	for _, text := range []*string{
		&event.Actor.ARN, &event.Actor.Name, &event.Actor.Via.SessionIssuer, &event.Actor.Via.SourceIdentity,
		&event.Actor.Via.IdentityProvider,
	} {
		*text = shortened(*text)
	}
	event.Target = maps.Clone(event.Target)
	for field, value := range event.Target {
		event.Target[field] = shortened(value)
	}
	return event
}

// shortened keeps both ends of a text: an ARN ends with the name.
func shortened(text string) string {
	if utf8.RuneCountInString(text) <= shownLength {
		return text
	}
	runes := []rune(text)
	return string(runes[:shownLength/2-1]) + "…" + string(runes[len(runes)-shownLength/2:])
}
