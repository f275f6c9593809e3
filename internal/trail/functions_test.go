package trail_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
	"github.com/iamguard/terraform-provider-iamguard/internal/trail"
)

// keys are the keys of a function's object: texts, lists of texts and flags.
type keys map[string]any

// call runs a function; the second value is its error.
func call(t *testing.T, f func() function.Function, given keys) (text, problem string) {
	t.Helper()
	kinds, values := map[string]attr.Type{}, map[string]attr.Value{}
	for name, value := range given {
		switch typed := value.(type) {
		case string:
			values[name] = types.StringValue(typed)
		case bool:
			values[name] = types.BoolValue(typed)
		case []string:
			list, diags := types.ListValueFrom(t.Context(), types.StringType, typed)
			if diags.HasError() {
				t.Fatal(diags)
			}
			values[name] = list
		}
		kinds[name] = values[name].Type(t.Context())
	}
	resp := function.RunResponse{Result: function.NewResultData(types.StringUnknown())}
	f().Run(t.Context(), function.RunRequest{Arguments: function.NewArgumentsData(
		[]attr.Value{types.DynamicValue(types.ObjectValueMust(kinds, values))})}, &resp)
	if resp.Error != nil {
		return "", resp.Error.Text
	}
	result, ok := resp.Result.Value().(types.String)
	if !ok {
		t.Fatalf("the result is %v", resp.Result.Value())
	}
	return result.ValueString(), ""
}

// written calls a function that has to succeed and checks that the text is a
// document in the form in which a document read from AWS is kept.
func written(t *testing.T, f func() function.Function, given keys) policy.Document {
	t.Helper()
	text, problem := call(t, f, given)
	if problem != "" {
		t.Fatal(problem)
	}
	document, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if document.Normalised().String() != text {
		t.Errorf("not normalised:\n%s\nwant:\n%s", text, document.Normalised())
	}
	return document
}

// statement is the one with this Sid.
func statement(t *testing.T, document policy.Document, sid string) policy.Statement {
	t.Helper()
	for _, s := range document.Statements {
		if s.Sid == sid {
			return s
		}
	}
	t.Fatalf("no statement %s in %s", sid, document)
	return policy.Statement{}
}

func with(base, more keys) keys {
	all := keys{}
	maps.Copy(all, base)
	maps.Copy(all, more)
	return all
}

var someTrail = keys{"trail_names": []string{"main"}, "account_id": "111122223333", "region": "eu-central-1"}

