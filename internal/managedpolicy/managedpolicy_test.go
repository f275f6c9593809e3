package managedpolicy_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/managedpolicy"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// bench is an account of the local AWS with the package in front of it, and an IAM
// client beside it.
type bench struct {
	*testing.T

	stage *providertest.Stage
	pool  *account.Pool
	calls managedpolicy.Calls
	iam   *iam.Client
}

func newBench(t *testing.T) bench {
	t.Helper()
	stage := providertest.NewStage(t)
	admin := stage.Admin()
	pool := account.NewPool(account.Settings{
		Base: awsbase.Config{
			AccessKey: admin.AccessKeyID, SecretKey: admin.SecretAccessKey, Region: providertest.Region, MaxRetries: 3,
			SuppressDebugLog: true,
		},
		Endpoints: stage.Endpoints(),
	}, stage.Runtime())
	reached, err := pool.Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	calls, err := managedpolicy.In(framework.Place{Account: reached})
	if err != nil {
		t.Fatal(err)
	}
	b := bench{T: t, stage: stage, pool: pool, calls: calls, iam: iam.NewFromConfig(stage.SDK(stage.User("mallory")))}
	for _, name := range []string{"one", "two"} {
		b.does(b.iam.CreateGroup(t.Context(), &iam.CreateGroupInput{GroupName: aws.String(name)}))
		b.does(b.iam.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String(name)}))
		b.does(b.iam.CreateRole(t.Context(), &iam.CreateRoleInput{
			RoleName: aws.String(name), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
				`"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
		}))
	}
	stage.ResetCalls()
	return b
}

func (b bench) does(_ any, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func document(action string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`
}

func (b bench) want() managedpolicy.Policy {
	return managedpolicy.Policy{
		ARN: managedpolicy.ARN("aws", b.stage.ID, "/audit/", "reader"), Name: "reader", Path: "/audit/", Description: "Reads.",
		Document: document("s3:GetObject"), Tags: map[string]string{"team": "security"},
		Attachments: managedpolicy.Attachments{Groups: []string{"one"}, Users: []string{"two", "one"}, Roles: []string{"one"}},
	}
}

func (b bench) make() managedpolicy.Policy {
	b.Helper()
	want := b.want()
	b.does(b.apply(want))
	return want
}

// apply makes a policy, or changes it, and reads it back, as a resource does.
func (b bench) apply(want managedpolicy.Policy) (*managedpolicy.Policy, error) {
	b.Helper()
	kept := b.calls.Keep(want)
	have, err := kept.Find(b.Context())
	if errors.Is(err, account.ErrNotFound) {
		have, err = kept.Create(b.Context())
	}
	if err != nil {
		return nil, err
	}
	if err := kept.Configure(b.Context(), *have); err != nil {
		return nil, err
	}
	return account.SettleOn(b.Context(), b.pool, "the policy",
		func() (*managedpolicy.Policy, error) { return kept.Find(b.Context()) }, kept.Differences)
}

func (b bench) policies() int {
	b.Helper()
	out, err := b.iam.ListPolicies(b.Context(), &iam.ListPoliciesInput{Scope: "Local"})
	b.does(out, err)
	return len(out.Policies)
}

// names are the calls that changed something, without their service.
func (b bench) names() []string {
	var names []string
	for _, call := range b.stage.Mutations() {
		names = append(names, call.Operation)
	}
	return names
}

func TestCalls_lifecycle(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	want := b.make()
	have, err := b.calls.Find(ctx, want.ARN)
	b.does(have, err)
	if left := managedpolicy.Differences(*have, want); len(left) > 0 || have.Description != "Reads." || have.Path != "/audit/" {
		t.Errorf("made %+v, which differs in %v", have, left)
	}
	want.Groups, want.Users, want.Roles = []string{"two"}, nil, []string{"one", "two"}
	want.Document, want.Tags = document("s3:ListBucket"), map[string]string{"owner": "audit"}
	b.stage.ResetCalls()
	have, err = b.apply(want)
	b.does(have, err)
	if left := managedpolicy.Differences(*have, want); len(left) > 0 || have.DefaultVersion != "v2" {
		t.Errorf("changed to %+v, which differs in %v", have, left)
	}
	order := []string{
		"CreatePolicyVersion", "AttachGroupPolicy", "AttachRolePolicy", "DetachGroupPolicy", "DetachUserPolicy", "DetachUserPolicy",
		"TagPolicy", "UntagPolicy",
	}
	if got := b.names(); !slices.Equal(got, order) {
		t.Errorf("called %v, want %v", got, order)
	}
	if err := b.calls.Remove(ctx, want.ARN); err != nil {
		t.Fatal(err)
	}
	if _, err := b.calls.Find(ctx, want.ARN); !errors.Is(err, account.ErrNotFound) || b.policies() != 0 {
		t.Errorf("after Remove: %v, %d policies", err, b.policies())
	}
	if err := b.calls.Remove(ctx, want.ARN); err != nil {
		t.Errorf("removing what is gone: %v", err)
	}
}

// Five versions exist: the oldest that is not the default makes room.
func TestCalls_fiveVersions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	want := b.make()
	for i := range 4 {
		b.does(b.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
			PolicyArn: aws.String(want.ARN), PolicyDocument: aws.String(document(fmt.Sprintf("s3:Get%d", i))),
		}))
	}
	want.Document = document("s3:ListBucket")
	have, err := b.apply(want)
	b.does(have, err)
	out, err := b.iam.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: aws.String(want.ARN)})
	b.does(out, err)
	var ids []string
	for _, version := range out.Versions {
		ids = append(ids, aws.ToString(version.VersionId))
	}
	if !slices.Equal(ids, []string{"v1", "v3", "v4", "v5", "v6"}) || have.DefaultVersion != "v6" {
		t.Errorf("versions %v, default %s; want v2 gone and v6 in force", ids, have.DefaultVersion)
	}
}

