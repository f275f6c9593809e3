package localaws_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// inventory is all that the account answers about itself, list by list.
type inventory struct {
	users    []types.User
	groups   []types.Group
	roles    []types.Role
	policies []types.Policy
	details  iam.GetAccountAuthorizationDetailsOutput
	pages    []int
	report   [][]string
}

func takeInventory(t *testing.T, b *bench) *inventory {
	t.Helper()
	ctx, all := t.Context(), &inventory{}
	for pages := iam.NewListUsersPaginator(b.iam, &iam.ListUsersInput{}); pages.HasMorePages(); {
		all.users = append(all.users, must[*iam.ListUsersOutput](t)(pages.NextPage(ctx)).Users...)
	}
	for pages := iam.NewListGroupsPaginator(b.iam, &iam.ListGroupsInput{}); pages.HasMorePages(); {
		all.groups = append(all.groups, must[*iam.ListGroupsOutput](t)(pages.NextPage(ctx)).Groups...)
	}
	for pages := iam.NewListRolesPaginator(b.iam, &iam.ListRolesInput{}); pages.HasMorePages(); {
		all.roles = append(all.roles, must[*iam.ListRolesOutput](t)(pages.NextPage(ctx)).Roles...)
	}
	local := &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal}
	for pages := iam.NewListPoliciesPaginator(b.iam, local); pages.HasMorePages(); {
		all.policies = append(all.policies, must[*iam.ListPoliciesOutput](t)(pages.NextPage(ctx)).Policies...)
	}
	all.readDetails(t, b, &iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(1000)})
	all.report = report(t, b)
	return all
}

func (all *inventory) readDetails(t *testing.T, b *bench, in *iam.GetAccountAuthorizationDetailsInput) {
	t.Helper()
	for pages := iam.NewGetAccountAuthorizationDetailsPaginator(b.iam, in); pages.HasMorePages(); {
		page := must[*iam.GetAccountAuthorizationDetailsOutput](t)(pages.NextPage(t.Context()))
		all.pages = append(all.pages,
			len(page.UserDetailList)+len(page.GroupDetailList)+len(page.RoleDetailList)+len(page.Policies))
		all.details.UserDetailList = append(all.details.UserDetailList, page.UserDetailList...)
		all.details.GroupDetailList = append(all.details.GroupDetailList, page.GroupDetailList...)
		all.details.RoleDetailList = append(all.details.RoleDetailList, page.RoleDetailList...)
		all.details.Policies = append(all.details.Policies, page.Policies...)
	}
}

func report(t *testing.T, b *bench) [][]string {
	t.Helper()
	do(t, b.iam.GenerateCredentialReport, &iam.GenerateCredentialReportInput{})
	text := do(t, b.iam.GetCredentialReport, &iam.GetCredentialReportInput{}).Content
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// rebuild makes in another account, through moto, what an inventory tells.
func rebuild(t *testing.T, b *bench, from string, all *inventory) {
	t.Helper()
	ctx := t.Context()
	does := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	here := func(arn *string) *string { return aws.String(strings.Replace(*arn, from, b.ID, 1)) }
	plain := func(document *string) *string { return aws.String(decoded(t, *document)) }
	for _, p := range all.details.Policies {
		for i, v := range p.PolicyVersionList {
			if i == 0 {
				does(
					b.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: p.PolicyName, Path: p.Path, PolicyDocument: plain(v.Document)}),
				)
				continue
			}
			does(b.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
				PolicyArn: here(p.Arn), PolicyDocument: plain(v.Document), SetAsDefault: v.IsDefaultVersion,
			}))
		}
	}
	for _, g := range all.details.GroupDetailList {
		does(b.iam.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: g.GroupName, Path: g.Path}))
		for _, p := range g.GroupPolicyList {
			does(b.iam.PutGroupPolicy(ctx, &iam.PutGroupPolicyInput{
				GroupName: g.GroupName, PolicyName: p.PolicyName, PolicyDocument: plain(p.PolicyDocument),
			}))
		}
		for _, p := range g.AttachedManagedPolicies {
			does(b.iam.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: g.GroupName, PolicyArn: here(p.PolicyArn)}))
		}
	}
	for _, u := range all.details.UserDetailList {
		does(b.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: u.UserName, Path: u.Path, Tags: u.Tags}))
		for _, g := range u.GroupList {
			does(b.iam.AddUserToGroup(ctx, &iam.AddUserToGroupInput{UserName: u.UserName, GroupName: aws.String(g)}))
		}
		for _, p := range u.UserPolicyList {
			does(b.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{
				UserName: u.UserName, PolicyName: p.PolicyName, PolicyDocument: plain(p.PolicyDocument),
			}))
		}
		for _, p := range u.AttachedManagedPolicies {
			does(b.iam.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: u.UserName, PolicyArn: here(p.PolicyArn)}))
		}
	}
	for i, r := range all.details.RoleDetailList {
		in := &iam.CreateRoleInput{
			RoleName: r.RoleName, Path: r.Path, Tags: r.Tags, AssumeRolePolicyDocument: plain(r.AssumeRolePolicyDocument),
			MaxSessionDuration: all.roles[i].MaxSessionDuration,
		}
		if r.PermissionsBoundary != nil {
			in.PermissionsBoundary = here(r.PermissionsBoundary.PermissionsBoundaryArn)
		}
		does(b.iam.CreateRole(ctx, in))
		for _, p := range r.RolePolicyList {
			does(b.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
				RoleName: r.RoleName, PolicyName: p.PolicyName, PolicyDocument: plain(p.PolicyDocument),
			}))
		}
		for _, p := range r.AttachedManagedPolicies {
			does(b.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: r.RoleName, PolicyArn: here(p.PolicyArn)}))
		}
		for _, p := range r.InstanceProfileList {
			does(b.iam.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: p.InstanceProfileName}))
			does(b.iam.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{
				InstanceProfileName: p.InstanceProfileName, RoleName: r.RoleName,
			}))
		}
	}
	rebuildCredentials(t, b, all.report)
}

