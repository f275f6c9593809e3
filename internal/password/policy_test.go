package password_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const policyAddress = "iamguard_password_policy.test"

// unlike is a policy that differs from IAM's defaults in all nine fields.
const unlike = `
  max_password_age = 90
  hard_expiry      = true
`

func policyConfig(arguments string) string {
	return "resource \"iamguard_password_policy\" \"test\" {\n" + arguments + "\n}\n"
}

// account is one account, from outside.
type account struct {
	t     *testing.T
	stage *providertest.Stage
}

func at(t *testing.T, stage *providertest.Stage) account {
	t.Helper()
	return account{t, stage}
}

func (a account) iam(as localaws.Principal) *iam.Client { return iam.NewFromConfig(a.stage.SDK(as)) }

func (a account) does(_ any, err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// put sends a policy as another tool does: what is left out returns to its default.
func (a account) put(in iam.UpdateAccountPasswordPolicyInput) {
	a.t.Helper()
	a.does(a.iam(a.stage.User("mallory")).UpdateAccountPasswordPolicy(a.t.Context(), &in))
}

func (a account) remove() {
	a.t.Helper()
	a.does(a.iam(a.stage.User("mallory")).DeleteAccountPasswordPolicy(a.t.Context(), &iam.DeleteAccountPasswordPolicyInput{}))
}

// exists tells whether the account has a policy.
func (a account) exists() bool {
	a.t.Helper()
	_, err := a.iam(a.stage.Admin()).GetAccountPasswordPolicy(a.t.Context(), &iam.GetAccountPasswordPolicyInput{})
	return err == nil
}

func (a account) begun(arguments string) *providertest.CLI {
	a.t.Helper()
	cli := a.stage.CLI(a.t)
	cli.Write(a.t, a.stage.Config(policyConfig(arguments)))
	cli.Must(a.t, "init")
	return cli
}

// matching matches a text whatever its line breaks.
func matching(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.Join(strings.Fields(regexp.QuoteMeta(text)), `\s+`))
}

// whole is the input that sends what unlike configures.
func whole() iam.UpdateAccountPasswordPolicyInput {
	return iam.UpdateAccountPasswordPolicyInput{
		MinimumPasswordLength: aws.Int32(14), PasswordReusePrevention: aws.Int32(24), MaxPasswordAge: aws.Int32(90),
		RequireLowercaseCharacters: true, RequireUppercaseCharacters: true, RequireNumbers: true, RequireSymbols: true,
		AllowUsersToChangePassword: true, HardExpiry: aws.Bool(true),
	}
}

// Each of the nine fields drifts and heals; a tool that sends one field shows eight
// differences; a policy that is gone is told with who deleted it.
func TestPasswordPolicy_drift(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a, config := at(t, stage), stage.Config(policyConfig(unlike))
	steps := []resource.TestStep{{Config: config}}
	add := func(name string, change func(*iam.UpdateAccountPasswordPolicyInput), from map[string]any) {
		steps = append(steps, resource.TestStep{
			PreConfig: func() {
				t.Log(name)
				in := whole()
				change(&in)
				a.put(in)
			},
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{providertest.ExpectDrift(policyAddress, from)}},
		})
	}
	type input = *iam.UpdateAccountPasswordPolicyInput
	add("length", func(in input) { in.MinimumPasswordLength = aws.Int32(8) }, map[string]any{"minimum_password_length": 8})
	add("reuse", func(in input) { in.PasswordReusePrevention = nil }, map[string]any{"password_reuse_prevention": 0})
	add("age", func(in input) { in.MaxPasswordAge = aws.Int32(365) }, map[string]any{"max_password_age": 365})
	add("lower case", func(in input) { in.RequireLowercaseCharacters = false },
		map[string]any{"require_lowercase_characters": false})
	add("upper case", func(in input) { in.RequireUppercaseCharacters = false },
		map[string]any{"require_uppercase_characters": false})
	add("numbers", func(in input) { in.RequireNumbers = false }, map[string]any{"require_numbers": false})
	add("symbols", func(in input) { in.RequireSymbols = false }, map[string]any{"require_symbols": false})
	add("own change", func(in input) { in.AllowUsersToChangePassword = false },
		map[string]any{"allow_users_to_change_password": false})
	add("hard expiry", func(in input) { in.HardExpiry = nil }, map[string]any{"hard_expiry": false})
	add("one field sent", func(in input) { *in = iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(14)} },
		map[string]any{
			"password_reuse_prevention": 0, "max_password_age": 0, "require_lowercase_characters": false,
			"require_uppercase_characters": false, "require_numbers": false, "require_symbols": false,
			"allow_users_to_change_password": false, "hard_expiry": false,
		})
	steps = append(steps, resource.TestStep{
		PreConfig: a.remove, Config: config,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(policyAddress, plancheck.ResourceActionCreate),
		}},
	})
	stage.Test(t, steps...)
}

