package localaws

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// globalServices are recorded in one region of the partition, whatever region their calls are signed for.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
var globalServices = map[string]bool{
	"iam": true, "organizations": true, "cloudfront": true, "route53": true, "account": true, "globalaccelerator": true,
}

// recordRegion is awsRegion of a call.
func recordRegion(c Call) string {
	if !globalServices[c.Service] {
		return c.Region
	}
	switch partitionOf(c.Region) {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	default:
		return "us-east-1"
	}
}

// settle notes the call, learns keys from its answer, and records it. What never reached AWS leaves no record.
func (a *Account) settle(x *exchange, v verdict, said *answer) {
	f := x.failureOf(said)
	x.call.Status, x.call.Injected = said.status, v.injected
	x.call.Throttled = x.call.Throttled || v.throttled
	if f != nil {
		x.call.ErrorCode = f.code
	}
	x.log(f)
	if x.call.Service == "events" && !x.call.ReadOnly && x.call.Operation != "PutEvents" {
		x.account.eventsChanged(x.call.Region)
	}
	if !said.reset && recorded(x.call) {
		record := x.record(f, said)
		a.keep(x, record)
	}
	if f == nil && (!v.injected || v.lost) {
		x.learn(said)
	}
	a.note(x.call)
}

func (x *exchange) log(f *failure) {
	if x.server.options.Log == nil {
		return
	}
	outcome := "ok"
	if f != nil {
		outcome = f.code
	}
	_, _ = fmt.Fprintf(x.server.options.Log, "%s %s %s %s by %s: %s\n",
		x.now.Format(time.TimeOnly), x.account.ID, x.call.Region, x.call.Name(), x.caller.ARN, outcome)
}

// recorded tells management events from data events, which LookupEvents never shows.
func recorded(c Call) bool {
	switch c.Service {
	case "s3":
		return !s3DataEvents[c.Operation]
	case "sqs", "sns":
		return !strings.Contains(c.Operation, "Message") && !strings.HasPrefix(c.Operation, "Publish")
	case "logs":
		return c.Operation != "PutLogEvents"
	case "events":
		return c.Operation != "PutEvents"
	default:
		return true
	}
}

// record writes down a call as CloudTrail does.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
func (x *exchange) record(f *failure, said *answer) map[string]any {
	source, _, err := net.SplitHostPort(x.request.RemoteAddr)
	if err != nil {
		source = x.request.RemoteAddr
	}
	r := map[string]any{
		"eventVersion":       "1.11",
		"userIdentity":       x.caller.identity(),
		"eventTime":          x.now.Format(time.RFC3339),
		"eventSource":        eventSource(x.call.Service),
		"eventName":          eventName(x.call),
		"awsRegion":          recordRegion(x.call),
		"sourceIPAddress":    source,
		"userAgent":          cut(x.call.UserAgent, 1024),
		"requestParameters":  x.requestParameters(f),
		"responseElements":   nil,
		"requestID":          x.id,
		"eventID":            newID(),
		"readOnly":           x.call.ReadOnly,
		"eventType":          "AwsApiCall",
		"managementEvent":    true,
		"recipientAccountId": x.account.ID,
		"eventCategory":      "Management",
		"tlsDetails": map[string]any{
			"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": endpointHost(x.call),
		},
	}
	if f == nil {
		r["responseElements"] = x.responseElements(said)
		return r
	}
	r["errorCode"] = f.code
	if deniedCode(f.code) {
		r["errorCode"] = "AccessDenied"
	}
	if f.message != "" {
		r["errorMessage"] = cut(f.message, 1024)
	}
	return r
}

func deniedCode(code string) bool { return code == "AccessDenied" || code == "AccessDeniedException" }

// identity is userIdentity.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func (p Principal) identity() map[string]any {
	who := map[string]any{
		"type": p.Type, "principalId": p.ID, "arn": p.ARN, "accountId": p.AccountID, "accessKeyId": p.AccessKeyID,
	}
	session := map[string]any{}
	if p.Type == typeUser {
		who["userName"] = p.Name
	}
	if p.Type == typeRole {
		session["sessionIssuer"] = map[string]any{
			"type": "Role", "principalId": p.issuer.id, "arn": p.issuer.arn, "accountId": p.AccountID, "userName": p.issuer.name,
		}
	}
	if p.SessionToken != "" {
		// Long-term keys have no session, so mfaAuthenticated is absent for them, not "false".
		session["attributes"] = map[string]any{
			"creationDate": p.created.Format(time.RFC3339), "mfaAuthenticated": fmt.Sprint(p.mfa),
		}
	}
	if p.SourceIdentity != "" {
		session["sourceIdentity"] = p.SourceIdentity
	}
	if len(session) > 0 {
		who["sessionContext"] = session
	}
	return who
}

