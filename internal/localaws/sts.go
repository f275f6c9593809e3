package localaws

import (
	"maps"
	"net/http"
	"regexp"
	"time"
)

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

const (
	sessionSeconds    = 3600
	minSessionSeconds = 900
	maxSessionSeconds = 43200
)

var (
	roleARN     = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::(\d{12}):role/((?:[^/]+/)*)([\w+=,.@-]+)$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// getCallerIdentity answers for every key; moto answers "user/moto" for those that are not its own.
func (x *exchange) getCallerIdentity() (*answer, error) {
	return x.answerQuery(stsNamespace,
		leaf("UserId", x.caller.ID), leaf("Account", x.caller.AccountID), leaf("Arn", x.caller.ARN))
}

// assumeRole hands out a session of any role in any account: neither the role nor its trust policy is looked up, because a
// test that wants a refusal injects it, and one that wants a session should not have to build the other account first.
// See https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
func (x *exchange) assumeRole() (*answer, error) {
	role := roleARN.FindStringSubmatch(text(x.call.Params["RoleArn"]))
	if role == nil {
		return nil, refuse("ValidationError", "%s is invalid", text(x.call.Params["RoleArn"]))
	}
	session := text(x.call.Params["RoleSessionName"])
	if x.call.Operation == "AssumeRoleWithSAML" {
		session = "saml"
	}
	if !sessionName.MatchString(session) {
		return nil, refuse("ValidationError",
			"1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: "+
				"Member must satisfy regular expression pattern: [\\w+=,.@-]*",
			session)
	}
	lifetime, err := x.sessionLifetime(sessionSeconds)
	if err != nil {
		return nil, err
	}
	p := assumed(role[1], role[2], role[4], role[3], session)
	p.SourceIdentity = text(x.call.Params["SourceIdentity"])
	if p.SourceIdentity == "" {
		p.SourceIdentity = x.caller.SourceIdentity
	}
	p.mfa = text(x.call.Params["SerialNumber"]) != ""
	p = x.server.issue(role[2], p)
	result := []*node{
		x.credentials(p, lifetime),
		element("AssumedRoleUser", leaf("AssumedRoleId", p.ID), leaf("Arn", p.ARN)),
	}
	if p.SourceIdentity != "" {
		result = append(result, leaf("SourceIdentity", p.SourceIdentity))
	}
	return x.answerQuery(stsNamespace, result...)
}

// getSessionToken gives the caller temporary credentials, with MFA when a device is named; the code is not checked.
func (x *exchange) getSessionToken() (*answer, error) {
	if x.caller.SessionToken != "" {
		return nil, fail(http.StatusForbidden, "AccessDenied", "Cannot call GetSessionToken with session credentials")
	}
	lifetime, err := x.sessionLifetime(maxSessionSeconds)
	if err != nil {
		return nil, err
	}
	p := x.caller
	p.AccessKeyID, p.SecretAccessKey = "ASIA"+randomText(16, upperAndDigits), ""
	p.SessionToken = randomText(120, mixed)
	p.mfa = text(x.call.Params["SerialNumber"]) != ""
	return x.answerQuery(stsNamespace, x.credentials(x.server.issue(p.AccountID, p), lifetime))
}

func (x *exchange) sessionLifetime(usual int) (time.Duration, error) {
	seconds := usual
	if asked, given := x.call.Params["DurationSeconds"]; given {
		n, ok := asked.(int)
		if !ok || n < minSessionSeconds || n > maxSessionSeconds {
			return 0, refuse("ValidationError",
				"1 validation error detected: Value '%v' at 'durationSeconds' failed to satisfy constraint: "+
					"Member must have value between %d and %d", asked, minSessionSeconds, maxSessionSeconds)
		}
		seconds = n
	}
	return time.Duration(seconds) * time.Second, nil
}

func (x *exchange) credentials(p Principal, lifetime time.Duration) *node {
	// The clients compare with their own clock, so the expiry follows the real one.
	expiry := time.Now().Add(lifetime).UTC().Format(time.RFC3339)
	return element("Credentials", leaf("AccessKeyId", p.AccessKeyID), leaf("SecretAccessKey", p.SecretAccessKey),
		leaf("SessionToken", p.SessionToken), leaf("Expiration", expiry))
}

// crossAccount is the second copy of the record of AssumeRole that the account of the role gets, when it is another one.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
func (x *exchange) crossAccount(record map[string]any) (map[string]any, *Account) {
	role := roleARN.FindStringSubmatch(text(x.call.Params["RoleArn"]))
	if x.call.Name() != "sts:AssumeRole" || x.call.ErrorCode != "" || role == nil || role[2] == x.account.ID {
		return nil, nil
	}
	record["sharedEventID"] = newID()
	shared := maps.Clone(record)
	shared["eventID"], shared["recipientAccountId"] = newID(), role[2]
	shared["userIdentity"] = map[string]any{"type": "AWSAccount", "principalId": x.caller.ID, "accountId": x.caller.AccountID}
	return shared, x.server.Account(role[2], x.call.Region)
}