// Who weakened the policy, or deleted it, is said; the calls name no object.
func TestPasswordPolicy_attribution(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	cli := a.begun("")
	cli.Apply(t)
	if err := stage.Clock.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	a.put(iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(6)})
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "Password policy ("+stage.ID+"): UpdateAccountPasswordPolicy by user/mallory")
	cli.Apply(t)
	if err := stage.Clock.Sleep(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	a.remove()
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "the password policy is gone", "user/mallory", "eight characters")
}

// Every write sends every field, and leaves a zero of age and reuse out.
func TestPasswordPolicy_requests(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	cli := a.begun("password_reuse_prevention = 0\nrequire_symbols = false\n")
	cli.Apply(t)
	cli.Write(t, stage.Config(policyConfig("minimum_password_length = 20\nrequire_symbols = false\nmax_password_age = 30\n")))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	var sent []string
	for _, call := range stage.Calls(localaws.Named("iam:UpdateAccountPasswordPolicy")) {
		sent = append(sent, string(call.RawRequest))
	}
	always := []string{
		"AllowUsersToChangePassword=true", "HardExpiry=false", "RequireLowercaseCharacters=true", "RequireNumbers=true",
		"RequireUppercaseCharacters=true", "MinimumPasswordLength=",
	}
	if len(sent) != 2 {
		t.Fatalf("sent were %d writes: %s", len(sent), sent)
	}
	for _, request := range sent {
		for _, part := range always {
			if !strings.Contains(request, part) {
				t.Errorf("%s is missing in %s", part, request)
			}
		}
	}
	if strings.Contains(sent[0], "MaxPasswordAge") || strings.Contains(sent[0], "PasswordReusePrevention") {
		t.Errorf("a zero was sent: %s", sent[0])
	}
	if !strings.Contains(sent[1], "MaxPasswordAge=30") || !strings.Contains(sent[1], "PasswordReusePrevention=24") ||
		!strings.Contains(sent[1], "MinimumPasswordLength=20") {
		t.Errorf("sent was %s", sent[1])
	}
}

func TestPasswordPolicy_adoption(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	a.put(iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(10)})
	cli := a.begun("")
	code, out := cli.Run(t, "apply", "-auto-approve")
	if code == 0 {
		t.Error("an existing policy was overwritten")
	}
	providertest.ExpectTexts(
		t,
		out,
		"Unable to create the password policy",
		"already exists",
		"minimum_password_length (10, configured 14)",
		"allow_users_to_change_password (false, configured true)",
		"adopt_existing = true",
		"terraform import",
		stage.ID,
	)
	cli.Write(t, stage.Config(policyConfig("adopt_existing = true")))
	providertest.ExpectTexts(
		t,
		cli.Must(t, "plan"),
		"an existing password policy will be adopted",
		"minimum_password_length (10, configured 14)",
	)
	cli.Apply(t)
	cli.ExpectNoChange(t)
	providertest.ExpectTexts(t, cli.Must(t, "destroy", "-auto-approve"), "stays in the account and is no longer watched")
	if !a.exists() {
		t.Error("a policy that was to be retained is gone")
	}
	cli.Write(t, stage.Config(policyConfig("adopt_existing = true\non_destroy = \"delete\"")))
	cli.Apply(t)
	providertest.ExpectTexts(t, cli.Must(t, "destroy", "-auto-approve"), "will be deleted, and AWS's own rules hold then")
	if a.exists() {
		t.Error("the policy is still there")
	}
}

// A policy that somebody strengthened is not weakened by the way.
func TestPasswordPolicy_weaker(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	cli := a.begun("")
	cli.Apply(t)
	in := whole()
	in.MinimumPasswordLength = aws.Int32(20)
	in.RequireSymbols = false
	a.put(in)
	code, out := cli.Run(t, "plan")
	if code == 0 {
		t.Error("the plan weakens the policy")
	}
	providertest.ExpectTexts(t, out, "The password policy would be weakened", "minimum_password_length (20 now, 14 configured)",
		"max_password_age (90 now, 0 configured)", "put the stronger value into the configuration", "allow_weaker = true",
		"asks for less than the configuration, which no apply puts right before this is settled: require_symbols")
	cli.Write(t, stage.Config(policyConfig("minimum_password_length = 20\nmax_password_age = 90\n")))
	cli.Apply(t)
	cli.Write(t, stage.Config(policyConfig("allow_weaker = true")))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	// Strengthened between plan and apply.
	cli.Write(t, stage.Config(policyConfig("password_reuse_prevention = 20\nallow_weaker = true")))
	cli.Apply(t)
	cli.Write(t, stage.Config(policyConfig("password_reuse_prevention = 21")))
	cli.Must(t, "plan", "-out", "saved")
	in = whole()
	in.MinimumPasswordLength = aws.Int32(30)
	a.put(in)
	code, out = cli.Run(t, "apply", "saved")
	if code == 0 {
		t.Error("the apply weakens the policy")
	}
	providertest.ExpectTexts(
		t,
		out,
		"the configuration is weaker than the policy that the account has: minimum_password_length (30 now, 14 configured)",
		"somebody strengthened the policy since the plan",
	)
}

