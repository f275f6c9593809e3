package account_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

func TestPool_asksNobodyBeforeItMust(t *testing.T) {
	t.Parallel()
	base, prod := server(t), server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) { s.Accounts = map[string]account.Role{"prod": roleIn(prod)} })
	if id, err := p.AccountID(t.Context(), "prod"); err != nil || id != prod.ID {
		t.Errorf("the account of prod is %q, %v", id, err)
	}
	if calls := base.Calls(); len(calls) > 0 {
		t.Errorf("%d calls were made to learn what the configuration says", len(calls))
	}
}

func TestPool_rolesAreAssumedOnce(t *testing.T) {
	t.Parallel()
	base, prod := server(t), server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.Accounts = map[string]account.Role{
			"prod": {ARN: roleIn(prod).ARN, ExternalID: "secret", SessionName: "watch", Region: "eu-west-1"},
		}
	})
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			reached, err := p.Account(t.Context(), []string{"prod", prod.ID}[i%2])
			if err != nil || reached.ID != prod.ID || reached.Partition != "aws" {
				t.Errorf("reached %+v, %v", reached, err)
				return
			}
			if home, err := reached.Region(); err != nil || home != "eu-west-1" {
				t.Errorf("the region is %q, %v", home, err)
			}
			if _, err := reached.CloudTrail(region).DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	assumed := base.Calls(localaws.Named("sts:AssumeRole"))
	if len(assumed) != 1 || assumed[0].Params["ExternalId"] != "secret" || assumed[0].Params["RoleSessionName"] != "watch" {
		t.Errorf("roles were assumed as %+v", assumed)
	}
	if asked := count(prod, "sts:GetCallerIdentity"); asked != 1 {
		t.Errorf("the role was asked %d times whose it is", asked)
	}
	if calls := prod.Calls(
		localaws.Named("cloudtrail:DescribeTrails"),
	); len(calls) != 20 ||
		calls[0].Principal != "arn:aws:sts::"+prod.ID+":assumed-role/audit/watch" {
		t.Errorf("%d calls reached the account", len(calls))
	}
}

func TestPool_sameAccountByNameNumberAndNothing(t *testing.T) {
	t.Parallel()
	base := server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) { s.Accounts = map[string]account.Role{"self": roleIn(base)} })
	for _, selection := range []string{"", "self", base.ID} {
		id, err := p.AccountID(t.Context(), selection)
		reached, reachErr := p.Account(t.Context(), selection)
		if err != nil || reachErr != nil || id != base.ID || reached.ID != base.ID {
			t.Errorf("%q leads to %q and %+v: %v %v", selection, id, reached, err, reachErr)
		}
	}
	alone := pool(t, base.Admin(), nil)
	first, _ := alone.Account(t.Context(), "")
	second, err := alone.Account(t.Context(), base.ID)
	if err != nil || first != second {
		t.Errorf("the provider's own account is another one by its number: %v", err)
	}
}

func TestPool_unknownNamesListTheKnown(t *testing.T) {
	t.Parallel()
	base := server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.Accounts = map[string]account.Role{"prod": roleIn(server(t)), "dev": roleIn(server(t))}
	})
	for _, selection := range []string{"stage", "999999999999"} {
		_, err := p.Account(t.Context(), selection)
		_, idErr := p.AccountID(t.Context(), selection)
		for _, err := range []error{err, idErr} {
			if !errors.Is(err, account.ErrUnknownAccount) {
				t.Fatalf("%s: %v", selection, err)
			}
			expectText(t, err.Error(), selection, "dev, prod")
		}
	}
}

func TestPool_severalRolesToOneAccount(t *testing.T) {
	t.Parallel()
	base, prod := server(t), server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.Accounts = map[string]account.Role{"b": roleIn(prod), "a": {ARN: roleIn(prod).ARN + "2"}}
	})
	_, err := p.Account(t.Context(), prod.ID)
	if err == nil {
		t.Fatal("one of two roles was chosen")
	}
	expectText(t, err.Error(), "(a, b)", "name one of them")
}

func TestPool_wrongAccountBehindARole(t *testing.T) {
	t.Parallel()
	base := server(t)
	// The answer of AssumeRole is that of another role, as a broken broker would give.
	fake := fakeSTS(
		t,
		func(string) (int, string) { return 200, credentials("ASIAELSEWHERE0000001", hour) },
		"arn:aws:sts::123456789012:assumed-role/x/y",
	)
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.Endpoints["sts"] = fake.URL
		s.Accounts = map[string]account.Role{"prod": {ARN: "arn:aws:iam::210987654321:role/audit"}}
	})
	_, err := p.Account(t.Context(), "prod")
	if !errors.Is(err, account.ErrWrongAccount) {
		t.Fatal(err)
	}
	expectText(t, err.Error(), "210987654321", "123456789012")
}

