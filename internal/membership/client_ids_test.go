package membership_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

const githubHost = "token.actions.githubusercontent.com"

func (w world) arn() string { return "arn:aws:iam::" + w.ID + ":oidc-provider/" + githubHost }

// provider makes GitHub's OIDC provider with client IDs.
func (w world) provider(ids ...string) {
	w.t.Helper()
	w.does(w.iam(w.Admin()).CreateOpenIDConnectProvider(w.t.Context(), &iam.CreateOpenIDConnectProviderInput{
		Url: aws.String("https://" + githubHost), ClientIDList: ids, ThumbprintList: []string{strings.Repeat("a", 40)},
	}))
}

func (w world) takesOff(by localaws.Principal, id string) {
	w.t.Helper()
	w.does(w.iam(by).RemoveClientIDFromOpenIDConnectProvider(w.t.Context(), &iam.RemoveClientIDFromOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: aws.String(w.arn()), ClientID: &id,
	}))
}

func (w world) putsOn(by localaws.Principal, id string) {
	w.t.Helper()
	w.does(w.iam(by).AddClientIDToOpenIDConnectProvider(w.t.Context(), &iam.AddClientIDToOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: aws.String(w.arn()), ClientID: &id,
	}))
}

func (w world) clientIDs() string {
	w.t.Helper()
	out, err := w.iam(w.Admin()).GetOpenIDConnectProvider(w.t.Context(), &iam.GetOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: aws.String(w.arn()),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(out.ClientIDList)
	return strings.Join(out.ClientIDList, " ")
}

func (w world) expectIDs(want string) {
	w.t.Helper()
	if got := w.clientIDs(); got != want {
		w.t.Errorf("the client IDs are %q, want %q", got, want)
	}
}

func (w world) clientConfig(arguments string) string {
	return "resource \"iamguard_oidc_client_ids\" \"test\" {\n  provider_arn = \"" + w.arn() + "\"\n" + arguments + "\n}\n"
}

func TestClientIDs_lifecycle(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.provider("other", "sts.amazonaws.com")
	cli := w.ready(w.clientConfig(`client_ids = ["sts.amazonaws.com", "mine"]`))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectIDs("mine other sts.amazonaws.com")
	if existing := cli.State(t, clientAddress)["existing_client_ids"]; fmt.Sprint(existing) != "[sts.amazonaws.com]" {
		t.Errorf("existing are %v", existing)
	}
	// What was there before is put back, and stays what was there before.
	w.takesOff(w.User("mallory"), "sts.amazonaws.com")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	if existing := cli.State(t, clientAddress)["existing_client_ids"]; fmt.Sprint(existing) != "[sts.amazonaws.com]" {
		t.Errorf("existing are %v", existing)
	}
	// What was there before is released, what was added is taken off.
	cli.Write(t, w.Config(w.clientConfig(`client_ids = ["third"]`)))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectIDs("other sts.amazonaws.com third")
	cli.Must(t, "destroy", "-auto-approve")
	w.expectIDs("other sts.amazonaws.com")
	cli.Write(t, w.Config(w.clientConfig("client_ids = [\"other\", \"mine\"]\ndestroy_adopted = true")))
	cli.Apply(t)
	cli.Must(t, "destroy", "-auto-approve")
	w.expectIDs("sts.amazonaws.com")
}

func TestClientIDs_drift(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.provider()
	mallory := w.User("mallory")
	drifts := func(config string, change func(), from map[string]any) resource.TestStep {
		return resource.TestStep{
			PreConfig: change, Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{providertest.ExpectDrift(clientAddress, from)},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
		}
	}
	loose := w.Config(w.clientConfig(`client_ids = ["a", "b"]`))
	strict := w.Config(w.clientConfig("client_ids = [\"a\", \"b\"]\nexclusive = true"))
	w.Test(
		t,
		resource.TestStep{Config: loose},
		drifts(loose, func() { w.takesOff(mallory, "a") }, map[string]any{
			"client_ids": []any{"b"}, "existing_client_ids": providertest.AnyValue, // Others may have put it on the list since.
		}),
		// Other owners may have IDs of their own.
		resource.TestStep{
			PreConfig: func() { w.putsOn(mallory, "theirs") }, Config: loose,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		},
		resource.TestStep{Config: strict},
		drifts(strict, func() { w.putsOn(mallory, "evil") }, map[string]any{"client_ids": []any{"a", "b", "evil"}}),
		drifts(strict, func() { w.takesOff(mallory, "a") }, map[string]any{"client_ids": []any{"b"}}),
	)
}

// Two owners of one list that are not exclusive do not fight.
func TestClientIDs_twoOwners(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.provider()
	first := w.ready(w.clientConfig(`client_ids = ["shared", "first"]`))
	second := w.ready(w.clientConfig(`client_ids = ["shared", "second"]`))
	first.Apply(t)
	second.Apply(t)
	first.ExpectNoChange(t)
	second.ExpectNoChange(t)
	second.Must(t, "destroy", "-auto-approve")
	first.ExpectNoChange(t)
	w.expectIDs("first shared")
}

func TestClientIDs_restoration(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.provider("sts.amazonaws.com")
	cli := w.ready(w.clientConfig(`client_ids = ["sts.amazonaws.com"]`))
	cli.Apply(t)
	w.later()
	w.takesOff(w.User("mallory"), "sts.amazonaws.com")
	label := `OIDC client IDs "` + githubHost + `" (` + w.ID + `)`
	providertest.ExpectTexts(
		t, cli.Must(t, "plan"), label+": RemoveClientIDFromOpenIDConnectProvider by user/mallory", "on sts.amazonaws.com",
		label+": apply puts sts.amazonaws.com back on the list",
	)
	cli.Write(t, w.Config(w.clientConfig("client_ids = [\"sts.amazonaws.com\"]\nrestore_access = false")))
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "The client IDs are not put back on the list",
		"RemoveClientIDFromOpenIDConnectProvider by user/mallory")
	cli.Write(t, w.Config(w.clientConfig(`client_ids = ["sts.amazonaws.com"]`)))
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.expectIDs("sts.amazonaws.com")
	w.later()
	w.does(w.iam(w.User("mallory")).DeleteOpenIDConnectProvider(t.Context(), &iam.DeleteOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: aws.String(w.arn()),
	}))
	providertest.ExpectTexts(
		t,
		cli.Must(t, "plan"),
		"the list of OIDC client IDs is gone: DeleteOpenIDConnectProvider by user/mallory",
	)
	providertest.ExpectTexts(t, cli.Fails(t, "apply", "-auto-approve"), "make the provider first")
	w.provider("sts.amazonaws.com")
	cli.Apply(t)
	cli.ExpectNoChange(t)
	w.does(w.iam(w.User("mallory")).DeleteOpenIDConnectProvider(t.Context(), &iam.DeleteOpenIDConnectProviderInput{
		OpenIDConnectProviderArn: aws.String(w.arn()),
	}))
	w.provider("sts.amazonaws.com")
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "If there is one of that ARN, it is another one, made later", "1 to add")
}

