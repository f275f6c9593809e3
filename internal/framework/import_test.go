package framework_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

func TestParseImportID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]framework.ImportID{
		"main":                                   {ID: "main"},
		"main@eu-west-1":                         {ID: "main", Region: "eu-west-1"},
		"main@us-gov-west-1":                     {ID: "main", Region: "us-gov-west-1"},
		"main@eu-west-1?account=prod":            {ID: "main", Region: "eu-west-1", Account: "prod"},
		"main?account=111122223333":              {ID: "main", Account: "111122223333"},
		"main@example.com":                       {ID: "main@example.com"},
		"alice@example.com@eu-west-1":            {ID: "alice@example.com", Region: "eu-west-1"},
		"main@":                                  {ID: "main@"},
		"a/b:c":                                  {ID: "a/b:c"},
		"arn:aws:s3:::logs":                      {ID: "arn:aws:s3:::logs"},
		"arn:aws:iam::111122223333:user/a@b.com": {ID: "arn:aws:iam::111122223333:user/a@b.com", Account: "111122223333"},
		"arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main": {
			ID: "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/main", Account: "111122223333", Region: "cn-north-1",
		},
	} {
		got, err := framework.ParseImportID(text, true)
		if err != nil || got.ID != want.ID || got.Region != want.Region || got.Account != want.Account {
			t.Errorf("%s reads as %+v, %v", text, got, err)
		}
		if (got.ARN != nil) != strings.HasPrefix(text, "arn:") {
			t.Errorf("%s: the ARN is %v", text, got.ARN)
		}
	}
	for _, text := range []string{
		"", "@eu-west-1", "?account=prod", "main?", "main?account", "main?account=", "main?region=eu-west-1",
		"main?account=prod@eu-west-1",
		"main?account=a b", "main?account=prod?account=dev", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main@eu-west-1",
		"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main?account=prod",
	} {
		if got, err := framework.ParseImportID(text, true); err == nil {
			t.Errorf("%q reads as %+v", text, got)
		}
	}
	if got, err := framework.ParseImportID("main@eu-west-1", false); err != nil || got.ID != "main@eu-west-1" ||
		got.Region != "" {
		t.Errorf("a type without regions reads %+v, %v", got, err)
	}
}

func FuzzParseImportID(f *testing.F) {
	for _, seed := range []string{
		"main@eu-west-1?account=prod", "arn:aws:s3:::logs", "a@b@us-east-1", "?account=x",
		"arn:::::", "main?account=1",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, regional bool) {
		id, err := framework.ParseImportID(text, regional)
		if err != nil {
			return
		}
		if id.ID == "" || !strings.HasPrefix(text, id.ID) {
			t.Fatalf("%q reads as %+v", text, id)
		}
		if id.ARN != nil {
			if !arn.IsARN(text) || id.ID != text {
				t.Fatalf("%q reads as %+v", text, id)
			}
			return
		}
		if id.Region != "" {
			if _, err := account.PartitionOf(id.Region); err != nil || !regional {
				t.Fatalf("%q reads as %+v", text, id)
			}
		}
		// What was read says the same when it is written again.
		again := id.ID
		if id.Region != "" {
			again += "@" + id.Region
		}
		if id.Account != "" {
			again += "?account=" + id.Account
		}
		if again != text {
			t.Fatalf("%q reads as %+v, which is %q", text, id, again)
		}
	})
}
