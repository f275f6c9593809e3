package history

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
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

// accessKeyForm is an access key ID anywhere in a text; see
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
var accessKeyForm = regexp.MustCompile(`\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b`)

// secretFields hold what grants access by itself. They are left out of every
// record, whatever redact says.
var secretFields = map[string]bool{
	"secretaccesskey": true, "sessiontoken": true, "password": true, "oldpassword": true, "newpassword": true,
	"secretstring": true, "secretbinary": true, "privatekey": true, "webidentitytoken": true, "samlassertion": true,
}

// plainFields say what kind of event a record is and not who is in it, so that a
// user who is called "iam" does not hide them.
var plainFields = map[string]bool{
	"eventVersion": true, "eventTime": true, "eventSource": true, "eventName": true, "eventType": true, "eventCategory": true,
	"eventID": true, "sharedEventID": true, "requestID": true, "awsRegion": true, "recipientAccountId": true, "accountId": true,
	"type": true, "invokedBy": true,
}

// redactor leaves parts out of everything that is reported, records included.
type redactor []string

func (r redactor) has(part string) bool {
	return slices.Contains(r, part)
}

// apply removes the parts from an event and, if it is wanted, from its record.
func (r redactor) apply(event graded, withRecord bool) graded {
	s := scrubber{keys: r.has(redactAccessKeyID), tokens: r.tokens(event)}
	if withRecord {
		event.text = s.record(event.text)
	}
	event.Actor.AccessKeyID = s.key(event.Actor.AccessKeyID)
	for _, text := range []*string{
		&event.UserAgent, &event.SourceIP, &event.ErrorCode, &event.Actor.ARN, &event.Actor.Name,
		&event.Actor.Via.SessionIssuer, &event.Actor.Via.SourceIdentity, &event.Actor.Via.IdentityProvider,
	} {
		*text = s.text(*text)
	}
	target := make(map[string]string, len(event.Target))
	for field, value := range event.Target {
		target[field] = s.field(field, value)
	}
	event.Target = target
	event.reasons = slices.Clone(event.reasons)
	for i, reason := range event.reasons {
		event.reasons[i] = s.text(reason)
	}
	return event
}

// tokens are the texts that must not be in what is reported, the longest first,
// because one may hold another.
func (r redactor) tokens(event graded) []string {
	var tokens []string
	if r.has(redactUserAgent) {
		tokens = append(tokens, event.UserAgent)
	}
	if r.has(redactSourceIP) {
		tokens = append(tokens, event.SourceIP)
	}
	if r.has(redactActorName) {
		identity := event.Identity
		tokens = append(tokens, event.Actor.Name, event.Actor.ARN, identity.ARN, identity.UserName, identity.PrincipalID,
			identity.SourceIdentity, identity.OnBehalfOf.UserID, identity.CredentialID,
			identity.PrincipalID[strings.LastIndex(identity.PrincipalID, ":")+1:])
		if event.Actor.Type == "AssumedRole" {
			tokens = append(tokens, identity.ARN[strings.LastIndex(identity.ARN, "/")+1:])
		}
	}
	tokens = slices.DeleteFunc(tokens, func(token string) bool { return token == "" || account.IsAccountID(token) })
	slices.SortFunc(tokens, func(a, b string) int { return len(b) - len(a) })
	return tokens
}

// scrubber takes access keys (but for their last four characters) and tokens out
// of text.
type scrubber struct {
	keys   bool
	tokens []string
}

func (s scrubber) key(id string) string {
	if s.keys {
		return framework.LastFour(id)
	}
	return id
}

func (s scrubber) text(text string) string {
	for _, token := range s.tokens {
		text = replaceWord(text, token)
	}
	if s.keys {
		text = accessKeyForm.ReplaceAllStringFunc(text, framework.LastFour)
	}
	return text
}

// field is text, by the field that holds it.
func (s scrubber) field(name, value string) string {
	switch {
	case secretFields[strings.ToLower(name)] && value != "":
		return redacted
	case strings.EqualFold(name, "accessKeyId"):
		return s.key(value)
	case plainFields[name]:
		return value
	}
	return s.text(value)
}

// replaceWord replaces a word wherever it is not part of a longer one.
func replaceWord(text, word string) string {
	var out strings.Builder
	for {
		at := strings.Index(text, word)
		if at < 0 {
			out.WriteString(text)
			return out.String()
		}
		end := at + len(word)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if joins(before) || joins(after) {
			_, size := utf8.DecodeRuneInString(text[at:])
			out.WriteString(text[:at+size])
			text = text[at+size:]
			continue
		}
		out.WriteString(text[:at] + redacted)
		text = text[end:]
	}
}

func joins(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// record scrubs the record itself. What cannot be read any more is left out whole.
func (s scrubber) record(text string) string {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber() // A number that becomes another would be another record.
	var record any
	if err := decoder.Decode(&record); err != nil {
		return redacted
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s.walk("", record)); err != nil {
		return redacted
	}
	return strings.TrimSpace(out.String())
}

// walk scrubs a JSON value by the name of the field that holds it.
func (s scrubber) walk(field string, value any) any {
	switch typed := value.(type) {
	case map[string]any:
		clean := make(map[string]any, len(typed))
		for name, inner := range typed {
			clean[s.name(name)] = s.walk(name, inner)
		}
		return clean
	case []any:
		for i, inner := range typed {
			typed[i] = s.walk(field, inner)
		}
	case string:
		return s.field(field, typed)
	}
	return value
}

// name scrubs the name of a field, which in some parameters is chosen by the caller.
func (s scrubber) name(field string) string {
	if plainFields[field] {
		return field
	}
	return s.text(field)
}