func TestClientIDs_refusals(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.provider("theirs")
	cli := w.ready(w.clientConfig("client_ids = [\"mine\"]\nexclusive = true"))
	providertest.ExpectTexts(
		t,
		cli.Fails(t, "apply", "-auto-approve"),
		"Unable to create the OIDC client IDs",
		"what to remove (theirs)",
	)
	cli.Write(t, w.Config(w.clientConfig("client_ids = [\"mine\"]\nexclusive = true\nadopt_existing = true")))
	providertest.ExpectTexts(t, cli.Must(t, "plan"), "what to remove (theirs)")
	cli.Apply(t)
	w.expectIDs("mine")
	cli.Must(t, "destroy", "-auto-approve")
	w.expectIDs("")
	for arguments, text := range map[string]string{
		"client_ids = []": "at least 1",
		"client_ids = [\"\"]\n  account = \"111122223333\"": "client_ids",
	} {
		cli.Write(t, w.Config(w.clientConfig(arguments)))
		providertest.ExpectTexts(t, cli.Fails(t, "plan"), text)
	}
	foreign := strings.Replace(w.clientConfig(`client_ids = ["mine"]`), w.ID, "111122223333", 1)
	cli.Write(t, w.Config(foreign))
	providertest.ExpectTexts(t, cli.Fails(t, "plan"), "The OIDC provider is in another account", "account 111122223333")
}

