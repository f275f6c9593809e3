package password_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const (
	loginAddress = "iamguard_login_profile.test"
	secret       = "Correct-Horse-7-Battery"
	another      = "Another-Horse-8-Battery"
)

func loginConfig(arguments string) string {
	if !strings.Contains(arguments, "password_wo ") && !strings.Contains(arguments, "no password") {
		arguments += "\n  password_wo = \"" + secret + "\"\n"
	}
	return "resource \"iamguard_login_profile\" \"test\" {\n  user = \"alice\"\n" + arguments + "\n}\n"
}

// alice makes the user.
func (a account) alice() {
	a.t.Helper()
	a.does(a.iam(a.stage.Admin()).CreateUser(a.t.Context(), &iam.CreateUserInput{UserName: aws.String("alice")}))
}

// login is alice's profile, nil where she has none.
func (a account) login() *iam.GetLoginProfileOutput {
	a.t.Helper()
	out, err := a.iam(a.stage.Admin()).GetLoginProfile(a.t.Context(), &iam.GetLoginProfileInput{UserName: aws.String("alice")})
	if err != nil {
		return nil
	}
	return out
}

func (a account) deleteLogin() {
	a.t.Helper()
	a.does(
		a.iam(a.stage.User("mallory")).DeleteLoginProfile(a.t.Context(), &iam.DeleteLoginProfileInput{UserName: aws.String("alice")}),
	)
}

func (a account) beginning(config string) *providertest.CLI {
	a.t.Helper()
	cli := a.stage.CLI(a.t)
	cli.Write(a.t, a.stage.Config(config))
	cli.Must(a.t, "init")
	return cli
}

func TestLoginProfile_lifecycle(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	a.alice()
	cli := a.beginning(loginConfig(""))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if got := a.login(); got == nil || !got.LoginProfile.PasswordResetRequired {
		t.Errorf("the profile is %+v", got)
	}
	// Alice changes her password; that is no drift.
	a.does(a.iam(stage.Admin()).UpdateLoginProfile(t.Context(), &iam.UpdateLoginProfileInput{
		UserName: aws.String("alice"), Password: aws.String("Her-own-Passw0rd!"), PasswordResetRequired: aws.Bool(false),
	}))
	cli.ExpectNoChange(t)
	cli.Write(
		t,
		stage.Config(loginConfig("  password_wo = \""+another+"\"\n  password_wo_version = 2\n  password_reset_required = false")),
	)
	stage.ResetCalls()
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if updates := stage.Calls(localaws.Named("iam:UpdateLoginProfile")); len(updates) != 1 ||
		!strings.Contains(string(updates[0].RawRequest), "Password="+another) {
		t.Errorf("%d updates were made", len(updates))
	}
	if got := a.login(); got == nil || got.LoginProfile.PasswordResetRequired {
		t.Errorf("the profile is %+v", got)
	}
	// Only the reset: the password is not sent again.
	cli.Write(t, stage.Config(loginConfig("  password_wo = \""+another+"\"\n  password_wo_version = 2")))
	stage.ResetCalls()
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if updates := stage.Calls(localaws.Named("iam:UpdateLoginProfile")); len(updates) != 1 ||
		strings.Contains(string(updates[0].RawRequest), another) {
		t.Errorf("%d updates were made, or with a password", len(updates))
	}
	if got := a.login(); got == nil || !got.LoginProfile.PasswordResetRequired {
		t.Errorf("the profile is %+v", got)
	}
	cli.Must(t, "destroy", "-auto-approve")
	if a.login() != nil {
		t.Error("the profile is still there")
	}
}