func TestPool_accountRoleName(t *testing.T) {
	t.Parallel()
	base, prod, foreign := server(t), server(t), server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.AccountRoleName, s.AccountRoleExternalID = "path/audit", "secret"
		s.AllowedAccountIDs = []string{base.ID, prod.ID}
	})
	for _, selection := range []string{"", base.ID, prod.ID} {
		reached, err := p.Account(t.Context(), selection)
		if err != nil {
			t.Fatalf("%q: %v", selection, err)
		}
		if want := "arn:aws:sts::" + reached.ID + ":assumed-role/audit/iamguard"; reached.CallerARN != want {
			t.Errorf("%q is reached as %s, want %s", selection, reached.CallerARN, want)
		}
	}
	assumed := base.Calls(localaws.Named("sts:AssumeRole"))
	if len(assumed) != 2 || assumed[0].Params["ExternalId"] != "secret" ||
		assumed[0].Params["RoleArn"] != "arn:aws:iam::"+base.ID+":role/path/audit" {
		t.Errorf("roles were assumed as %+v", assumed)
	}
	for _, ask := range []func() error{
		func() error { _, err := p.Account(t.Context(), foreign.ID); return err },
		func() error { _, err := p.AccountID(t.Context(), foreign.ID); return err },
	} {
		if err := ask(); !errors.Is(err, account.ErrAccountNotAllowed) {
			t.Errorf("an account that is not listed: %v", err)
		}
	}
	if count(foreign, "sts:GetCallerIdentity") > 0 {
		t.Error("an account that is not listed was called")
	}
}

// An empty list beside account_role_name allows nothing, and not everything.
func TestPool_accountRoleNameWithoutAList(t *testing.T) {
	t.Parallel()
	base := server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) { s.AccountRoleName = "audit" })
	if _, err := p.Account(t.Context(), base.ID); !errors.Is(err, account.ErrAccountNotAllowed) {
		t.Error(err)
	}
	if count(base, "sts:AssumeRole") > 0 {
		t.Error("a role was assumed")
	}
}

func TestPool_lists(t *testing.T) {
	t.Parallel()
	base, prod := server(t), server(t)
	for name, test := range map[string]struct {
		allowed, forbidden []string
		base, prod         bool
	}{
		"no lists":              {nil, nil, true, true},
		"allowed":               {[]string{prod.ID}, nil, false, true},
		"forbidden":             {nil, []string{prod.ID}, true, false},
		"forbidden is stronger": {[]string{base.ID, prod.ID}, []string{base.ID, prod.ID}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pool(t, base.Admin(), func(s *account.Settings) {
				s.AllowedAccountIDs, s.ForbiddenAccountIDs = test.allowed, test.forbidden
				s.Accounts = map[string]account.Role{"prod": roleIn(prod)}
			})
			_, reach := p.Account(t.Context(), "prod")
			_, ask := p.AccountID(t.Context(), "prod")
			for what, got := range map[string]struct {
				err error
				ok  bool
			}{"base": {p.CheckBase(t.Context()), test.base}, "prod": {reach, test.prod}, "ID of prod": {ask, test.prod}} {
				if (got.err == nil) != got.ok || got.err != nil && !errors.Is(got.err, account.ErrAccountNotAllowed) {
					t.Errorf("%s: %v", what, got.err)
				}
			}
		})
	}
}

func TestPool_skipRequestingAccountID(t *testing.T) {
	t.Parallel()
	base := server(t)
	skip := func(s *account.Settings) { s.SkipRequestingAccountID = true }
	p := pool(t, base.Admin(), skip)
	reached, err := p.Account(t.Context(), "")
	if err != nil || reached.ID != "" || reached.Partition != "aws" || reached.Verified() {
		t.Errorf("reached %+v, %v", reached, err)
	}
	if id, err := p.AccountID(t.Context(), ""); id != "" || err != nil {
		t.Errorf("the account is %q, %v", id, err)
	}
	if len(base.Calls()) > 0 {
		t.Error("STS was asked")
	}
	for name, list := range map[string]func(*account.Settings){
		"allowed":   func(s *account.Settings) { s.AllowedAccountIDs = []string{base.ID} },
		"forbidden": func(s *account.Settings) { s.ForbiddenAccountIDs = []string{base.ID} },
	} {
		err := pool(t, base.Admin(), func(s *account.Settings) { skip(s); list(s) }).CheckBase(t.Context())
		if !errors.Is(err, account.ErrAccountNotAllowed) {
			t.Errorf("%s: the list was not judged, and nobody said so: %v", name, err)
		}
	}
}

func TestPool_twentyFiveAccounts(t *testing.T) {
	t.Parallel()
	base := server(t)
	roles, members := map[string]account.Role{}, map[string]*localaws.Account{}
	for i := range 25 {
		name := fmt.Sprintf("member-%d", i)
		members[name] = server(t)
		roles[name] = roleIn(members[name])
	}
	p := pool(t, base.Admin(), func(s *account.Settings) { s.Accounts = roles })
	var group sync.WaitGroup
	for name := range members {
		for range 3 {
			group.Go(func() {
				if reached, err := p.Account(t.Context(), name); err != nil || reached.ID != members[name].ID {
					t.Errorf("%s: %+v, %v", name, reached, err)
				}
			})
		}
	}
	group.Wait()
	if assumed, asked := count(base, "sts:AssumeRole"), count(base, "sts:GetCallerIdentity"); assumed != 25 || asked != 1 {
		t.Errorf("%d roles were assumed, and the base account asked %d times", assumed, asked)
	}
	for name, member := range members {
		if asked := count(member, "sts:GetCallerIdentity"); asked != 1 {
			t.Errorf("%s was asked %d times", name, asked)
		}
	}
}
