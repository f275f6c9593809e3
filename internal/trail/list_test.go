package trail_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// makeTrail makes a trail from outside, at home in a region.
func makeTrail(o outsider, name, bucket, region string) {
	o.t.Helper()
	o.does(o.trail().CreateTrail(o.t.Context(), &cloudtrail.CreateTrailInput{
		Name: aws.String(name), S3BucketName: aws.String(bucket), IsMultiRegionTrail: aws.Bool(true),
	}, func(options *cloudtrail.Options) { options.Region = region }))
}

// titles are the display names of a list, sorted.
func titles(objects []providertest.ListedObject) []string {
	var names []string
	for _, object := range objects {
		names = append(names, object.DisplayName)
	}
	slices.Sort(names)
	return names
}

// expectTitles fails the test unless a list answered exactly these, without a diagnostic.
func expectTitles(t *testing.T, objects []providertest.ListedObject, diags []*tfprotov6.Diagnostic, want ...string) {
	t.Helper()
	if got := titles(objects); !slices.Equal(got, want) || len(diags) > 0 {
		t.Errorf("listed are %q, want %q; diagnostics: %s", got, want, providertest.Text(diags))
	}
}

// expectOnlyErrors fails the test unless a list answered nothing but an error with these words.
func expectOnlyErrors(t *testing.T, objects []providertest.ListedObject, diags []*tfprotov6.Diagnostic, words ...string) {
	t.Helper()
	text := providertest.Text(diags)
	if len(objects) > 0 || !providertest.Errors(diags) {
		t.Errorf("%d objects and %q, want nothing but an error", len(objects), text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("the error does not say %q:\n%s", word, text)
		}
	}
}

// imports is the state of an object after an import and the read that follows it.
func imports(t *testing.T, server *providertest.Server, name, id string) map[string]any {
	t.Helper()
	imported, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id})
	if err != nil || len(imported.ImportedResources) != 1 {
		t.Fatalf("import of %s: %v %s", id, err, providertest.Text(imported.Diagnostics))
	}
	one := imported.ImportedResources[0]
	read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	if err != nil || providertest.Errors(read.Diagnostics) {
		t.Fatalf("read of %s: %v %s", id, err, providertest.Text(read.Diagnostics))
	}
	state, err := read.NewState.Unmarshal(server.Schemas.ResourceSchemas[name].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	plain, ok := providertest.Plain(t, state).(map[string]any)
	if !ok {
		t.Fatalf("the state of %s is no object", id)
	}
	return plain
}

// expectImported fails the test unless every listed object is what its import reads.
func expectImported(t *testing.T, server *providertest.Server, name, key string, objects []providertest.ListedObject) {
	t.Helper()
	for _, object := range objects {
		id, _ := object.Identity[key].(string)
		if want := imports(t, server, name, id); !reflect.DeepEqual(object.Resource, want) {
			t.Errorf("listed as\n%s\nimported as\n%s", asJSON(object.Resource), asJSON(want))
		}
	}
}

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func TestListTrails(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	o, bucket := outside(t, stage), readyBucket(t, stage)
	for name, region := range map[string]string{
		"main": providertest.Region, "second": providertest.Region, "aws-controltower-Baseline": providertest.Region,
		"shadow": "us-east-1",
	} {
		makeTrail(o, name, bucket, region)
	}
	server := stage.Server(t, nil)
	objects, diags := server.List(t, "iamguard_trail", providertest.ListQuery{IncludeResource: true})
	expectTitles(t, objects, diags, "main", "second")
	for _, object := range objects {
		want := map[string]any{"account_id": stage.ID, "region": providertest.Region, "name": object.DisplayName}
		if !maps.Equal(object.Identity, want) {
			t.Errorf("the identity is %v, want %v", object.Identity, want)
		}
	}
	expectImported(t, server, "iamguard_trail", "name", objects)

	objects, diags = server.List(t, "iamguard_trail", providertest.ListQuery{Config: map[string]any{"region": "us-east-1"}})
	expectTitles(t, objects, diags, "shadow")
	if objects[0].Resource != nil {
		t.Error("the resource was not asked for and is there")
	}
	objects, diags = server.List(t, "iamguard_trail", providertest.ListQuery{Limit: 1, IncludeResource: true})
	if len(objects) != 1 || len(diags) > 0 {
		t.Errorf("a limit of 1 answers %q: %s", titles(objects), providertest.Text(diags))
	}
	objects, diags = server.List(t, "iamguard_trail", providertest.ListQuery{Config: map[string]any{"region": "eu-west-1"}})
	expectTitles(t, objects, diags)
}

