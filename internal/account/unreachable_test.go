package account_test

import (
	"errors"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

// A provider argument that is not known yet is never replaced by a default.
func TestPool_unknownArguments(t *testing.T) {
	t.Parallel()
	everything := []string{"", "prod", "other", "digits"}
	for argument, test := range map[string]struct {
		waits  []string
		detail string
	}{
		"accounts":          {[]string{"prod", "other", "digits"}, `Account "prod" is not known until apply`},
		"accounts.prod":     {[]string{"prod", "digits"}, `Account "prod" is not known until apply`},
		"account_role_name": {[]string{""}, `The provider argument "account_role_name" is not known until apply`},
		"profile":           {everything, `The provider argument "profile" is not known until apply`},
		"access_key":        {everything, `"access_key"`}, "secret_key": {everything, `"secret_key"`}, "token": {
			everything,
			`"token"`,
		},
		"assume_role":                {everything, `"assume_role"`},
		"endpoints":                  {everything, `"endpoints"`},
		"shared_config_files":        {everything, `"shared_config_files"`},
		"allowed_account_ids":        {everything, `"allowed_account_ids"`},
		"skip_requesting_account_id": {everything, `"skip_requesting_account_id"`},
		"max_retries":                {nil, ""}, "default_tags": {nil, ""}, "region": {nil, ""}, "event_regions": {nil, ""},
	} {
		t.Run(argument, func(t *testing.T) {
			t.Parallel()
			base, prod, other := server(t), server(t), server(t)
			p := pool(t, base.Admin(), func(s *account.Settings) {
				s.Unknown[argument] = true
				s.Accounts = map[string]account.Role{"prod": roleIn(prod), "other": roleIn(other)}
				switch argument {
				case "accounts":
					s.Accounts = nil
				case "accounts.prod":
					s.Accounts["prod"] = account.Role{}
				}
			})
			waiting := map[string]bool{}
			for _, selection := range test.waits {
				waiting[selection] = true
			}
			for selection, text := range map[string]string{"": "", "prod": "prod", "other": "other", "digits": prod.ID} {
				reached, err := p.Account(t.Context(), text)
				if !waiting[selection] {
					if err != nil || reached == nil {
						t.Errorf("%q: %v", selection, err)
					}
					continue
				}
				if !errors.Is(err, account.ErrNotKnownYet) {
					t.Errorf("%q is reached with %s unknown: %v", selection, argument, err)
				}
				if _, err := p.AccountID(t.Context(), text); err != nil && !errors.Is(err, account.ErrNotKnownYet) {
					t.Errorf("planning for %q: %v", selection, err)
				}
			}
			if len(test.waits) == len(everything) && len(base.Calls()) > 0 {
				t.Errorf("the default account was called: %v", base.Calls()[0].Name())
			}
			if len(test.waits) > 0 {
				_, err := p.Account(t.Context(), map[bool]string{true: "prod", false: ""}[waiting["prod"]])
				expectText(t, err.Error(), test.detail)
			}
			if err := p.CheckBase(t.Context()); err != nil {
				t.Errorf("checking the account: %v", err)
			}
		})
	}
}

// While the region is not known, that of the environment is not taken for it.
func TestPool_unknownRegion(t *testing.T) {
	t.Setenv("AWS_REGION", "us-west-2")
	base := server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.Base.Region, s.Unknown["region"] = "", true
		s.Accounts = map[string]account.Role{"prod": roleIn(base), "west": {ARN: roleIn(base).ARN, Region: "us-west-1"}}
	})
	for _, selection := range []string{"", "prod"} {
		reached, err := p.Account(t.Context(), selection)
		if err != nil {
			t.Fatal(err)
		}
		if home, err := reached.Region(); !errors.Is(err, account.ErrNotKnownYet) {
			t.Errorf("the region of %q is %q, %v", selection, home, err)
		}
	}
	reached, err := p.Account(t.Context(), "west")
	if err != nil {
		t.Fatal(err)
	}
	if home, err := reached.Region(); home != "us-west-1" || err != nil {
		t.Errorf("the region of an account that names one is %q, %v", home, err)
	}
}

func TestPool_missingRegionNamesItsSources(t *testing.T) { //nolint:paralleltest // Changes the environment.
	isolate(t)
	base := server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) { s.Base.Region = "" })
	reached, err := p.Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = reached.Region()
	if !errors.Is(err, account.ErrNoRegion) {
		t.Fatal(err)
	}
	expectText(t, err.Error(), "provider block", "AWS_REGION", "profile")
	if calls := base.Calls(localaws.Named("sts:GetCallerIdentity")); len(calls) != 1 {
		t.Errorf("%d calls", len(calls))
	}
}