// A repeated CreatePolicyVersion finds the policy full of its own earlier attempt.
func TestCalls_lostAnswerFillsThePolicy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := t.Context()
	want := b.make()
	for i := range 3 {
		b.does(b.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
			PolicyArn: aws.String(want.ARN), PolicyDocument: aws.String(document(fmt.Sprintf("s3:Get%d", i))),
		}))
	}
	defer b.stage.Inject(localaws.Fault{Operation: "CreatePolicyVersion", Kind: localaws.LostAnswer, Nth: 1})()
	want.Document = document("s3:ListBucket")
	have, err := b.apply(want)
	b.does(have, err)
	if !policy.Same(have.Document, want.Document) {
		t.Errorf("in force is %s", have.Document)
	}
}

// A refused version leaves the document that was in force, and no version more.
func TestCalls_refusedDocument(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.make()
	defer b.stage.Inject(localaws.Fault{Operation: "CreatePolicyVersion", Kind: localaws.Deny})()
	before := want.Document
	want.Document = document("s3:ListBucket")
	_, err := b.apply(want)
	have, findErr := b.calls.Find(t.Context(), want.ARN)
	b.does(have, findErr)
	if !errors.Is(err, account.ErrDenied) || !policy.Same(have.Document, before) || have.DefaultVersion != "v1" {
		t.Errorf("got %+v, error %v", have, err)
	}
}

// The policy that a lost answer made is taken for our own only if it is what was
// sent.
func TestKept_alreadyExists(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		ours bool
	}{{"ours", true}, {"somebody else's", false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			want := b.want()
			if c.ours {
				b.stage.Inject(localaws.Fault{Operation: "CreatePolicy", Kind: localaws.LostAnswer, Nth: 1})
			} else {
				b.does(b.iam.CreatePolicy(t.Context(), &iam.CreatePolicyInput{
					PolicyName: aws.String("reader"), Path: aws.String("/audit/"), PolicyDocument: aws.String(document("iam:*")),
				}))
				// It was made after the look that found none.
				b.stage.Inject(localaws.Fault{
					Operation: "GetPolicy", Kind: localaws.Refuse, Nth: 1, Code: "NoSuchEntity", Status: 404, Message: "not found",
				})
			}
			made, err := b.apply(want)
			if c.ours && (err != nil || made == nil) {
				t.Errorf("got %+v, error %v", made, err)
			}
			if !c.ours && (!errors.Is(err, account.ErrAlreadyExists) || b.policies() != 1) {
				t.Errorf("got %+v, error %v, %d policies", made, err, b.policies())
			}
		})
	}
}