// Whatever is denied on the way, the answer is an error and nothing else.
func TestListTrails_denied(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	o, bucket := outside(t, stage), readyBucket(t, stage)
	makeTrail(o, "main", bucket, providertest.Region)
	makeTrail(o, "second", bucket, providertest.Region)
	server := stage.Server(t, nil)
	for operation, nth := range map[string]int{"DescribeTrails": 1, "GetTrailStatus": 2} {
		restore := stage.Inject(localaws.Fault{Service: "cloudtrail", Operation: operation, Nth: nth, Kind: localaws.Deny})
		objects, diags := server.List(t, "iamguard_trail", providertest.ListQuery{IncludeResource: true})
		restore()
		expectOnlyErrors(t, objects, diags, "trail", "allow the action cloudtrail:"+operation, stage.ID, providertest.Region)
	}
}

// A trail that is deleted while it is listed is left out, and leaves room for another.
func TestListTrails_vanishes(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	o, bucket := outside(t, stage), readyBucket(t, stage)
	makeTrail(o, "main", bucket, providertest.Region)
	makeTrail(o, "second", bucket, providertest.Region)
	defer stage.Inject(localaws.Fault{
		Service: "cloudtrail", Operation: "GetTrail", Nth: 1, Kind: localaws.Refuse, Code: "TrailNotFoundException", Status: 400,
	})()
	objects, diags := stage.Server(t, nil).List(t, "iamguard_trail", providertest.ListQuery{Limit: 1, IncludeResource: true})
	expectTitles(t, objects, diags, "second")
}

// What is not known yet is said, and the provider's own account is not listed instead.
func TestList_unknown(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	server := stage.Server(t, map[string]any{"accounts": providertest.Unknown})
	for _, name := range []string{"iamguard_trail", "iamguard_log_bucket", "iamguard_log_reader_policy"} {
		objects, diags := server.List(t, name, providertest.ListQuery{Config: map[string]any{"account": "prod"}})
		expectOnlyErrors(t, objects, diags, `Account "prod" is not known until apply`)
		objects, diags = server.List(t, name, providertest.ListQuery{Config: map[string]any{"account": providertest.Unknown}})
		expectOnlyErrors(t, objects, diags, "not known until apply")
		if diags := server.ValidateList(t, name, map[string]any{"account": "a b"}); !providertest.Errors(diags) {
			t.Errorf("%s takes an account that is none", name)
		}
		if diags := server.ValidateList(t, name, map[string]any{"account": providertest.Unknown}); providertest.Errors(diags) {
			t.Errorf("%s refuses an unknown account: %s", name, providertest.Text(diags))
		}
	}
	objects, diags := server.List(
		t,
		"iamguard_trail",
		providertest.ListQuery{Config: map[string]any{"region": providertest.Unknown}},
	)
	expectOnlyErrors(t, objects, diags, `"region" is not known until apply`)
	if calls := stage.Calls(ofService("cloudtrail")); len(calls) > 0 {
		t.Errorf("AWS was asked all the same: %s", namesOf(calls))
	}
}

// An account is listed as an import of its identities reads it.
func TestList_otherAccount(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	other := stage.Beside(t)
	makeTrail(outside(t, other), "main", readyBucket(t, other), providertest.Region)
	server := stage.Server(t, map[string]any{"accounts": map[string]any{
		"prod": map[string]any{"role_arn": "arn:aws:iam::" + other.ID + ":role/reader"},
	}})
	for _, selection := range []string{"prod", other.ID} {
		objects, diags := server.List(t, "iamguard_trail", providertest.ListQuery{
			Config: map[string]any{"account": selection}, IncludeResource: true,
		})
		expectTitles(t, objects, diags, "main")
		if objects[0].Resource["account"] != other.ID || objects[0].Identity["account_id"] != other.ID {
			t.Errorf("listed as %v, %v", objects[0].Resource["account"], objects[0].Identity)
		}
		if want := imports(t, server, "iamguard_trail", "main?account="+other.ID); !reflect.DeepEqual(objects[0].Resource, want) {
			t.Errorf("listed as\n%s\nimported as\n%s", asJSON(objects[0].Resource), asJSON(want))
		}
	}
	objects, diags := server.List(t, "iamguard_trail", providertest.ListQuery{Config: map[string]any{"account": "nowhere"}})
	expectOnlyErrors(t, objects, diags, `Unknown account "nowhere"`, "prod")
}

// makeBuckets makes empty buckets side by side.
func makeBuckets(o outsider, names ...string) {
	o.t.Helper()
	var made sync.WaitGroup
	for _, name := range names {
		made.Go(func() {
			_, err := o.s3().CreateBucket(o.t.Context(), &s3.CreateBucketInput{
				Bucket: aws.String(name), CreateBucketConfiguration: &types.CreateBucketConfiguration{
					LocationConstraint: types.BucketLocationConstraint(providertest.Region),
				},
			})
			if err != nil {
				o.t.Errorf("make the bucket %s: %v", name, err)
			}
		})
	}
	made.Wait()
}

