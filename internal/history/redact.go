package history

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// The parts of an event that redact can name.
const (
	redactAccessKeyID = "access_key_id"
	redactUserAgent   = "user_agent"
	redactSourceIP    = "source_ip"
	redactActorName   = "actor_name"
)

// redacted stands for a value that was left out.
const redacted = "(redacted)"

func redactable() []string {
	return []string{redactAccessKeyID, redactUserAgent, redactSourceIP, redactActorName}
}

// redactor leaves parts out of everything that is reported, records included.
type redactor []string

func (r redactor) has(part string) bool {
	return slices.Contains(r, part)
}

// apply removes the parts from an event and from its record text.
func (r redactor) apply(event graded) graded {
	names := r.names(event)
	if r.has(redactAccessKeyID) {
		event.Actor.AccessKeyID = framework.LastFour(event.Actor.AccessKeyID)
	}
	if r.has(redactUserAgent) && event.UserAgent != "" {
		event.UserAgent = redacted
	}
	if r.has(redactSourceIP) && event.SourceIP != "" {
		event.SourceIP = redacted
	}
	if r.has(redactActorName) {
		event.Actor.Name, event.Actor.ARN = hide(event.Actor.Name), hide(event.Actor.ARN)
		event.Actor.Via.SourceIdentity = hide(event.Actor.Via.SourceIdentity)
	}
	target := make(map[string]string, len(event.Target))
	for field, value := range event.Target {
		switch {
		case r.has(redactAccessKeyID) && strings.EqualFold(field, "accessKeyId"):
			value = framework.LastFour(value)
		case slices.Contains(names, value):
			value = redacted
		}
		target[field] = value
	}
	event.Target = target
	event.text = r.text(event.text, names)
	return event
}

func hide(value string) string {
	if value == "" {
		return ""
	}
	return redacted
}

// names are the texts by which the actor is named anywhere in the record.
func (r redactor) names(event graded) []string {
	if !r.has(redactActorName) {
		return nil
	}
	identity := event.Identity
	names := []string{event.Actor.Name, event.Actor.ARN, identity.UserName, identity.PrincipalID, identity.SourceIdentity}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// text redacts the record itself. What cannot be read any more is left out whole.
func (r redactor) text(text string, names []string) string {
	var record any
	if err := json.Unmarshal([]byte(text), &record); err != nil {
		return redacted
	}
	out, err := json.Marshal(r.walk("", record, names))
	if err != nil {
		return redacted
	}
	return string(out)
}

// walk redacts a JSON value by the name of the field that holds it.
func (r redactor) walk(field string, value any, names []string) any {
	switch typed := value.(type) {
	case map[string]any:
		for key, inner := range typed {
			typed[key] = r.walk(key, inner, names)
		}
	case []any:
		for i, inner := range typed {
			typed[i] = r.walk(field, inner, names)
		}
	case string:
		return r.scalar(field, typed, names)
	}
	return value
}

func (r redactor) scalar(field, value string, names []string) string {
	switch {
	case r.has(redactAccessKeyID) && strings.EqualFold(field, "accessKeyId"):
		return framework.LastFour(value)
	case r.has(redactUserAgent) && field == "userAgent", r.has(redactSourceIP) && field == "sourceIPAddress":
		return redacted
	}
	for _, name := range names {
		if strings.Contains(value, name) {
			return redacted
		}
	}
	return value
}
