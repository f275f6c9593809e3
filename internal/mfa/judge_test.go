package mfa_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

const (
	judged      = "111122223333"
	adminPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// The kinds of session of an IAM user, as the context of their requests tells them. A
// long-term access key leaves no word of MFA in it.
var (
	longTermKey = map[string]string{}
	withoutMFA  = map[string]string{"aws:MultiFactorAuthPresent": "false"}
	freshMFA    = map[string]string{"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60"}
	staleMFA    = map[string]string{"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "7200"}
)

// asked is a request to the judge.
type asked struct {
	ID        string            `json:"id"`
	Policies  []string          `json:"policies"`
	Principal string            `json:"principal"`
	Action    string            `json:"action,omitempty"`
	Resource  string            `json:"resource,omitempty"`
	Services  []string          `json:"services,omitempty"`
	Context   map[string]string `json:"context"`
}

// said is the answer of the judge.
type said struct {
	Verdicts map[string]string   `json:"verdicts"`
	Allowed  map[string][]string `json:"allowed"`
	Judged   map[string]int      `json:"judged"`
}

// judge asks a simulator that others wrote. Without node, or where nobody installed the
// judge, the test is skipped with the number of cases that nobody judged; in CI an absent
// judge is a failure, once node is there.
func judge(t *testing.T, requests, sweeps []asked) said {
	t.Helper()
	folder := filepath.Join("..", "policy", "testdata", "judge")
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skipf("%d cases are not judged: node is not installed", len(requests)+len(sweeps))
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "@cloud-copilot", "iam-simulate")); err != nil {
		text := "%d cases are not judged: run npm ci in internal/policy/testdata/judge"
		if os.Getenv("CI") == "true" {
			t.Fatalf(text, len(requests)+len(sweeps))
		}
		t.Skipf(text, len(requests)+len(sweeps))
	}
	in, err := json.Marshal(map[string]any{"requests": requests, "sweeps": sweeps})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "judge.mjs")
	command.Dir, command.Stdin, command.Stderr = folder, bytes.NewReader(in), os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answer said
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return answer
}

func userARN(name string) string { return "arn:aws:iam::" + judged + ":user/" + name }

// session is a request of a user, who has the document and other policies.
func session(id, user, document string, kind map[string]string, others ...string) asked {
	context := maps.Clone(kind)
	context["aws:username"] = filepath.Base(user)
	return asked{ID: id, Policies: append(others, document), Principal: userARN(user), Context: context}
}

// does asks for one action.
func (a asked) does(action, resource string) asked {
	a.Action, a.Resource = action, resource
	return a
}

const (
	denied = "ExplicitlyDenied"
	unsaid = "ImplicitlyDenied"
	yes    = "Allowed"
)