func TestFunctions_errors(t *testing.T) {
	t.Parallel()
	bucketPolicy, scp := trail.NewLogBucketPolicyFunction, trail.NewGuardrailSCPFunction
	bucket := with(someTrail, keys{"bucket": "audit-log"})
	role := keys{"exempt_role_arns": []string{"arn:aws:iam::*:role/apply"}}
	many := make([]string, 60)
	for i := range many {
		many[i] = fmt.Sprintf("example-corp-audit-log-of-team-%02d", i)
	}
	for name, c := range map[string]struct {
		function func() function.Function
		given    keys
		want     string
	}{
		"account":        {bucketPolicy, with(bucket, keys{"account_id": "prod"}), `"prod" is not a 12-digit account ID`},
		"bucket":         {bucketPolicy, with(bucket, keys{"bucket": "arn:aws:s3:::b"}), "is not the name of a bucket"},
		"region":         {bucketPolicy, with(bucket, keys{"region": "moon"}), "name it by the key partition"},
		"additional":     {bucketPolicy, with(bucket, keys{"additional_policy_json": "{"}), "dditional_policy_json:"},
		"misspelled":     {bucketPolicy, with(bucket, keys{"trial_names": "main"}), `Unknown key "trial_names"`},
		"no trails":      {bucketPolicy, with(bucket, keys{"trail_names": []string{}}), `"trail_names" is missing`},
		"other accounts": {trail.NewLogKMSPolicyFunction, with(someTrail, keys{"trail_account_ids": []string{"1"}}), "not a 12-digit"},
		"reader":         {trail.NewLogKMSPolicyFunction, with(someTrail, keys{"reader_arns": []string{"*"}}), `"*" is not the ARN`},
		"nothing to read": {
			trail.NewLogReaderPolicyFunction, keys{"allow_lookup_events": true}, "One of the keys trail_arn and bucket is required.",
		},
		"prefix alone": {
			trail.NewLogReaderPolicyFunction,
			keys{"trail_arn": "arn:aws:cloudtrail:eu-central-1:111122223333:trail/main", "prefix": "a"},
			"need the key bucket",
		},
		"wildcard prefix": {trail.NewLogReaderPolicyFunction, keys{"bucket": "audit-log", "prefix": "*"}, "Prefix \"*\" is not"},
		"alias":           {trail.NewLogReaderPolicyFunction, keys{"bucket": "audit-log", "kms_key_arn": "alias/a"}, "not of an alias"},
		"exempts all":     {scp, keys{"exempt_role_arns": []string{"*"}}, "not the ARN of a role"},
		"exempts all roles": {
			scp, keys{"exempt_role_arns": []string{"arn:aws:iam::*:role/*"}}, "would exempt everybody",
		},
		"exempts a session": {
			scp, keys{"exempt_role_arns": []string{"arn:aws:sts::111122223333:assumed-role/apply/me"}}, "name the role",
		},
		"exempts nobody": {scp, keys{"exempt_role_arns": []string{}}, `"exempt_role_arns" is missing`},
		"wrong service": {
			scp, with(role, keys{"trail_arns": []string{"arn:aws:events:eu-central-1:111122223333:rule/a"}}),
			"is not an ARN of cloudtrail",
		},
		"bucket ARN": {scp, with(role, keys{"bucket_names": []string{"arn:aws:s3:::a"}}), "not the name of a bucket"},
		"too long":   {scp, with(role, keys{"bucket_names": many}), "and AWS takes 5120"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, problem := call(t, c.function, c.given)
			if text != "" || !strings.Contains(problem, c.want) {
				t.Errorf("got %q, error %q, want %q", text, problem, c.want)
			}
		})
	}
}

// The function writes exactly the policy that the resource keeps.
func TestLogBucketPolicy_sameAsTheResource(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	own := keys{
		"bucket": bucketName(stage), "trail_names": []string{"main"}, "account_id": stage.ID, "region": providertest.Region,
	}
	extra := policyOf(`{"Sid":"Extra","Effect":"Deny","Principal":"*","Action":"s3:PutObjectAcl","Resource":"*"}`)
	cli := ready(t, stage, pair(stage, "", ""))
	for arguments, more := range map[string]keys{
		"": {},
		`  trail_region      = "us-east-1"
  trail_account_ids = ["444455556666"]
  organization_id   = "o-exampleorgid"
  additional_policy_json = ` + fmt.Sprintf("%q", extra): {
			"trail_region": "us-east-1", "trail_account_ids": []string{"444455556666"}, "organization_id": "o-exampleorgid",
			"additional_policy_json": extra,
		},
	} {
		cli.Write(t, stage.Config(fmt.Sprintf("resource \"iamguard_log_bucket\" \"test\" {\n  bucket = %q\n"+
			"  trail_names = [\"main\"]\n  deletion_protection = false\n%s\n}\n", bucketName(stage), arguments)))
		cli.Apply(t)
		kept := cli.State(t, bucketAddress)["policy_json"]
		if function := written(t, trail.NewLogBucketPolicyFunction, with(own, more)).String(); function != kept {
			t.Errorf("the function writes\n%s\nand the resource keeps\n%v", function, kept)
		}
	}
}