func TestPasswordPolicy_import(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	cli := a.begun("")
	cli.Apply(t)
	for _, id := range []string{stage.ID, "iam-account-password-policy", "iam-account-password-policy?account=" + stage.ID} {
		cli.Must(t, "state", "rm", policyAddress)
		cli.Must(t, "import", policyAddress, id)
		cli.ExpectNoChange(t)
	}
	cli.Must(t, "state", "rm", policyAddress)
	code, out := cli.Run(t, "import", policyAddress, "policy")
	if code == 0 {
		t.Error("a name that is none was imported")
	}
	providertest.ExpectTexts(t, out, "Unable to import the password policy by this ID", "is neither a 12-digit account ID nor")
	a.remove()
	code, out = cli.Run(t, "import", policyAddress, stage.ID)
	if code == 0 {
		t.Error("a policy that is not there was imported")
	}
	providertest.ExpectTexts(t, out, "Unable to find the password policy to import")
}

func TestPasswordPolicy_refuses(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	for name, c := range map[string]struct{ arguments, text string }{
		"too short":      {"minimum_password_length = 5", "between 6 and 128"},
		"too long":       {"minimum_password_length = 129", "between 6 and 128"},
		"reuse":          {"password_reuse_prevention = 25", "between 0 and 24"},
		"age":            {"max_password_age = 1096", "between 0 and 1095"},
		"expiry of what": {"hard_expiry = true", "needs a max_password_age"},
		"on_destroy":     {"on_destroy = \"keep\"", "on_destroy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := at(t, stage).begun(c.arguments)
			code, out := cli.Run(t, "plan")
			if code == 0 {
				t.Errorf("no error:\n%s", out)
			}
			providertest.ExpectTexts(t, out, c.text)
		})
	}
}

// Users whose password is past an age that is introduced are listed; with hard_expiry
// they stop the plan unless they are accepted.
func TestPasswordPolicy_expiringUsers(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	a := at(t, stage)
	for _, name := range []string{"alice", "bob", "robot"} {
		a.does(a.iam(stage.Admin()).CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}))
		if name != "robot" {
			a.does(a.iam(stage.Admin()).CreateLoginProfile(t.Context(), &iam.CreateLoginProfileInput{
				UserName: &name, Password: aws.String("A-long-Passw0rd!"),
			}))
		}
	}
	if err := stage.Clock.Sleep(t.Context(), 100*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	cli := a.begun("max_password_age = 90")
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "2 users have to change their password at once", "alice, bob")
	cli.Write(t, stage.Config(policyConfig("max_password_age = 90\nhard_expiry = true\naccept_expiring_users = [\"bob\"]")))
	code, out := cli.Run(t, "plan")
	if code == 0 {
		t.Error("users are locked out without a word")
	}
	providertest.ExpectTexts(
		t,
		out,
		"Users would be locked out by the password policy",
		"Passwords older than 90 days: alice (report of",
	)
	cli.Write(t, stage.Config(policyConfig("max_password_age = 90\nhard_expiry = true\nallow_users_to_change_password = false\n"+
		"accept_expiring_users = [\"alice\", \"bob\"]")))
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "users are locked out when their password expires")
	cli.Write(t, stage.Config(policyConfig("max_password_age = 365\nhard_expiry = true")))
	if out := cli.Must(t, "plan"); strings.Contains(out, "Warning") {
		t.Errorf("a plan that expires nobody warns:\n%s", out)
	}
	cli.Write(t, stage.Config(policyConfig("max_password_age = 90")))
	restore := stage.Inject(localaws.Fault{Service: "iam", Operation: "GetCredentialReport", Kind: localaws.Deny})
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "cannot tell whose passwords are past the new age")
	restore()
}

func TestPasswordPolicy_faults(t *testing.T) {
	t.Parallel()
	providertest.FaultLoop(t, providertest.Lifecycle{
		Config: func(stage *providertest.Stage) string { return stage.Config(policyConfig("on_destroy = \"delete\"")) },
		Left: func(tb testing.TB, stage *providertest.Stage) []string {
			tb.Helper()
			client := iam.NewFromConfig(stage.SDK(stage.Admin()))
			if _, err := client.GetAccountPasswordPolicy(tb.Context(), &iam.GetAccountPasswordPolicyInput{}); err == nil {
				return []string{"the password policy"}
			}
			return nil
		},
	})
	stage := providertest.NewStage(t)
	cli := at(t, stage).begun("on_destroy = \"delete\"")
	cli.Apply(t)
	restore := stage.Inject(localaws.Fault{Service: "iam", Operation: "DeleteAccountPasswordPolicy", Kind: localaws.Deny})
	code, out := cli.Run(t, "destroy", "-auto-approve")
	restore()
	if code == 0 {
		t.Error("a denied deletion is no error")
	}
	providertest.ExpectTexts(t, out, "Unable to delete the password policy", "allow the action iam:DeleteAccountPasswordPolicy")
	restore = stage.Inject(localaws.Fault{Service: "iam", Operation: "GetAccountPasswordPolicy", Kind: localaws.Deny})
	code, _ = cli.Run(t, "plan")
	restore()
	if code != 1 {
		t.Errorf("a denied read exits with %d", code)
	}
	cli.ExpectNoChange(t)
}
