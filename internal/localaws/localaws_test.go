package localaws_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const region = "eu-central-1"

// bench is an account with the clients of its administrator, which do not retry.
type bench struct {
	*localaws.Account

	as     localaws.Principal
	trails *cloudtrail.Client
	iam    *iam.Client
	kms    *kms.Client
	s3     *s3.Client
	sts    *sts.Client
}

func newBench(t *testing.T) *bench {
	t.Helper()
	a := localaws.Shared(t).NewAccount(t, region)
	return as(a, a.Admin(), region)
}

func as(a *localaws.Account, p localaws.Principal, region string) *bench {
	cfg := a.Config(p)
	cfg.Region = region
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	return &bench{
		Account: a, as: p, trails: cloudtrail.NewFromConfig(cfg), iam: iam.NewFromConfig(cfg), kms: kms.NewFromConfig(cfg),
		s3: s3.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg),
	}
}

// do makes a call that has to succeed.
func do[I, O, C any](t *testing.T, call func(context.Context, *I, ...func(*C)) (*O, error), in *I) *O {
	t.Helper()
	out, err := call(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// must gives the result of a call that has to succeed.
func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// wantCode checks the error code of a call.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("got error %v, want code %s", err, code)
	}
	if api.ErrorCode() != code {
		t.Fatalf("got %s: %s, want code %s", api.ErrorCode(), api.ErrorMessage(), code)
	}
}

// post calls a service that has no client here.
func (b *bench) post(ctx context.Context, t *testing.T, service, region, target, kind, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, localaws.Shared(t).URL()+"/", bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+b.as.AccessKeyID+"/20260101/"+region+"/"+service+
		"/aws4_request, SignedHeaders=host, Signature=none")
	request.Header.Set("Content-Type", kind)
	if target != "" {
		request.Header.Set("X-Amz-Target", target)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(answer)
}

func (b *bench) json(t *testing.T, service, region, target string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	status, answer := b.post(t.Context(), t, service, region, target, "application/x-amz-json-1.1", string(body))
	if status != http.StatusOK {
		t.Fatalf("%s: HTTP %d: %s", target, status, answer)
	}
	if out != nil && json.Unmarshal([]byte(answer), out) != nil {
		t.Fatalf("%s answered %s", target, answer)
	}
}

// awsCLI runs the AWS CLI, which must parse what it is answered, and reads its output.
func (b *bench) awsCLI(t *testing.T, out any, args ...string) {
	t.Helper()
	path, err := exec.LookPath("aws")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the AWS CLI is not on PATH; in CI it must be")
		}
		t.Skip("the AWS CLI is not on PATH: nothing but our own clients has parsed these answers")
	}
	cmd := exec.CommandContext(t.Context(), path, append(args, "--output", "json")...)
	cmd.Env = b.Environ(b.as)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Fatalf("aws %v: %v\n%s", args, err, stderr.String())
	}
	if out != nil {
		if err := json.Unmarshal(stdout, out); err != nil {
			t.Fatalf("aws %v printed %s: %v", args, stdout, err)
		}
	}
}

// lastRecord is the newest record of an event.
func (b *bench) lastRecord(t *testing.T, name string) map[string]any {
	t.Helper()
	for _, record := range slices.Backward(b.Records()) {
		if record["eventName"] == name {
			return record
		}
	}
	t.Fatalf("no record of %s", name)
	return nil
}

// createUsers makes IAM users.
func (b *bench) createUsers(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		do(t, b.iam.CreateUser, &iam.CreateUserInput{UserName: aws.String(name)})
	}
}

func TestAccounts_isolated(t *testing.T) {
	t.Parallel()
	one, two := newBench(t), newBench(t)
	one.createUsers(t, "alice")
	users := do(t, two.iam.ListUsers, &iam.ListUsersInput{})
	if len(users.Users) != 0 {
		t.Errorf("the other account has %d users, want 0", len(users.Users))
	}
	if n := len(two.Calls(localaws.Named("iam:CreateUser"))); n != 0 {
		t.Errorf("the other account has %d CreateUser calls, want 0", n)
	}
	if n := len(one.Mutations()); n != 1 {
		t.Errorf("got %d mutations, want 1", n)
	}
	for _, b := range []*bench{one, two} {
		who := do(t, b.sts.GetCallerIdentity, &sts.GetCallerIdentityInput{})
		if *who.Account != b.ID || *who.Arn != "arn:aws:iam::"+b.ID+":user/deployer" {
			t.Errorf("GetCallerIdentity answered %s, %s", *who.Account, *who.Arn)
		}
	}
}