func TestLogKMSPolicy(t *testing.T) {
	t.Parallel()
	document := written(t, trail.NewLogKMSPolicyFunction, with(someTrail, keys{
		"region":            "cn-north-1",
		"trail_account_ids": []string{"444455556666"},
		"reader_arns":       []string{"arn:aws-cn:iam::777788889999:root"},
	}))
	encrypt := statement(t, document, "CloudTrailEncryptsLogFiles")
	arns := []string{
		"arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main",
		"arn:aws-cn:cloudtrail:cn-north-1:444455556666:trail/main",
	}
	contexts := []string{"arn:aws-cn:cloudtrail:*:111122223333:trail/*", "arn:aws-cn:cloudtrail:*:444455556666:trail/*"}
	if !reflect.DeepEqual(encrypt.Condition, policy.Condition{
		"StringEquals": {"aws:SourceArn": arns}, "StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": contexts},
	}) {
		t.Errorf("conditions %v", encrypt.Condition)
	}
	if read := statement(t, document, "ReadersDecryptLogFiles"); !slices.Equal(read.Action, []string{"kms:Decrypt"}) ||
		len(read.Condition["Null"]) != 1 {
		t.Errorf("readers: %s", read)
	}
	if own := statement(t, document, "AccountAdministersKey"); !slices.Equal(own.Action, []string{"kms:*"}) {
		t.Errorf("account: %s", own)
	}
	if plain := written(t, trail.NewLogKMSPolicyFunction, someTrail); len(plain.Statements) != 3 {
		t.Errorf("without readers: %s", plain)
	}
}

func TestLogReaderPolicy_document(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given keys
		sids  []string
	}{
		{keys{"bucket": "audit-log", "allow_lookup_events": false}, []string{"FindBucket", "FindLogFiles", "ReadLogFiles"}},
		{
			keys{"trail_arn": "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/main"}, []string{"LookUpEvents", "ReadTrail"},
		},
		{
			keys{
				"trail_arn": "arn:aws-us-gov:cloudtrail:us-gov-west-1:111122223333:trail/main", "bucket": "audit-log", "prefix": "a/b",
				"kms_key_arn":   "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1234",
				"log_group_arn": "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:trail:*",
			},
			[]string{"DecryptLogFiles", "FindBucket", "FindLogFiles", "LookUpEvents", "ReadLogFiles", "ReadLogGroup", "ReadTrail"},
		},
	} {
		document := written(t, trail.NewLogReaderPolicyFunction, c.given)
		var sids []string
		for _, s := range document.Statements {
			sids = append(sids, s.Sid)
			for _, action := range s.Action {
				if !regexp.MustCompile(`:(Get|List|Describe|LookupEvents|FilterLogEvents|Decrypt)`).MatchString(action) {
					t.Errorf("a reader gets %s", action)
				}
			}
		}
		if slices.Sort(sids); !slices.Equal(sids, c.sids) {
			t.Errorf("statements %v, want %v", sids, c.sids)
		}
		if c.given["prefix"] == nil {
			continue
		}
		read, group := statement(t, document, "ReadLogFiles"), statement(t, document, "ReadLogGroup")
		if !slices.Equal(read.Resource, []string{"arn:aws-us-gov:s3:::audit-log/a/b/AWSLogs/*"}) {
			t.Errorf("log files: %v", read.Resource)
		}
		stem := "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:trail"
		if !slices.Equal(group.Resource, []string{stem, stem + ":*"}) {
			t.Errorf("log group: %v", group.Resource)
		}
		if key := statement(t, document, "DecryptLogFiles"); !slices.Equal(
			key.Condition["StringLike"]["kms:ViaService"], []string{"s3.us-gov-west-1.*"}) {
			t.Errorf("key: %s", key)
		}
	}
}

// protectsAll names everything that guardrail_scp can protect.
var protectsAll = keys{
	"exempt_role_arns": []string{"arn:aws:iam::*:role/apply", "arn:aws:iam::111122223333:role/ops/break-glass-*"},
	"trail_arns":       []string{"arn:aws:cloudtrail:*:*:trail/audit"},
	"rule_arns":        []string{"arn:aws:events:*:*:rule/iamguard-*"},
	"bucket_names":     []string{"audit-log"},
	"kms_key_arns":     []string{"arn:aws:kms:eu-central-1:111122223333:key/1234"},
}