func TestJudge_cases(t *testing.T) {
	t.Parallel()
	plain, _ := call(t, keys{})
	strict, _ := call(t, keys{"allow_first_login": false})
	removing, _ := call(t, keys{"allow_mfa_self_removal": true})
	keysFree, _ := call(t, keys{"exempt_access_keys": true})
	aging, _ := call(t, keys{"max_mfa_age_seconds": "3600", "allow_mfa_self_removal": true})
	agingFree, _ := call(t, keys{"max_mfa_age_seconds": "3600", "exempt_access_keys": true})
	exempting, _ := call(t, keys{"exempt_users": []string{"alice"}, "max_mfa_age_seconds": "3600"})
	extra, _ := call(t, keys{"extra_allowed_actions": []string{"s3:Get*"}})
	own, other, device := userARN("alice"), userARN("bob"), "arn:aws:iam::"+judged+":mfa/phone"
	file, withPath := "arn:aws:s3:::reports/a", "eng/berlin/alice"
	type c struct {
		from             asked
		action, resource string
		want             string
	}
	cases := map[string]c{
		// Everything else is denied without MFA, to an administrator too, and by a key too (M10).
		"nothing else":        {session("", "alice", plain, withoutMFA, adminPolicy), "s3:GetObject", file, denied},
		"nothing else by key": {session("", "alice", plain, longTermKey, adminPolicy), "s3:GetObject", file, denied},
		"own keys":            {session("", "alice", plain, longTermKey, adminPolicy), "iam:CreateAccessKey", own, denied},
		"assuming a role": {
			session("", "alice", plain, longTermKey, adminPolicy),
			"sts:AssumeRole",
			"arn:aws:iam::" + judged + ":role/a",
			denied,
		},
		"with MFA":                 {session("", "alice", plain, freshMFA, adminPolicy), "s3:GetObject", file, yes},
		"with MFA others' devices": {session("", "alice", plain, freshMFA, adminPolicy), "iam:DeactivateMFADevice", other, yes},
		"grants nothing else":      {session("", "alice", plain, freshMFA), "s3:GetObject", file, unsaid},

		// A new user with no other permission sets a password and enrolls (M5).
		"first password":         {session("", "alice", plain, withoutMFA), "iam:ChangePassword", own, yes},
		"password rules":         {session("", "alice", plain, withoutMFA), "iam:GetAccountPasswordPolicy", "*", yes},
		"new device":             {session("", "alice", plain, withoutMFA), "iam:CreateVirtualMFADevice", device, yes},
		"enroll":                 {session("", "alice", plain, withoutMFA), "iam:EnableMFADevice", own, yes},
		"enroll with a path":     {session("", withPath, plain, withoutMFA), "iam:EnableMFADevice", userARN(withPath), yes},
		"enroll by key":          {session("", "alice", plain, longTermKey), "iam:EnableMFADevice", own, yes},
		"resync":                 {session("", "alice", plain, withoutMFA), "iam:ResyncMFADevice", own, yes},
		"see devices":            {session("", "alice", plain, withoutMFA), "iam:ListMFADevices", own, yes},
		"no password in strict":  {session("", "alice", strict, withoutMFA, adminPolicy), "iam:ChangePassword", own, denied},
		"rules in strict":        {session("", "alice", strict, withoutMFA, adminPolicy), "iam:GetAccountPasswordPolicy", "*", denied},
		"still enroll in strict": {session("", "alice", strict, withoutMFA), "iam:EnableMFADevice", own, yes},

		// Without MFA nobody takes a device away (M9); with it only where allowed.
		"delete": {
			session("", "alice", plain, withoutMFA, adminPolicy),
			"iam:DeleteVirtualMFADevice",
			device,
			denied,
		},
		"delete by key": {
			session("", "alice", removing, longTermKey, adminPolicy),
			"iam:DeleteVirtualMFADevice",
			device,
			denied,
		},
		"deactivate":              {session("", "alice", removing, withoutMFA, adminPolicy), "iam:DeactivateMFADevice", own, denied},
		"deactivate with MFA":     {session("", "alice", removing, freshMFA), "iam:DeactivateMFADevice", own, yes},
		"delete with MFA":         {session("", "alice", removing, freshMFA), "iam:DeleteVirtualMFADevice", device, yes},
		"deactivate with a path":  {session("", withPath, removing, freshMFA), "iam:DeactivateMFADevice", userARN(withPath), yes},
		"not granted by default":  {session("", "alice", plain, freshMFA), "iam:DeactivateMFADevice", own, unsaid},
		"delete not granted":      {session("", "alice", plain, freshMFA), "iam:DeleteVirtualMFADevice", device, unsaid},
		"deactivate with old MFA": {session("", "alice", aging, staleMFA, adminPolicy), "iam:DeactivateMFADevice", own, denied},
		"deactivate another's":    {session("", "alice", removing, freshMFA), "iam:DeactivateMFADevice", other, unsaid},
		"enroll another":          {session("", "alice", plain, withoutMFA), "iam:EnableMFADevice", other, denied},
		"admin enrolls another":   {session("", "alice", plain, withoutMFA, adminPolicy), "iam:EnableMFADevice", other, denied},
		"admin by key, another":   {session("", "alice", plain, longTermKey, adminPolicy), "iam:EnableMFADevice", other, denied},
		"resync another":          {session("", "alice", plain, longTermKey, adminPolicy), "iam:ResyncMFADevice", other, denied},
		"another of a like name": {
			session("", "alice", plain, withoutMFA, adminPolicy),
			"iam:EnableMFADevice",
			userARN("malice"),
			denied,
		},
		"password of another":      {session("", "alice", plain, withoutMFA, adminPolicy), "iam:ChangePassword", other, denied},
		"old MFA, enrolls another": {session("", "alice", aging, staleMFA, adminPolicy), "iam:EnableMFADevice", other, denied},

		// Long-term keys go free only where it is asked for; temporary sessions do not.
		"free key":             {session("", "alice", keysFree, longTermKey, adminPolicy), "s3:GetObject", file, yes},
		"not free without MFA": {session("", "alice", keysFree, withoutMFA, adminPolicy), "s3:GetObject", file, denied},
		"free with MFA":        {session("", "alice", keysFree, freshMFA, adminPolicy), "s3:GetObject", file, yes},

		// An old login with MFA counts as none; without an age it is judged as no MFA.
		"young enough":            {session("", "alice", aging, freshMFA, adminPolicy), "s3:GetObject", file, yes},
		"too old":                 {session("", "alice", aging, staleMFA, adminPolicy), "s3:GetObject", file, denied},
		"no age by default":       {session("", "alice", plain, staleMFA, adminPolicy), "s3:GetObject", file, yes},
		"old but self-service":    {session("", "alice", aging, staleMFA), "iam:ResyncMFADevice", own, yes},
		"age and key":             {session("", "alice", aging, longTermKey, adminPolicy), "s3:GetObject", file, denied},
		"age and free key":        {session("", "alice", agingFree, longTermKey, adminPolicy), "s3:GetObject", file, yes},
		"age, free keys, session": {session("", "alice", agingFree, withoutMFA, adminPolicy), "s3:GetObject", file, denied},
		"age, free keys, too old": {session("", "alice", agingFree, staleMFA, adminPolicy), "s3:GetObject", file, denied},
		"exempt":                  {session("", "alice", exempting, withoutMFA, adminPolicy), "s3:GetObject", file, yes},
		"exempt by key":           {session("", "alice", exempting, longTermKey, adminPolicy), "s3:GetObject", file, yes},
		"exempt and old":          {session("", "alice", exempting, staleMFA, adminPolicy), "s3:GetObject", file, yes},
		"exempt with a path":      {session("", withPath, exempting, withoutMFA, adminPolicy), "s3:GetObject", file, yes},
		"not exempt":              {session("", "bob", exempting, withoutMFA, adminPolicy), "s3:GetObject", file, denied},
		"extra":                   {session("", "alice", extra, longTermKey, adminPolicy), "s3:GetObject", file, yes},
		"extra is no grant":       {session("", "alice", extra, longTermKey), "s3:GetObject", file, unsaid},
		"not in extra":            {session("", "alice", extra, longTermKey, adminPolicy), "s3:PutObject", file, denied},
		"extra leaves the removal": {
			session("", "alice", extra, longTermKey, adminPolicy),
			"iam:DeleteVirtualMFADevice",
			device,
			denied,
		},
	}
	for name, document := range map[string]string{
		"plain": plain, "strict": strict, "removing": removing, "free": keysFree, "aging": aging, "exempting": exempting,
	} {
		for kind, context := range map[string]map[string]string{
			"key": longTermKey, "no MFA": withoutMFA, "MFA": freshMFA, "old MFA": staleMFA,
		} {
			cases["session token, "+name+", "+kind] = c{session("", "alice", document, context), "sts:GetSessionToken", "*", yes}
		}
	}
	var requests []asked
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		request := cases[name].from.does(cases[name].action, cases[name].resource)
		request.ID = name
		requests = append(requests, request)
	}
	answer := judge(t, requests, nil)
	for name, c := range cases {
		if got := answer.Verdicts[name]; got != c.want {
			t.Errorf("%s: %s on %s is %s, want %s", name, c.action, c.resource, got, c.want)
		}
	}
	t.Logf("%d cases judged", len(cases))
}

