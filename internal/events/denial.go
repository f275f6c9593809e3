package events

import "strings"

// maxMessage is the length at which CloudTrail cuts errorMessage, in bytes.
const maxMessage = 1024

// resourceMark stands before the resource in the message of a denied call:
// "User: <arn> is not authorized to perform: <action> on resource: <resource>".
const resourceMark = " on resource: "

// denialEndings follow the resource. EC2 adds an encoded message after them.
var denialEndings = []string{" because no ", " with an explicit deny", ". Encoded authorization failure message"}

// kindParameters maps the words IAM uses for its objects in messages to the
// request parameter that names such an object.
var kindParameters = []struct{ word, parameter string }{
	{"user", "userName"},
	{"group", "groupName"},
	{"role", "roleName"},
	{"policy", "policyName"},
	{"instance profile", "instanceProfileName"},
	{"instance-profile", "instanceProfileName"},
	{"mfa", "serialNumber"},
	{"oidc-provider", "openIDConnectProviderArn"},
	{"saml-provider", "sAMLProviderArn"},
	{"server-certificate", "serverCertificateName"},
}

// readDeniedTarget reads the target of a denied call from its message, since
// many services leave out the parameters of denied calls.
func (r *reader) readDeniedTarget() {
	rec := &r.rec
	resource, found := deniedResource(rec.ErrorMessage)
	if !found {
		return
	}
	if len(rec.ErrorMessage) >= maxMessage && strings.HasSuffix(rec.ErrorMessage, resource) {
		rec.Truncated = append(rec.Truncated, "errorMessage")
	}
	switch {
	case resource == "":
	case strings.HasPrefix(resource, "arn:"):
		rec.Target["resource"] = resource
		if service(resource) == "iam" {
			addIAMResource(rec.Target, resource)
		}
	default:
		if !addKind(rec.Target, resource) {
			rec.Target["resource"] = resource
		}
	}
	if isCallersOwn(resource) && rec.Actor.Type == "IAMUser" {
		rec.Target["userName"] = rec.Actor.Name
	}
}

// deniedResource returns what a message says after "on resource:", without
// the reason that follows.
func deniedResource(message string) (string, bool) {
	_, rest, found := strings.Cut(message, resourceMark)
	if !found {
		return "", false
	}
	for _, ending := range denialEndings {
		if i := strings.LastIndex(rest, ending); i >= 0 {
			rest = rest[:i]
		}
	}
	return strings.TrimLeft(rest, " "), true
}

// isCallersOwn says whether IAM named a user without a name: the caller.
func isCallersOwn(resource string) bool { return strings.TrimSpace(resource) == "user" }

// addKind reads "user X", "policy <arn> version v2", "instance profile X" and
// the like. It reports whether the resource is of that form.
func addKind(target map[string]string, resource string) bool {
	for _, kind := range kindParameters {
		name, ok := strings.CutPrefix(resource, kind.word+" ")
		if !ok {
			if resource == kind.word {
				return true // the word alone names nothing
			}
			continue
		}
		if kind.word == "policy" {
			name = addVersion(target, name)
		}
		name = strings.TrimSpace(name)
		if name == "" {
			return true
		}
		if strings.HasPrefix(name, "arn:") {
			target["resource"] = name
			addIAMResource(target, name)
			return true
		}
		target[kind.parameter] = name
		return true
	}
	return false
}

// addVersion takes " version v2" off the end of a policy.
func addVersion(target map[string]string, policy string) string {
	i := strings.LastIndex(policy, " version ")
	if i < 0 {
		return policy
	}
	target["versionId"] = strings.TrimSpace(policy[i+len(" version "):])
	return policy[:i]
}

// addIAMResource reads an IAM ARN: the name after the path, or the ARN itself
// where the API takes ARNs.
func addIAMResource(target map[string]string, arn string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return
	}
	word, rest, ok := strings.Cut(parts[5], "/")
	name := rest[strings.LastIndexByte(rest, '/')+1:]
	if !ok || name == "" || name == "*" {
		return
	}
	for _, kind := range kindParameters {
		if kind.word != word {
			continue
		}
		switch kind.parameter {
		case "policyName":
			target["policyArn"] = arn
		case "serialNumber", "openIDConnectProviderArn", "sAMLProviderArn":
			target[kind.parameter] = arn
		default:
			target[kind.parameter] = name
		}
	}
}

// service returns the service of an ARN.
func service(arn string) string {
	parts := strings.SplitN(arn, ":", 4)
	if len(parts) < 4 {
		return ""
	}
	return parts[2]
}