func TestGuardrailSCP(t *testing.T) {
	t.Parallel()
	document := written(t, trail.NewGuardrailSCPFunction, protectsAll)
	for _, s := range document.Statements {
		if s.Effect != policy.Deny || s.Principal != nil || len(s.Resource) == 0 {
			t.Errorf("not a statement of a service control policy: %s", s)
		}
		if got := s.Condition["ArnNotLike"]["aws:PrincipalArn"]; len(s.Condition) != 1 || len(got) != 2 {
			t.Errorf("%s does not exempt exactly the two roles: %s", s.Sid, s)
		}
	}
	if trails := statement(
		t,
		document,
		"ProtectTrails",
	); !slices.Equal(trails.Resource, []string{"arn:aws:cloudtrail:*:*:trail/audit"}) ||
		!slices.Contains(trails.Action, "cloudtrail:StopLogging") ||
		!slices.Contains(trails.Action, "cloudtrail:PutEventSelectors") {
		t.Errorf("trails: %s", trails)
	}
	if len(document.String()) > 3000 {
		t.Errorf("%d characters for one of each, which leaves too little of 5120", len(document.String()))
	}
	least := written(t, trail.NewGuardrailSCPFunction, keys{
		"exempt_role_arns": []string{"arn:aws-cn:iam::*:role/apply"}, "protect_password_policy": false, "protect_organization": false,
	})
	if len(least.Statements) != 2 || !slices.Equal(statement(t, least, "ProtectRules").Action,
		[]string{"events:DeleteRule", "events:DisableRule", "events:RemoveTargets"}) {
		t.Errorf("least: %s", least)
	}
	chinese := written(t, trail.NewGuardrailSCPFunction, keys{
		"exempt_role_arns": []string{"arn:aws-cn:iam::*:role/apply"}, "bucket_names": []string{"audit-log"},
	})
	if got := statement(t, chinese, "ProtectLogFiles").Resource; !slices.Equal(got, []string{"arn:aws-cn:s3:::audit-log/*"}) {
		t.Errorf("log files in China: %v", got)
	}
}

// Every action that is denied exists: it is a write operation that the catalogue
// knows, or the action of an operation of the S3 client.
func TestGuardrailSCP_actionsExist(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for service, operations := range events.WriteOperations() {
		for operation := range operations.Classes {
			known[strings.TrimSuffix(service, ".amazonaws.com")+":"+operation] = true
		}
	}
	for method := range reflect.TypeFor[*s3.Client]().Methods() {
		known[account.Action("S3", method.Name)] = true
	}
	seen := 0
	for _, s := range written(t, trail.NewGuardrailSCPFunction, protectsAll).Statements {
		for _, action := range s.Action {
			seen++
			if !known[action] {
				t.Errorf("%s: nobody knows the action %s", s.Sid, action)
			}
		}
	}
	if seen < 25 {
		t.Errorf("only %d actions were seen", seen)
	}
}

// The examples are the functions as Terraform calls them.
func TestFunctions_inTerraform(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	for name, keep := range map[string]string{
		"log_bucket_policy": `"aws:SecureTransport":"false"`, "log_kms_policy": "ReadersDecryptLogFiles",
		"log_reader_policy": "ReadLogFiles", "guardrail_scp": "arn:aws:iam::*:role/iamguard-apply",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			example, err := os.ReadFile(filepath.Join("..", "..", "examples", "functions", name, "function.tf"))
			if err != nil {
				t.Fatal(err)
			}
			cli := applied(t, stage, string(example))
			text := cli.Must(t, "output", "-raw", name)
			if document, err := policy.Parse(text); err != nil || document.Normalised().String() != text ||
				!strings.Contains(text, keep) {
				t.Errorf("error %v, output:\n%s", err, text)
			}
		})
	}
}

// What a user reads who misspells a key, and whose value is not known yet.
func TestFunctions_asTerraformTells(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	config := func(keys string) string {
		return "terraform {\n  required_providers {\n    iamguard = {\n      source = \"iamguard/iamguard\"\n    }\n  }\n}\n" +
			"resource \"terraform_data\" \"id\" {}\noutput \"text\" {\n  value = provider::iamguard::guardrail_scp({" + keys + "})\n}\n"
	}
	cli := ready(t, stage, config(`exempt_roles = ["arn:aws:iam::*:role/apply"]`))
	code, out := cli.Run(t, "plan")
	expect(
		t,
		code != 0,
		out,
		`Unknown key "exempt_roles"; the keys are bucket_names`,
		`The key "exempt_role_arns" is missing or empty`,
	)
	cli.Write(t, config(`exempt_role_arns = ["arn:aws:iam::*:role/${terraform_data.id.id}"]`))
	code, out = cli.Run(t, "plan")
	expect(t, code == 0, out, "+ text = (known after apply)")
	cli.Apply(t)
}
