package events

import (
	"strings"
	"unicode"
)

// participles of the verbs that names of calls begin with and that take more than
// an ending.
var participles = map[string]string{
	"Put": "put", "Set": "set", "Stop": "stopped", "Reset": "reset", "Untag": "untagged", "Tag": "tagged", "Apply": "applied",
	"Leave": "left", "Send": "sent", "Batch": "changed", "": "changed",
}

// Participle is what a call does to its object, "stopped" for StopLogging or "updated"
// for UpdateTrail, from the verb that its name begins with.
func Participle(name string) string {
	end := strings.IndexFunc(name[min(1, len(name)):], func(r rune) bool { return !unicode.IsLower(r) })
	verb := name
	if end >= 0 {
		verb = name[:end+1]
	}
	if irregular, ok := participles[verb]; ok {
		return irregular
	}
	verb = strings.ToLower(verb)
	if strings.HasSuffix(verb, "e") {
		return verb + "d"
	}
	return verb + "ed"
}