func letBucket(o outsider, name string, statements ...string) {
	o.t.Helper()
	o.does(o.s3().PutBucketPolicy(o.t.Context(), &s3.PutBucketPolicyInput{
		Bucket: aws.String(name), Policy: aws.String(policyOf(statements...)),
	}))
}

func TestListLogBuckets(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	cli := applied(t, stage, pair(stage, "  expire_days = 400\n", ""))
	cli.ExpectNoChange(t)
	o, named, wildcard := outside(t, stage), "named-"+stage.ID, "wildcard-"+stage.ID
	makeBuckets(o, "plain-"+stage.ID, named, wildcard, "reader-"+stage.ID)
	letBucket(
		o,
		named,
		letCloudTrail("s3:GetBucketAcl", "arn:aws:s3:::"+named),
		letCloudTrail("s3:PutObject", "arn:aws:s3:::"+named+"/*"),
	)
	makeTrail(o, "second", named, providertest.Region)
	o.does(o.s3().DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: aws.String(named)}))
	letBucket(o, wildcard, letCloudTrail("S3:Put*", "arn:aws:s3:::"+wildcard+"/*"))
	letBucket(o, "reader-"+stage.ID, letCloudTrail("s3:GetBucketAcl", "arn:aws:s3:::reader-"+stage.ID))
	o.does(o.s3().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("virginia-" + stage.ID)},
		func(options *s3.Options) { options.Region = "us-east-1" }))
	server := stage.Server(t, nil)
	objects, diags := server.List(t, "iamguard_log_bucket", providertest.ListQuery{IncludeResource: true})
	expectTitles(t, objects, diags, bucketName(stage), named, wildcard)
	expectImported(t, server, "iamguard_log_bucket", "bucket", objects)
	objects, diags = server.List(t, "iamguard_log_bucket", providertest.ListQuery{Config: map[string]any{"region": "us-east-1"}})
	expectTitles(t, objects, diags)
}

// A policy that the role may not read is no reason to say nothing, and no reason to
// say that the bucket is none.
func TestListLogBuckets_policyDenied(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	o, bucket := outside(t, stage), readyBucket(t, stage)
	makeBuckets(o, "secret-"+stage.ID)
	server := stage.Server(t, nil)
	deny := func(name string) func() {
		return stage.Inject(localaws.Fault{Kind: localaws.Deny, Match: func(call localaws.Call) bool {
			return call.Operation == "GetBucketPolicy" && strings.Contains(fmt.Sprint(call.Params["Bucket"]), name)
		}})
	}
	restore := deny("secret")
	objects, diags := server.List(t, "iamguard_log_bucket", providertest.ListQuery{})
	restore()
	if text := providertest.Text(diags); !slices.Equal(titles(objects), []string{bucket}) || providertest.Errors(diags) ||
		!strings.Contains(text, `Bucket "secret-`+stage.ID+`" (`+stage.ID+`): left out`) {
		t.Errorf("listed are %q with %q", titles(objects), text)
	}
	restore = deny("")
	objects, diags = server.List(t, "iamguard_log_bucket", providertest.ListQuery{})
	restore()
	expectOnlyErrors(t, objects, diags, "Unable to list the log buckets", "allow the action s3:GetBucketPolicy")
}

// The list of buckets is read to its last page, side by side, and a page that fails
// is no end.
func TestListLogBuckets_pages(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	o, names := outside(t, stage), []string{}
	for i := range 60 {
		names = append(names, fmt.Sprintf("b%02d-%s", i, stage.ID))
	}
	makeBuckets(o, names...)
	last := names[len(names)-1]
	letBucket(o, last, letCloudTrail("s3:PutObject", "arn:aws:s3:::"+last+"/*"))
	server := stage.Server(t, nil)
	stage.ResetCalls()
	restore := stage.Inject(localaws.Fault{Service: "s3", Kind: localaws.Latency, Latency: 100 * time.Millisecond})
	objects, diags := server.List(t, "iamguard_log_bucket", providertest.ListQuery{})
	restore()
	expectTitles(t, objects, diags, last)
	if pages := len(stage.Calls(localaws.Named("s3:ListBuckets"))); pages != 2 {
		t.Errorf("%d pages were read, want 2", pages)
	}
	if side := stage.MaxInFlight(); side < 3 || side > 8 {
		t.Errorf("%d calls were under way at once, want 3 to 8", side)
	}
	defer stage.Inject(localaws.Fault{Service: "s3", Operation: "ListBuckets", Nth: 2, Kind: localaws.Deny})()
	objects, diags = server.List(t, "iamguard_log_bucket", providertest.ListQuery{})
	expectOnlyErrors(t, objects, diags, "Unable to list the log buckets", "allow the action s3:ListAllMyBuckets")
}