// requestParameters are null for a denied call and for one without parameters.
func (x *exchange) requestParameters(f *failure) any {
	if f != nil && deniedCode(f.code) && x.call.Service != "s3" {
		return nil
	}
	if x.call.Name() == "iam:ChangePassword" {
		return nil
	}
	if x.call.Service == "s3" {
		return x.s3Parameters()
	}
	params, ok := recordValue("", x.call.Params).(map[string]any)
	if !ok || len(params) == 0 {
		return nil
	}
	return params
}

// omitted are the parameters that CloudTrail leaves out: a record of UpdateLoginProfile never shows whether a password was sent.
var omitted = map[string]bool{"Password": true, "SecretAccessKey": true, "Base32StringSeed": true, "QRCodePNG": true}

// secrets are the parameters whose value is hidden.
var secrets = map[string]bool{
	"OldPassword": true, "NewPassword": true, "AuthenticationCode1": true, "AuthenticationCode2": true, "PrivateKey": true,
	"SecretString": true, "SecretBinary": true, "TokenCode": true, "WebIdentityToken": true, "SAMLAssertion": true,
	"Plaintext": true, "ServicePassword": true,
}

// freeKeys are the objects whose keys are data, not names of the API.
var freeKeys = map[string]bool{"EncryptionContext": true, "Attributes": true, "Tags": true, "tags": true}

// recordValue renames parameters as records have them: only the first letter is lowered, so sSHPublicKeyId and clientID.
func recordValue(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		renamed := make(map[string]any, len(v))
		for key, inner := range v {
			switch {
			case freeKeys[name]:
				renamed[key] = inner
			case omitted[key]:
			case secrets[key]:
				renamed[lowerFirst(key)] = hidden
			default:
				renamed[lowerFirst(key)] = recordValue(key, inner)
			}
		}
		return renamed
	case []any:
		list := make([]any, len(v))
		for i := range v {
			// In a list of Tags each entry has Key and Value, which are names.
			list[i] = recordValue("", v[i])
		}
		return list
	default:
		return v
	}
}

func lowerFirst(name string) string {
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(first)) + name[size:]
}

// responseElements is what a write answered; reads have none, but for the calls that hand out a session.
func (x *exchange) responseElements(said *answer) any {
	if x.call.ReadOnly && !strings.HasPrefix(x.call.Operation, "AssumeRole") || len(said.body) == 0 {
		return nil
	}
	if m, ok := recordValue("", x.answered(said)).(map[string]any); ok && len(m) > 0 {
		return m
	}
	return nil
}

// answered is the result in an answer, as JSON would say it; nil where records do not tell it.
func (x *exchange) answered(said *answer) (fields any) {
	switch x.protocol {
	case protocolQuery:
		tree, err := parseXML(said.body)
		if err != nil {
			return nil
		}
		if result := tree.find(x.call.Operation + "Result"); result != nil && len(result.children) > 0 {
			return typedTree(result.value(func(name string) string { return name }))
		}
	case protocolJSON, protocolREST:
		if json.Unmarshal(said.body, &fields) != nil {
			return nil
		}
	case protocolS3:
	}
	return fields
}

var isoDate = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`)

// typedTree gives the strings of an XML answer their types, and dates the form they have in records.
func typedTree(v any) any {
	fields, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for key, inner := range fields {
		text, isText := inner.(string)
		if !isText {
			fields[key] = typedTree(inner)
			continue
		}
		fields[key] = typed(key, text)
		if at, err := time.Parse(time.RFC3339, text); err == nil && isoDate.MatchString(text) {
			fields[key] = at.UTC().Format("Jan 2, 2006, 3:04:05 PM")
		}
	}
	return fields
}

func eventSource(service string) string {
	return service + ".amazonaws.com"
}

func endpointHost(c Call) string {
	if globalServices[c.Service] {
		return c.Service + ".amazonaws.com"
	}
	return c.Service + "." + c.Region + ".amazonaws.com"
}

func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return string(bytes.ToValidUTF8([]byte(text[:limit]), nil))
}

// newID is a random UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// learn takes keys from answers, so that later calls with them are attributed and reach the right account.
func (x *exchange) learn(said *answer) {
	if x.call.Service != "iam" || said.status != http.StatusOK {
		return
	}
	id, _ := x.call.Params["AccessKeyId"].(string)
	switch x.call.Operation {
	case "CreateAccessKey":
		x.learnKey(said)
	case "UpdateAccessKey":
		x.server.setKey(id, func(k *accessKey) { k.inactive = x.call.Params["Status"] == "Inactive" })
	case "DeleteAccessKey":
		x.server.setKey(id, func(k *accessKey) { k.inactive = true })
	case "DeleteUser":
		x.account.extras.learnUser(x.form.Get("UserName"), "")
	case "UpdateUser":
		if renamed := x.form.Get("NewUserName"); renamed != "" {
			x.account.extras.learnUser(x.form.Get("UserName"), renamed)
		}
	}
}