// A deleted password is drift: the plan says who deleted it and that apply would give it
// back; restore_access = false and a quarantine keep it from that.
func TestLoginProfile_restoration(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	a.alice()
	cli := a.beginning(loginConfig(""))
	cli.Apply(t)
	if err := stage.Clock.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	a.deleteLogin()
	label := `Login profile "alice" (` + stage.ID + `)`
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "exists = false -> true", label+": DeleteLoginProfile by user/mallory",
		label+": apply gives the console password back")
	cli.Write(t, stage.Config(loginConfig("  restore_access = false")))
	code, out := cli.Run(t, "plan")
	if code == 0 {
		t.Error("access is given back all the same")
	}
	providertest.ExpectTexts(t, out, "The console password is not given back", "DeleteLoginProfile by user/mallory")
	cli.Write(t, stage.Config(loginConfig("# no password")))
	code, out = cli.Run(t, "plan")
	if code == 0 {
		t.Error("a password is given back without one")
	}
	providertest.ExpectTexts(t, out, "Unable to set a password without one")
	quarantine := must(a.iam(stage.Admin()).CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName:     aws.String("AWSCompromisedKeyQuarantineV3"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`),
	}))(t)
	a.does(a.iam(stage.Admin()).AttachUserPolicy(t.Context(), &iam.AttachUserPolicyInput{
		UserName: aws.String("alice"), PolicyArn: quarantine.Policy.Arn,
	}))
	cli.Write(t, stage.Config(loginConfig("")))
	code, out = cli.Run(t, "apply", "-auto-approve")
	if code == 0 || a.login() != nil {
		t.Error("a quarantined user got a password")
	}
	providertest.ExpectTexts(
		t,
		out,
		"Unable to update the login profile",
		"the user is quarantined",
		"AWSCompromisedKeyQuarantineV3",
	)
	a.does(a.iam(stage.Admin()).DetachUserPolicy(t.Context(), &iam.DetachUserPolicyInput{
		UserName: aws.String("alice"), PolicyArn: quarantine.Policy.Arn,
	}))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if a.login() == nil {
		t.Error("the password was not given back")
	}
	a.deleteLogin()
	a.does(a.iam(stage.User("mallory")).DeleteUser(t.Context(), &iam.DeleteUserInput{UserName: aws.String("alice")}))
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "the login profile is gone", "user/mallory")
}

func must[T any](answer T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// The password is checked before the call, and the error says what the policy asks for,
// never what was wrong; it is in no state, plan, output or log.
func TestLoginProfile_secret(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	a.alice()
	a.put(whole())
	weak := "weakpassword"
	cli := a.beginning(loginConfig("  password_wo = \"" + weak + "\""))
	log := filepath.Join(t.TempDir(), "trace.log")
	cli.Setenv("TF_LOG=TRACE", "TF_LOG_PATH="+log)
	code, refused := cli.Run(t, "apply", "-auto-approve")
	if code == 0 || len(stage.Calls(localaws.Named("iam:CreateLoginProfile"))) > 0 {
		t.Error("a weak password was sent")
	}
	providertest.ExpectTexts(
		t,
		refused,
		"Unable to create the login profile",
		"does not meet the password policy of the account, which asks for 14 characters, a lower-case letter, an upper-case letter",
	)
	// A password that stands in the configuration itself is in the plan with it.
	cli.Setenv("TF_VAR_password=" + secret)
	cli.Write(t, stage.Config("variable \"password\" {\n  ephemeral = true\n}\n"+loginConfig("  password_wo = var.password")))
	applied := cli.Apply(t)
	planned := cli.Must(t, "plan", "-out", "saved")
	shown := cli.Must(t, "show", "-json", "saved")
	state := cli.Must(t, "state", "pull")
	trace := must(os.ReadFile(log))(t)
	if len(trace) < 1000 {
		t.Errorf("the trace has %d bytes", len(trace))
	}
	for name, text := range map[string]string{
		"error": refused, "apply": applied, "plan": planned, "plan as JSON": shown, "state": state, "trace": string(trace),
	} {
		for _, hidden := range []string{secret, weak} {
			if strings.Contains(text, hidden) {
				t.Errorf("the password is in the %s", name)
			}
		}
	}
	sent := 0
	for _, call := range stage.Calls() {
		if strings.Contains(string(call.RawRequest), secret) {
			sent++
		}
	}
	if sent != 1 {
		t.Errorf("the password was sent in %d calls", sent)
	}
}

func TestLoginProfile_adoption(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	a.alice()
	a.does(a.iam(stage.Admin()).CreateLoginProfile(t.Context(), &iam.CreateLoginProfileInput{
		UserName: aws.String("alice"), Password: aws.String("Some-Passw0rd-of-hers"),
	}))
	cli := a.beginning(loginConfig(""))
	code, out := cli.Run(t, "apply", "-auto-approve")
	if code == 0 {
		t.Error("a password was overwritten")
	}
	providertest.ExpectTexts(t, out, "this login profile already exists", "terraform import <address of this resource> alice")
	for _, id := range []string{"alice", "alice?account=" + stage.ID} {
		cli.Must(t, "import", loginAddress, id)
		cli.Write(t, stage.Config(loginConfig("  password_reset_required = false")))
		cli.ExpectNoChange(t)
		cli.Must(t, "state", "rm", loginAddress)
	}
	cli.Write(t, stage.Config(loginConfig("  adopt_existing = true")))
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "an existing login profile will be adopted", "Overwritten: password_wo")
	stage.ResetCalls()
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if len(stage.Calls(localaws.Named("iam:UpdateLoginProfile"))) != 1 {
		t.Error("the password of an adopted profile was not set")
	}
	providertest.ExpectTexts(t, cli.Must(t, "destroy", "-auto-approve"), "only forgotten, not deleted")
	for id, text := range map[string]string{
		"a b": "is not the name of an IAM user", "bob": "Unable to find the login profile to import",
	} {
		code, out := cli.Run(t, "import", loginAddress, id)
		if code == 0 {
			t.Errorf("%s was imported", id)
		}
		providertest.ExpectTexts(t, out, text)
	}
}

func TestLoginProfile_faults(t *testing.T) {
	t.Parallel()
	providertest.FaultLoop(t, providertest.Lifecycle{
		Prepare: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			client := iam.NewFromConfig(stage.SDK(stage.Admin()))
			if _, err := client.CreateUser(tb.Context(), &iam.CreateUserInput{UserName: aws.String("alice")}); err != nil {
				tb.Fatal(err)
			}
		},
		Config: func(stage *providertest.Stage) string { return stage.Config(loginConfig("")) },
		Left: func(tb testing.TB, stage *providertest.Stage) []string {
			tb.Helper()
			client := iam.NewFromConfig(stage.SDK(stage.Admin()))
			if _, err := client.GetLoginProfile(tb.Context(), &iam.GetLoginProfileInput{UserName: aws.String("alice")}); err == nil {
				return []string{"the login profile"}
			}
			return nil
		},
	})
	stage := providertest.NewStage(t)
	a := at(t, stage)
	a.alice()
	cli := a.beginning(loginConfig(""))
	restore := stage.Inject(localaws.Fault{
		Service: "iam", Operation: "GetLoginProfile", Kind: localaws.NotFoundReads, Count: 2,
	})
	cli.Apply(t)
	restore()
	cli.ExpectNoChange(t)
	restore = stage.Inject(localaws.Fault{Service: "iam", Operation: "DeleteLoginProfile", Kind: localaws.Deny})
	code, out := cli.Run(t, "destroy", "-auto-approve")
	restore()
	if code == 0 {
		t.Error("a denied deletion is no error")
	}
	providertest.ExpectTexts(t, out, "Unable to delete the login profile", "allow the action iam:DeleteLoginProfile")
}

func TestListLoginProfiles(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	a.alice()
	a.does(a.iam(stage.Admin()).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("robot")}))
	a.does(a.iam(stage.Admin()).CreateLoginProfile(t.Context(), &iam.CreateLoginProfileInput{
		UserName: aws.String("alice"), Password: aws.String(secret),
	}))
	server, query := stage.Server(t, nil), providertest.ListQuery{IncludeResource: true}
	objects, diags := server.List(t, "iamguard_login_profile", query)
	if len(objects) != 1 || len(diags) > 0 || objects[0].Identity["user"] != "alice" || objects[0].Resource["exists"] != true {
		t.Errorf("listed are %v %s", objects, providertest.Text(diags))
	}
	for _, operation := range []string{"ListUsers", "GetLoginProfile"} {
		restore := stage.Inject(localaws.Fault{Service: "iam", Operation: operation, Kind: localaws.Deny})
		objects, diags := server.List(t, "iamguard_login_profile", query)
		restore()
		if len(objects) > 0 || !strings.Contains(providertest.Text(diags), "allow the action iam:"+operation) {
			t.Errorf("%s denied: %v %s", operation, objects, providertest.Text(diags))
		}
	}
}

// A password made by the ephemeral resource meets the live policy.
func TestPasswordEphemeral(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	a.alice()
	in := whole()
	in.MinimumPasswordLength = aws.Int32(30)
	a.put(in)
	config := func(arguments string) string {
		return "ephemeral \"iamguard_password\" \"first\" {\n" + arguments + "\n}\n" +
			loginConfig("  password_wo = ephemeral.iamguard_password.first.result\n  password_wo_version = 1")
	}
	cli := a.beginning(config(""))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if a.login() == nil {
		t.Error("no password was set")
	}
	cli.Write(t, stage.Config(config("  length = 20")))
	code, out := cli.Run(t, "plan")
	if code == 0 {
		t.Error("a password shorter than the policy asks for is made")
	}
	providertest.ExpectTexts(
		t,
		out,
		"Unable to make a password",
		"a password of 20 characters is too short: the policy of the account asks for 30",
	)
}

func TestLoginProfilePermissions(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	a.alice()
	a.put(whole())
	cli := a.beginning(loginConfig(""))
	applying := stage.Used(func() {
		cli.Apply(t)
		cli.Write(t, stage.Config(loginConfig("  password_wo_version = 2")))
		cli.Apply(t)
	})
	server := stage.Server(t, nil)
	providertest.ExpectPermissions(t, "list-resources/iamguard_login_profile", map[string][]string{"Plan": stage.Used(func() {
		server.List(t, "iamguard_login_profile", providertest.ListQuery{IncludeResource: true})
	})})
	planning := stage.Used(func() { cli.ExpectNoChange(t) })
	a.deleteLogin()
	planning = append(planning, providertest.Beyond(stage.Used(func() { cli.Must(t, "plan") }), planning)...)
	slices.Sort(planning)
	cli.Apply(t)
	destroying := stage.Used(func() { cli.Must(t, "destroy", "-auto-approve") })
	providertest.ExpectPermissions(t, "resources/iamguard_login_profile", map[string][]string{
		"Plan": planning, "Apply": providertest.Beyond(applying, planning), "Destroy": providertest.Beyond(destroying, planning),
	})
}
