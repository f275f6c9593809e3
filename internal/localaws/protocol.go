package localaws

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// protocol is how a service puts a call on the wire.
type protocol int

const (
	protocolQuery protocol = iota
	protocolJSON
	protocolREST
	protocolS3
)

// credential takes access key, region and service from a SigV4 header or a presigned URL.
var credential = regexp.MustCompile(`Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request`)

// read finds out what a request asks, who asks it, and of which account.
func (s *Server) read(r *http.Request, body []byte) *exchange {
	x := &exchange{ctx: r.Context(), server: s, request: r, body: body, id: newID()}
	signature := r.Header.Get("Authorization")
	if presigned := r.URL.Query().Get("X-Amz-Credential"); signature == "" && presigned != "" {
		signature = "Credential=" + presigned
	}
	var key string
	if m := credential.FindStringSubmatch(signature); m != nil {
		key, x.call.Region, x.call.Service = m[1], m[2], m[3]
	}
	x.readOperation()
	if x.call.Region == "" {
		x.call.Region = "us-east-1"
	}
	x.caller, _ = s.caller(key)
	x.account = s.Account(x.caller.AccountID, x.call.Region)
	x.now = x.account.now()
	x.call.Time, x.call.Account, x.call.Principal = x.now, x.account.ID, x.caller.ARN
	x.call.UserAgent, x.call.RawRequest = r.UserAgent(), body
	x.call.ReadOnly = readOnly(x.call.Service, x.call.Operation)
	return x
}

func (x *exchange) readOperation() {
	r := x.request
	target := r.Header.Get("X-Amz-Target")
	switch {
	case target != "":
		x.protocol = protocolJSON
		x.call.Operation = target[strings.LastIndex(target, ".")+1:]
		x.call.Params = map[string]any{}
		_ = json.Unmarshal(x.body, &x.call.Params)
	case x.call.Service == "s3":
		x.protocol = protocolS3
		x.call.Operation, x.call.Params = readS3(r, x.body)
	case x.readQuery():
	default:
		x.protocol = protocolREST
		x.call.Operation = r.Method + " " + r.URL.Path
		if _, name, found := strings.Cut(r.URL.Path, "/operation/"); found {
			x.call.Operation = name
		}
		x.call.Params = map[string]any{}
		_ = json.Unmarshal(x.body, &x.call.Params)
	}
}

func (x *exchange) readQuery() bool {
	form, err := url.ParseQuery(string(x.body))
	if err != nil || form.Get("Action") == "" {
		form = x.request.URL.Query()
	}
	if form.Get("Action") == "" {
		return false
	}
	x.protocol, x.form, x.call.Operation = protocolQuery, form, form.Get("Action")
	x.call.Params = queryParams(form)
	if x.call.Service == "" {
		// AssumeRoleWithWebIdentity and AssumeRoleWithSAML are not signed.
		x.call.Service = "sts"
	}
	return true
}

// queryParams makes a tree of a form: "A.member.1", "A.entry.1" and the flattened "A.1" become lists.
func queryParams(form url.Values) map[string]any {
	root := map[string]any{}
	for key, values := range form {
		if key == "Action" || key == "Version" || len(values) == 0 {
			continue
		}
		at := root
		parts := strings.Split(key, ".")
		for _, part := range parts[:len(parts)-1] {
			next, ok := at[part].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[part] = next
			}
			at = next
		}
		at[parts[len(parts)-1]] = typed(parts[len(parts)-1], values[0])
	}
	lists, _ := withLists(root).(map[string]any)
	return lists
}

// withLists turns maps keyed 1, 2, 3 into lists, and drops the level "member".
func withLists(v any) any {
	fields, ok := v.(map[string]any)
	if !ok {
		return v
	}
	for _, level := range []string{"member", "entry"} {
		if inner, ok := fields[level].(map[string]any); ok && len(fields) == 1 {
			return withLists(inner)
		}
	}
	list := make([]any, len(fields))
	isList := len(fields) > 0
	for key, value := range fields {
		value = withLists(value)
		fields[key] = value
		at, err := strconv.Atoi(key)
		if err != nil || at < 1 || at > len(list) {
			isList = false
			continue
		}
		list[at-1] = value
	}
	if isList {
		return list
	}
	return fields
}

// wireTypes are the query parameters and answers that are no strings. The protocol does not say, the API models do.
var wireTypes = map[string]string{
	"SetAsDefault": "bool", "PasswordResetRequired": "bool", "RequireSymbols": "bool", "RequireNumbers": "bool",
	"RequireUppercaseCharacters": "bool", "RequireLowercaseCharacters": "bool", "AllowUsersToChangePassword": "bool",
	"HardExpiry": "bool", "OnlyAttached": "bool", "IsAttachable": "bool", "IsDefaultVersion": "bool", "IsTruncated": "bool",
	"ExpirePasswords": "bool",
	"MaxItems":        "int", "MinimumPasswordLength": "int", "MaxPasswordAge": "int", "PasswordReusePrevention": "int",
	"DurationSeconds": "int", "MaxSessionDuration": "int", "AttachmentCount": "int", "PermissionsBoundaryUsageCount": "int",
	"PackedPolicySize": "int",
}