func rebuildCredentials(t *testing.T, b *bench, rows [][]string) {
	t.Helper()
	column := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	for _, row := range rows[2:] {
		user := aws.String(row[0])
		if column(row, "password_enabled") == "true" {
			do(t, b.iam.CreateLoginProfile, &iam.CreateLoginProfileInput{UserName: user, Password: aws.String("Sup3r-secret!x")})
		}
		if column(row, "mfa_active") == "true" {
			device := do(t, b.iam.CreateVirtualMFADevice, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: user})
			serial := device.VirtualMFADevice.SerialNumber
			first, second := b.DeviceCodes(*serial)
			do(t, b.iam.EnableMFADevice, &iam.EnableMFADeviceInput{
				UserName: user, SerialNumber: serial, AuthenticationCode1: &first, AuthenticationCode2: &second,
			})
		}
		for _, key := range []string{"access_key_1", "access_key_2"} {
			if column(row, key+"_last_rotated") == "N/A" {
				continue
			}
			made := do(t, b.iam.CreateAccessKey, &iam.CreateAccessKeyInput{UserName: user})
			if column(row, key+"_active") == "false" {
				do(t, b.iam.UpdateAccessKey, &iam.UpdateAccessKeyInput{
					UserName: user, AccessKeyId: made.AccessKey.AccessKeyId, Status: types.StatusTypeInactive,
				})
			}
		}
	}
}

func decoded(t *testing.T, document string) string {
	t.Helper()
	plain, err := url.QueryUnescape(document)
	if err != nil || !json.Valid([]byte(plain)) {
		t.Fatalf("%q is no document", document)
	}
	return plain
}

// chance are the fields that differ from account to account by chance.
var chance = []string{"UserId", "GroupId", "RoleId", "PolicyId", "InstanceProfileId", "CreateDate", "UpdateDate", "RoleLastUsed"}

// normal is a value as JSON without what differs by chance. Of permissions boundaries moto keeps only those of roles.
func normal(t *testing.T, account string, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), account, "#")), &plain); err != nil {
		t.Fatal(err)
	}
	return normalTree(t, plain)
}