// An administrator without MFA can do the self-service and nothing else, out of all
// actions of these services; with MFA nothing is taken away.
func TestJudge_nothingButSelfService(t *testing.T) {
	t.Parallel()
	services := []string{"iam", "sts", "s3", "ec2", "kms", "organizations", "cloudtrail", "events", "signin", "sso"}
	selfService := []string{
		"iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetMFADevice", "iam:GetUser", "iam:ListMFADevices",
		"iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken",
		"sts:GetCallerIdentity", // AWS lets nobody deny it.
	}
	firstLogin := []string{"iam:ChangePassword", "iam:GetAccountPasswordPolicy", "iam:GetLoginProfile"}
	plain, _ := call(t, keys{})
	strict, _ := call(t, keys{"allow_first_login": false})
	aging, _ := call(t, keys{"max_mfa_age_seconds": "3600", "allow_mfa_self_removal": true})
	var sweeps []asked
	add := func(id, document string, kind map[string]string) {
		request := session(id, "alice", document, kind, adminPolicy)
		request.Services = services
		sweeps = append(sweeps, request)
	}
	add("no MFA", plain, withoutMFA)
	add("key", plain, longTermKey)
	add("strict", strict, withoutMFA)
	add("old MFA", aging, staleMFA)
	add("MFA", aging, freshMFA)
	add("not bound", adminPolicy, freshMFA)
	newcomer := session("newcomer", "alice", plain, withoutMFA)
	newcomer.Services = services
	answer := judge(t, nil, append(sweeps, newcomer))
	both := slices.Sorted(slices.Values(slices.Concat(selfService, firstLogin)))
	for id, want := range map[string][]string{
		"no MFA": both, "key": both, "strict": slices.Sorted(slices.Values(selfService)), "old MFA": both, "newcomer": both,
	} {
		if got := answer.Allowed[id]; !slices.Equal(got, want) {
			t.Errorf("%s: allowed are %v, want %v", id, got, want)
		}
	}
	// Some actions need a resource policy besides.
	if got, want := answer.Allowed["MFA"], answer.Allowed["not bound"]; len(want) < 1000 || !slices.Equal(got, want) {
		t.Errorf("with MFA %d actions are allowed, and %d to who is not bound", len(got), len(want))
	}
	t.Logf("%d actions judged in each of %d kinds of session", answer.Judged["MFA"], len(answer.Judged))
}