func typed(name, text string) any {
	switch wireTypes[name] {
	case "bool":
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	case "int":
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return text
}

// readOnlyNames are operations that read though their names do not say so.
var readOnlyNames = map[string]bool{
	"sts:AssumeRole": true, "sts:AssumeRoleWithWebIdentity": true, "sts:AssumeRoleWithSAML": true,
	"kms:Decrypt": true, "kms:Encrypt": true, "kms:GenerateDataKey": true, "kms:Verify": true, "kms:Sign": true,
	"iam:GenerateCredentialReport": true, "iam:GenerateServiceLastAccessedDetails": true,
	"logs:FilterLogEvents": true, "logs:StartQuery": true, "events:TestEventPattern": true,
}

func readOnly(service, operation string) bool {
	for _, prefix := range []string{"Get", "List", "Describe", "Lookup", "Head", "Simulate", "BatchGet", "Select"} {
		if strings.HasPrefix(operation, prefix) {
			return true
		}
	}
	return readOnlyNames[service+":"+operation]
}

// render writes a failure in the protocol of the call.
func (x *exchange) render(f *failure) *answer {
	header := http.Header{}
	switch x.protocol {
	case protocolQuery:
		header.Set("Content-Type", "text/xml")
		kind := "Sender"
		if f.status >= http.StatusInternalServerError {
			kind = "Receiver"
		}
		tree := element("ErrorResponse",
			element("Error", leaf("Type", kind), leaf("Code", f.code), leaf("Message", f.message)),
			leaf("RequestId", x.id))
		return &answer{status: f.status, header: header, body: tree.render()}
	case protocolS3:
		header.Set("Content-Type", "application/xml")
		if x.request.Method == http.MethodHead {
			return &answer{status: f.status, header: header}
		}
		tree := element("Error", leaf("Code", f.code), leaf("Message", f.message), leaf("RequestId", x.id))
		return &answer{status: f.status, header: header, body: tree.render()}
	default:
		header.Set("Content-Type", "application/x-amz-json-1.1")
		header.Set("X-Amzn-Errortype", f.code)
		body, _ := json.Marshal(map[string]string{"__type": f.code, "message": f.message})
		return &answer{status: f.status, header: header, body: body}
	}
}

// failureOf reads code and message from an error answer; nil when the call succeeded.
func (x *exchange) failureOf(a *answer) *failure {
	if a.reset || a.status < http.StatusBadRequest {
		return nil
	}
	f := &failure{status: a.status, code: http.StatusText(a.status)}
	switch {
	case len(a.body) == 0:
		// An error answer to HEAD has no body; in S3 not found there is the bucket.
		if x.protocol == protocolS3 && a.status == http.StatusNotFound {
			f.code = "NoSuchBucket"
		}
	case x.protocol == protocolQuery || x.protocol == protocolS3:
		f.readXML(a.body)
	default:
		f.readJSON(a)
	}
	return f
}

func (f *failure) readXML(body []byte) {
	tree, err := parseXML(body)
	if err != nil {
		return
	}
	if inner := tree.find("Error"); inner != nil {
		tree = inner
	} else if inner := tree.find("Errors", "Error"); inner != nil {
		tree = inner
	}
	f.code, f.message = tree.textAt("Code"), tree.textAt("Message")
}

func (f *failure) readJSON(a *answer) {
	var said struct {
		Type  string `json:"__type"`
		Lower string `json:"message"`
		Upper string `json:"Message"`
	}
	if json.Unmarshal(a.body, &said) == nil {
		f.code = said.Type[strings.LastIndex(said.Type, "#")+1:]
		f.message = said.Lower + said.Upper
	}
	if f.code == "" {
		f.code, _, _ = strings.Cut(a.header.Get("X-Amzn-Errortype"), ":")
	}
}

// answerJSON is a success of a JSON service.
func answerJSON(v any) (*answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}}, body: body}, nil
}

// answerQuery is a success of a query service; no result means an operation that answers nothing.
func (x *exchange) answerQuery(namespace string, result ...*node) (*answer, error) {
	name := x.call.Operation
	tree := element(name + "Response")
	tree.attrs = xmlns(namespace)
	if len(result) > 0 {
		tree.children = append(tree.children, element(name+"Result", result...))
	}
	tree.children = append(tree.children, element("ResponseMetadata", leaf("RequestId", x.id)))
	return &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/xml"}}, body: tree.render()}, nil
}
