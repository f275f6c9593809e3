package events

import (
	"slices"
	"strings"
)

// hiddenMarks begin the placeholders AWS writes in place of a name or secret,
// in lower case and without underscores.
var hiddenMarks = []string{"hidden due to security reasons", "value hidden due to security reasons"}

// IsHidden says whether a value is a placeholder such as
// HIDDEN_DUE_TO_SECURITY_REASONS, which AWS writes when a sign-in gave a user
// name that does not exist.
func IsHidden(value string) bool {
	if len(value) < len(hiddenMarks[0]) || len(value) > 64 {
		return false
	}
	plain := strings.ToLower(strings.ReplaceAll(value, "_", " "))
	for _, mark := range hiddenMarks {
		if strings.HasPrefix(plain, mark) {
			return true
		}
	}
	return false
}

// noteHidden lists the placeholders among actor and target.
func (r *reader) noteHidden() {
	rec := &r.rec
	if IsHidden(rec.Actor.Name) {
		rec.Hidden = append(rec.Hidden, "actor.name")
	}
	before := len(rec.Hidden)
	for key, value := range rec.Target {
		if IsHidden(value) {
			rec.Hidden = append(rec.Hidden, "target."+key)
		}
	}
	slices.Sort(rec.Hidden[before:])
}

// readTruncation lists what CloudTrail cut: parameters left out as a whole,
// and documents without their end.
func (r *reader) readTruncation() {
	rec := &r.rec
	if omitted, ok := rec.RequestParameters["omitted"].(bool); ok && omitted {
		r.truncated("requestParameters", "left out for size")
	}
	var cut []string
	for key, value := range rec.RequestParameters {
		if text, ok := value.(string); ok && isDocument(text) && !isWholeDocument(text) {
			cut = append(cut, key)
		}
	}
	slices.Sort(cut)
	for _, key := range cut {
		r.truncated("requestParameters."+key, "a document without its end")
	}
	if slices.ContainsFunc(r.notes, func(note string) bool {
		return strings.HasPrefix(note, "requestParameters: text that is not complete JSON")
	}) {
		rec.Truncated = append(rec.Truncated, "requestParameters")
	}
}

// truncated lists a path as cut and as unreadable.
func (r *reader) truncated(path, what string) {
	r.rec.Truncated = append(r.rec.Truncated, path)
	r.note(path, what)
}

// isWholeDocument says whether a document ends as it began.
func isWholeDocument(text string) bool {
	text = strings.TrimSpace(text)
	return strings.HasSuffix(text, "}") || strings.HasSuffix(strings.ToUpper(text), "%7D")
}
