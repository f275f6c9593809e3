package alert_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// topicNamed has subscriptions under the names that an import gives them.
func topicNamed(stage *providertest.Stage) string {
	queue := topicIn(stage, "sqs", "pager")
	return `
  display_name = "IAM alerts"
  rule_names   = ["removal", "security/tamper"]
  tags         = { team = "security" }
  subscriptions = {
    "sqs:` + queue + `" = {
      protocol = "sqs"
      endpoint = "` + queue + `"
    }
  }
`
}

func TestTopic_import(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	by := func(id string) resource.TestStep {
		return resource.TestStep{
			ResourceName: topicAddress, ImportState: true, ImportStateId: id, ImportStateVerify: true,
			ImportStateVerifyIdentifierAttribute: "arn",
		}
	}
	stage.Test(t,
		resource.TestStep{Config: stage.Config(topicBody(topicNamed(stage)))},
		by(topicOwnARN(stage)), by("alerts"), by("alerts@"+providertest.Region), by("alerts?account="+stage.ID),
		by("alerts@"+providertest.Region+"?account="+stage.ID),
		resource.TestStep{Config: stage.Config(topicBody(""))},
		by(topicOwnARN(stage)),
	)
}

func TestTopic_importByIdentity(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: stage.Factories(),
		Steps: []resource.TestStep{
			{Config: stage.Config(topicBody(topicNamed(stage)))},
			{ResourceName: topicAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestTopic_importErrors(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := topicReady(t, stage, stage.Config(topicBody("")))
	for id, want := range map[string]string{
		topicOwnARN(stage):                          "Unable to find the alert topic to import",
		topicOwnARN(stage) + "?account=prod":        "takes no suffix",
		"alerts.fifo":                               "EventBridge cannot publish to one",
		"my alerts":                                 "is not the name of a topic",
		topicOwnARN(stage) + ":1234":                "is not the name of a topic",
		"alerts?account=nowhere":                    `Unknown account "nowhere"`,
		topicIn(stage, "sqs", "alerts"):             "is not the ARN of a topic",
		"arn:aws:sns:eu-west-1:999999999999:alerts": "it belongs to account 999999999999",
	} {
		code, out := cli.Run(t, "import", topicAddress, id)
		topicSays(t, code != 0, out, want)
	}
}

// The first plan after an import shows real differences only: names of subscriptions
// that AWS does not know, and that nothing has to be called for.
func TestTopic_planAfterImport(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	named := topicApplied(t, stage, stage.Config(topicBody(topicNamed(stage))))
	second := topicReady(t, stage, stage.Config(topicBody(topicNamed(stage))))
	second.Must(t, "import", topicAddress, topicOwnARN(stage))
	second.ExpectNoChange(t)
	// Under names of one's own the apply changes nothing in AWS.
	named.Write(
		t,
		stage.Config(topicBody(strings.Replace(topicNamed(stage), `"sqs:`+topicIn(stage, "sqs", "pager")+`" =`, "pager =", 1))),
	)
	stage.ResetCalls()
	named.Apply(t)
	named.ExpectNoChange(t)
	if written := stage.Mutations(); len(written) > 0 {
		t.Errorf("another name for a subscription wrote %v", written)
	}
}

// An identity finds the topic with and without account and region; Terraform below
// 1.12 cannot ask, so the provider is asked itself.
func TestTopic_identity(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	topicApplied(t, stage, stage.Config(topicBody(topicNamed(stage))))
	server := stage.Server(t, nil)
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"account_id": tftypes.String, "region": tftypes.String, "arn": tftypes.String,
	}}
	for _, given := range []map[string]any{{}, {"account_id": stage.ID, "region": providertest.Region}} {
		all := map[string]any{"arn": topicOwnARN(stage)}
		maps.Copy(all, given)
		identity, err := tfprotov6.NewDynamicValue(kind, providertest.Value(t, kind, all))
		if err != nil {
			t.Fatal(err)
		}
		plain := topicImported(t, server, &tfprotov6.ImportResourceStateRequest{
			TypeName: topicType, Identity: &tfprotov6.ResourceIdentityData{IdentityData: &identity},
		})
		if plain["name"] != "alerts" || plain["account"] != nil || plain["region"] != providertest.Region {
			t.Errorf("imported %v", plain)
		}
	}
}

// topicImported is the state after an import and the read that follows it.
func topicImported(
	t *testing.T, server *providertest.Server, req *tfprotov6.ImportResourceStateRequest,
) map[string]any {
	t.Helper()
	resp, err := server.ImportResourceState(t.Context(), req)
	if err != nil || len(resp.ImportedResources) != 1 {
		t.Fatal(err, providertest.Text(resp.Diagnostics))
	}
	one := resp.ImportedResources[0]
	read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: topicType, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	if err != nil || providertest.Errors(read.Diagnostics) {
		t.Fatal(err, providertest.Text(read.Diagnostics))
	}
	state, err := read.NewState.Unmarshal(server.Schemas.ResourceSchemas[topicType].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	plain, ok := providertest.Plain(t, state).(map[string]any)
	if !ok {
		t.Fatal("the state is no object")
	}
	return plain
}

// topicListed lists, and fails the test unless these are listed.
func topicListed(
	t *testing.T, server *providertest.Server, query providertest.ListQuery, want ...string,
) []providertest.ListedObject {
	t.Helper()
	objects, diags := server.List(t, topicType, query)
	var names []string
	for _, object := range objects {
		names = append(names, object.DisplayName)
	}
	slices.Sort(names)
	if !slices.Equal(names, want) || len(diags) > 0 {
		t.Errorf("listed are %v, want %v: %s", names, want, providertest.Text(diags))
	}
	return objects
}

func TestListTopics(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	topicApplied(t, stage, stage.Config(topicBody(topicFull(stage))))
	o := topicOutside(t, stage)
	for name, document := range map[string]string{
		"default": "", "orders.fifo": "",
		"events": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},` +
			`"Action":"SNS:Publish","Resource":"*"}}`,
		"denies": `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"Service":"events.amazonaws.com"},` +
			`"Action":"SNS:Publish","Resource":"*"}}`,
	} {
		attributes := map[string]string{}
		if document != "" {
			attributes["Policy"] = document
		}
		if strings.HasSuffix(name, ".fifo") {
			attributes["FifoTopic"] = "true"
		}
		o.does(o.sns().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name, Attributes: attributes}))
	}
	server := stage.Server(t, nil)
	for _, object := range topicListed(t, server, providertest.ListQuery{IncludeResource: true}, "alerts", "events") {
		arn := topicIn(stage, "sns", object.DisplayName)
		if want := map[string]any{
			"account_id": stage.ID,
			"region":     providertest.Region,
			"arn":        arn,
		}; !maps.Equal(
			object.Identity,
			want,
		) {
			t.Errorf("the identity is %v, want %v", object.Identity, want)
		}
		imported := topicImported(t, server, &tfprotov6.ImportResourceStateRequest{TypeName: topicType, ID: arn})
		if !reflect.DeepEqual(object.Resource, imported) {
			t.Errorf("listed as\n%v\nimported as\n%v", object.Resource, imported)
		}
	}
	topicListed(t, server, providertest.ListQuery{Config: map[string]any{"region": "us-east-1"}})
	if objects, diags := server.List(t, topicType, providertest.ListQuery{Limit: 1}); len(objects) != 1 || len(diags) > 0 {
		t.Errorf("a limit of 1 answers %v: %s", objects, providertest.Text(diags))
	}
	// One policy that cannot be read is a warning, none that can is an error.
	restore := stage.Inject(
		localaws.Fault{Service: "sns", Operation: "GetTopicAttributes", Kind: localaws.Deny, Match: topicOf("events")},
	)
	objects, diags := server.List(t, topicType, providertest.ListQuery{})
	restore()
	if text := providertest.Text(diags); len(objects) != 1 || providertest.Errors(diags) ||
		!strings.Contains(text, `Topic "events" (`+stage.ID+`): left out, its policy cannot be read`) {
		t.Errorf("one denied policy: %v %s", objects, text)
	}
	defer stage.Inject(localaws.Fault{Service: "sns", Operation: "GetTopicAttributes", Kind: localaws.Deny})()
	topicRefused(t, server, "Unable to list the alert topics", "allow the action sns:GetTopicAttributes")
}

// topicOf keeps the calls about a topic.
func topicOf(name string) func(localaws.Call) bool {
	return func(call localaws.Call) bool { return strings.HasSuffix(fmt.Sprint(call.Params["TopicArn"]), ":"+name) }
}

// topicRefused fails the test unless the list is an error and nothing else.
func topicRefused(t *testing.T, server *providertest.Server, words ...string) {
	t.Helper()
	objects, diags := server.List(t, topicType, providertest.ListQuery{IncludeResource: true})
	text := providertest.Text(diags)
	for _, word := range words {
		if len(objects) > 0 || !providertest.Errors(diags) || !strings.Contains(text, word) {
			t.Errorf("%d objects and %q, want only %q", len(objects), text, word)
		}
	}
}

// Topics, and the subscriptions of one, are read to the last page; a page that is
// denied is an error, never a short answer.
func TestListTopics_pages(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	o := topicOutside(t, stage)
	for i := range 101 {
		o.does(o.sns().CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(fmt.Sprintf("other-%d", i))}))
	}
	topicApplied(t, stage, stage.Config(topicBody("")))
	for i := range 101 {
		o.subscribe(t.Context(), "sqs", topicIn(stage, "sqs", fmt.Sprintf("q%d", i)))
	}
	server := stage.Server(t, nil)
	objects := topicListed(t, server, providertest.ListQuery{IncludeResource: true}, "alerts")
	if subscriptions, ok := objects[0].Resource["subscriptions"].(map[string]any); !ok || len(subscriptions) != 101 {
		t.Errorf("%d subscriptions were read, want 101", len(subscriptions))
	}
	for operation, nth := range map[string]int{"ListTopics": 2, "ListSubscriptionsByTopic": 2, "GetSubscriptionAttributes": 101} {
		restore := stage.Inject(localaws.Fault{Service: "sns", Operation: operation, Nth: nth, Kind: localaws.Deny})
		topicRefused(t, server, "topic", "allow the action sns:"+operation)
		restore()
	}
}

// TestTopicPermissions_list records what the list needs with the resources it shows.
func TestTopicPermissions_list(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	topicApplied(t, stage, stage.Config(topicBody(topicFull(stage))))
	server := stage.Server(t, nil)
	providertest.ExpectPermissions(t, "list-resources/"+topicType, map[string][]string{"Plan": stage.Used(func() {
		topicListed(t, server, providertest.ListQuery{IncludeResource: true}, "alerts")
	})})
}