func normalTree(t *testing.T, value any) any {
	t.Helper()
	switch typed := value.(type) {
	case map[string]any:
		_, isUser := typed["UserName"]
		for key, inner := range typed {
			document, isText := inner.(string)
			empty, isList := inner.([]any)
			switch {
			case slices.Contains(chance, key), key == "PermissionsBoundaryUsageCount", isUser && key == "PermissionsBoundary",
				inner == nil, isList && len(empty) == 0:
				delete(typed, key)
			case strings.HasSuffix(key, "Document") && isText:
				typed[key] = decoded(t, document)
			default:
				typed[key] = normalTree(t, inner)
			}
		}
	case []any:
		for i := range typed {
			typed[i] = normalTree(t, typed[i])
		}
		slices.SortFunc(typed, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return value
}

// normalReport leaves out dates, and the last use, of which moto knows nothing.
func normalReport(account string, rows [][]string) [][]string {
	out := [][]string{}
	for _, row := range rows {
		kept := []string{}
		for i, cell := range row {
			switch _, err := time.Parse(time.RFC3339, cell); {
			case strings.Contains(rows[0][i], "last_used"):
			case err == nil:
				kept = append(kept, "date")
			default:
				kept = append(kept, strings.ReplaceAll(cell, account, "#"))
			}
		}
		out = append(out, kept)
	}
	slices.SortFunc(out, slices.Compare)
	return out
}

// An account of 200 entities gives the same answers, generated and made through moto.
func TestSeedInventory_asThroughMoto(t *testing.T) {
	t.Parallel()
	seeded, made := newBench(t), newBench(t)
	seeded.SeedInventory(200, 7)
	want := takeInventory(t, seeded)
	rebuild(t, made, seeded.ID, want)
	got := takeInventory(t, made)
	for name, pair := range map[string][2]any{
		"ListUsers": {got.users, want.users}, "ListGroups": {got.groups, want.groups}, "ListRoles": {got.roles, want.roles},
		"ListPolicies": {got.policies, want.policies}, "users": {got.details.UserDetailList, want.details.UserDetailList},
		"groups": {got.details.GroupDetailList, want.details.GroupDetailList},
		"roles":  {got.details.RoleDetailList, want.details.RoleDetailList}, "policies": {got.details.Policies, want.details.Policies},
	} {
		moto, generated := normal(t, made.ID, pair[0]), normal(t, seeded.ID, pair[1])
		if !reflect.DeepEqual(moto, generated) {
			t.Errorf("%s\nmoto:      %s\ngenerated: %s", name, text(moto), text(generated))
		}
	}
	if moto, generated := normalReport(
		made.ID,
		got.report,
	), normalReport(
		seeded.ID,
		want.report,
	); !reflect.DeepEqual(
		moto,
		generated,
	) {
		t.Errorf("report\nmoto:      %s\ngenerated: %s", text(moto), text(generated))
	}
	if !slices.Equal(got.pages, []int{100, 100}) || !slices.Equal(want.pages, []int{100, 100}) {
		t.Errorf("the pages have %v and %v entities", got.pages, want.pages)
	}
}

func text(value any) string {
	out, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(out[:min(len(out), 2000)])
}

// The same arguments make the same account, and moto's entities are told besides.
func TestSeedInventory_repeats(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	clock := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	b.SetClock(func() time.Time { return clock })
	b.SeedInventory(300, 1)
	first := takeInventory(t, b)
	b.SeedInventory(300, 1)
	if second := takeInventory(
		t,
		b,
	); !reflect.DeepEqual(first.details, second.details) ||
		!reflect.DeepEqual(first.users, second.users) {
		t.Error("the same arguments made another account")
	}
	b.SeedInventory(300, 2)
	if other := takeInventory(t, b); reflect.DeepEqual(first.details, other.details) {
		t.Error("another seed made the same account")
	}
	sizes := []int{len(first.users), len(first.groups), len(first.roles), len(first.policies), len(first.report)}
	if !slices.Equal(sizes, []int{120, 15, 105, 60, 122}) {
		t.Errorf("there are %v users, groups, roles, policies and rows", sizes)
	}
	b.createUsers(t, "u")
	do(t, b.iam.AttachUserPolicy, &iam.AttachUserPolicyInput{
		UserName: aws.String("u"), PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess"),
	})
	all := takeInventory(t, b)
	if len(all.users) != 121 || len(all.details.UserDetailList) != 121 || len(all.details.Policies) != 61 {
		t.Errorf("%d users, %d in detail, %d policies", len(all.users), len(all.details.UserDetailList), len(all.details.Policies))
	}
}

// Filters hold for what is generated too.
func TestSeedInventory_filters(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.SeedInventory(300, 1)
	all := takeInventory(t, b)
	inPath := func(path string) bool { return strings.HasPrefix(path, "/team/data/") }
	want := 0
	for _, u := range all.users {
		if inPath(*u.Path) {
			want++
		}
	}
	users := do(t, b.iam.ListUsers, &iam.ListUsersInput{PathPrefix: aws.String("/team/data/")}).Users
	if len(users) != want || want == 0 || slices.ContainsFunc(users, func(u types.User) bool { return !inPath(*u.Path) }) {
		t.Errorf("%d users of %d are below the path", len(users), want)
	}
	attached := do(t, b.iam.ListPolicies, &iam.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, OnlyAttached: true}).Policies
	if len(attached) == 0 || len(attached) >= len(all.policies) {
		t.Errorf("%d of %d policies are attached", len(attached), len(all.policies))
	}
	var policies inventory
	policies.readDetails(t, b, &iam.GetAccountAuthorizationDetailsInput{
		Filter: []types.EntityType{types.EntityTypeLocalManagedPolicy, types.EntityTypeGroup},
	})
	if d := policies.details; len(d.Policies) != 60 || len(d.GroupDetailList) != 15 ||
		len(d.UserDetailList)+len(d.RoleDetailList) > 0 {
		t.Errorf("the filter gives %d policies, %d groups", len(d.Policies), len(d.GroupDetailList))
	}
}

// A list is computed for its first page: what changes meanwhile is in no later page. A marker is good for its own call only.
func TestPager(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.SeedInventory(300, 1)
	first := do(t, b.iam.ListUsers, &iam.ListUsersInput{MaxItems: aws.Int32(100)})
	b.createUsers(t, "late")
	second := do(t, b.iam.ListUsers, &iam.ListUsersInput{Marker: first.Marker})
	again := do(t, b.iam.ListUsers, &iam.ListUsersInput{Marker: first.Marker})
	if len(second.Users) != 20 || second.IsTruncated || len(again.Users) != 20 {
		t.Errorf("%d and %d users on the second page", len(second.Users), len(again.Users))
	}
	_, err := b.iam.ListGroups(t.Context(), &iam.ListGroupsInput{Marker: first.Marker})
	wantCode(t, err, "ValidationError")
	other := newBench(t)
	_, err = other.iam.ListUsers(t.Context(), &iam.ListUsersInput{Marker: first.Marker})
	wantCode(t, err, "ValidationError")
	_, err = b.iam.GetAccountAuthorizationDetails(t.Context(), &iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(1001)})
	wantCode(t, err, "ValidationError")
}