// A group that is made while the policy is, is waited for; one that never comes is
// an error after half a minute.
func TestKept_newcomers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.stage.Inject(localaws.Fault{
		Operation: "AttachGroupPolicy", Kind: localaws.Refuse, Count: 3, Nth: 1, Code: "NoSuchEntity", Status: 404, Message: "no group",
	})
	b.make()
	other := newBench(t)
	want := other.want()
	want.Groups = []string{"absent"}
	before := other.stage.Clock.Slept()
	_, err := other.apply(want)
	if slept := other.stage.Clock.Slept() - before; !errors.Is(err, account.ErrNotFound) || slept.Seconds() > 40 {
		t.Errorf("error %v after %s", err, slept)
	}
}

// Reads that lag behind are waited for, also when nothing is found at first.
func TestKept_staleReads(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"GetPolicy", "GetPolicyVersion", "ListEntitiesForPolicy"} {
		b := newBench(t)
		b.stage.Inject(localaws.Fault{Operation: operation, Kind: localaws.NotFoundReads, Count: 2})
		want := b.make()
		b.stage.Inject(localaws.Fault{Operation: operation, Kind: localaws.StaleReads, Count: 2})
		b.does(b.calls.Find(t.Context(), want.ARN))
		want.Document, want.Users = document("s3:ListBucket"), nil
		b.does(b.apply(want))
	}
}

// A policy that is there but for one call is not gone.
func TestFind_halfThere(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"GetPolicyVersion", "ListEntitiesForPolicy"} {
		b := newBench(t)
		want := b.make()
		b.stage.Inject(localaws.Fault{
			Operation: operation, Kind: localaws.Refuse, Code: "NoSuchEntity", Status: 404, Message: "not found",
		})
		_, err := b.calls.Find(t.Context(), want.ARN)
		if !errors.Is(err, account.ErrNotSettled) || errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

// Attachments are read to the last page, and a page that is denied is an error.
func TestFind_pages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.make()
	const more = 105
	for i := range more {
		name := aws.String(fmt.Sprintf("crowd-%03d", i))
		b.does(b.iam.CreateGroup(t.Context(), &iam.CreateGroupInput{GroupName: name}))
		b.does(b.iam.AttachGroupPolicy(t.Context(), &iam.AttachGroupPolicyInput{GroupName: name, PolicyArn: aws.String(want.ARN)}))
	}
	b.stage.ResetCalls()
	have, err := b.calls.Find(t.Context(), want.ARN)
	b.does(have, err)
	if len(have.Groups) != more+1 || len(have.Users) != 2 || len(have.Roles) != 1 {
		t.Errorf("found %d groups, %d users, %d roles", len(have.Groups), len(have.Users), len(have.Roles))
	}
	if calls := b.stage.Calls(); len(calls) != 4 {
		t.Errorf("%d calls, want 4: the policy, its version and two pages", len(calls))
	}
	b.stage.Inject(localaws.Fault{Operation: "ListEntitiesForPolicy", Kind: localaws.Deny, Nth: 2})
	if have, err := b.calls.Find(t.Context(), want.ARN); !errors.Is(err, account.ErrDenied) {
		t.Errorf("page 2 is denied, and the answer is %v, %v", have, err)
	}
}

// Somebody attaches the policy while it is deleted.
func TestRemove_startsOver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	want := b.make()
	b.stage.Inject(localaws.Fault{
		Operation: "DeletePolicy", Kind: localaws.Refuse, Nth: 1, Count: 2, Code: "DeleteConflict", Status: 409,
		Message: "Cannot delete a policy attached to entities.",
	})
	if err := b.calls.Remove(t.Context(), want.ARN); err != nil || b.policies() != 0 {
		t.Errorf("error %v, %d policies", err, b.policies())
	}
	b.stage.Inject(
		localaws.Fault{Operation: "DeletePolicy", Kind: localaws.Refuse, Code: "DeleteConflict", Status: 409, Message: "x"},
	)
	b.make()
	before := b.stage.Clock.Slept()
	err := b.calls.Remove(t.Context(), want.ARN)
	if slept := b.stage.Clock.Slept() - before; !account.CodeIs(err, "DeleteConflict") || slept.Seconds() > 40 {
		t.Errorf("error %v after %s", err, slept)
	}
}