func TestClientIDs_import(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.provider("a", "b")
	cli := w.ready(w.clientConfig(`client_ids = ["a", "b"]`))
	cli.Must(t, "import", clientAddress, w.arn())
	cli.ExpectNoChange(t)
	cli.Must(t, "destroy", "-auto-approve")
	w.expectIDs("a b")
	providertest.ExpectTexts(t, cli.Fails(t, "import", clientAddress, githubHost), "is not the ARN of an OIDC provider")
	server, query := w.Server(t, nil), providertest.ListQuery{IncludeResource: true}
	objects, diags := server.List(t, "iamguard_oidc_client_ids", query)
	if len(objects) != 1 || len(diags) > 0 || objects[0].Identity["provider_arn"] != w.arn() {
		t.Errorf("listed are %v %s", objects, providertest.Text(diags))
	}
	restore := w.Inject(localaws.Fault{Service: "iam", Operation: "ListOpenIDConnectProviders", Kind: localaws.Deny})
	defer restore()
	if objects, diags := server.List(t, "iamguard_oidc_client_ids", query); len(objects) > 0 ||
		!strings.Contains(providertest.Text(diags), "allow the action iam:ListOpenIDConnectProviders") {
		t.Errorf("denied: %v %s", objects, providertest.Text(diags))
	}
}

func TestClientIDs_faults(t *testing.T) {
	t.Parallel()
	providertest.FaultLoop(t, providertest.Lifecycle{
		Prepare: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			world{stage, tb}.provider("theirs")
		},
		Config: func(stage *providertest.Stage) string {
			return stage.Config(world{Stage: stage}.clientConfig(`client_ids = ["a", "b"]`))
		},
		Left: func(tb testing.TB, stage *providertest.Stage) []string {
			tb.Helper()
			return slices.DeleteFunc(strings.Fields(world{stage, tb}.clientIDs()), func(id string) bool { return id == "theirs" })
		},
		Survives: func(tb testing.TB, stage *providertest.Stage) {
			tb.Helper()
			if !strings.Contains(world{stage, tb}.clientIDs(), "theirs") {
				tb.Error("a foreign client ID is gone")
			}
		},
	})
}

func TestClientIDs_permissions(t *testing.T) {
	t.Parallel()
	w := begin(t)
	w.provider()
	cli := w.ready(w.clientConfig(`client_ids = ["a", "b"]`))
	applying := w.Used(func() {
		cli.Apply(t)
		cli.Write(t, w.Config(w.clientConfig(`client_ids = ["a"]`)))
		cli.Apply(t)
	})
	server := w.Server(t, nil)
	providertest.ExpectPermissions(t, "list-resources/iamguard_oidc_client_ids", map[string][]string{"Plan": w.Used(func() {
		server.List(t, "iamguard_oidc_client_ids", providertest.ListQuery{IncludeResource: true})
	})})
	w.takesOff(w.User("mallory"), "a")
	planning := w.Used(func() { cli.Must(t, "plan") })
	cli.Apply(t)
	destroying := w.Used(func() { cli.Must(t, "destroy", "-auto-approve") })
	providertest.ExpectPermissions(t, "resources/iamguard_oidc_client_ids", map[string][]string{
		"Plan": planning, "Apply": providertest.Beyond(applying, planning), "Destroy": providertest.Beyond(destroying, planning),
	})
}