// A report is there after it was generated, and for four hours.
func TestCredentialReport(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	clock := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	b.SetClock(func() time.Time { return clock })
	_, err := b.iam.GetCredentialReport(t.Context(), &iam.GetCredentialReportInput{})
	wantCode(t, err, "ReportNotPresent")
	for _, step := range []struct {
		later time.Duration
		want  types.ReportStateType
	}{
		{0, types.ReportStateTypeStarted},
		{time.Hour, types.ReportStateTypeComplete},
		{2 * time.Hour, types.ReportStateTypeComplete},
		{time.Hour, types.ReportStateTypeStarted},
	} {
		clock = clock.Add(step.later)
		if got := do(t, b.iam.GenerateCredentialReport, &iam.GenerateCredentialReportInput{}).State; got != step.want {
			t.Errorf("%s later the report is %s, want %s", step.later, got, step.want)
		}
	}
	b.createUsers(t, "u")
	rows := report(t, b)
	if len(rows) != 2 || rows[1][0] != "<root_account>" {
		t.Errorf("the rows are %v", rows)
	}
	clock = clock.Add(5 * time.Hour)
	_, err = b.iam.GetCredentialReport(t.Context(), &iam.GetCredentialReportInput{})
	wantCode(t, err, "ReportExpired")
	if rows := report(t, b); len(rows) != 3 || rows[2][0] != "u" || rows[2][4] != "N/A" {
		t.Errorf("the rows are %v", rows)
	}
}

// A hundred thousand entities are made, and their lists read to the last page, in seconds; through moto it would be hours.
func TestSeedInventory_large(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.iam = iam.NewFromConfig(b.Config(b.as)) // Of hundreds of long answers one may break off, and the SDK asks again.
	began := time.Now()
	b.SeedInventory(100_000, 3)
	t.Logf("made in %s", time.Since(began))
	began = time.Now()
	users, pages := 0, 0
	for list := iam.NewListUsersPaginator(b.iam, &iam.ListUsersInput{MaxItems: aws.Int32(1000)}); list.HasMorePages(); pages++ {
		users += len(must[*iam.ListUsersOutput](t)(list.NextPage(t.Context())).Users)
	}
	if users != 40_000 || pages != 40 {
		t.Errorf("%d users in %d pages", users, pages)
	}
	var all inventory
	all.readDetails(t, b, &iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeLocalManagedPolicy}})
	if len(all.details.Policies) != 20_000 || len(all.pages) != 200 {
		t.Errorf("%d policies in %d pages", len(all.details.Policies), len(all.pages))
	}
	if rows := report(t, b); len(rows) != 40_002 {
		t.Errorf("%d rows in the report", len(rows))
	}
	t.Logf("read in %s", time.Since(began))
}

// Reading all details of an account of 100,000 entities.
func BenchmarkSeedInventory(b *testing.B) {
	account := localaws.Shared(b).NewAccount(b, region)
	account.SeedInventory(100_000, 3)
	client := iam.NewFromConfig(account.Config(account.Admin()))
	for b.Loop() {
		pages := iam.NewGetAccountAuthorizationDetailsPaginator(client, &iam.GetAccountAuthorizationDetailsInput{})
		for pages.HasMorePages() {
			if _, err := pages.NextPage(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
