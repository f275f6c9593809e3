package account_test

import (
	"errors"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

func TestEventRegion(t *testing.T) {
	t.Parallel()
	configured := account.NewPool(
		account.Settings{EventRegions: map[string]string{"iam": "us-iso-east-1", "sso": "eu-north-1"}},
		account.Runtime{},
	)
	plain := account.NewPool(account.Settings{}, account.Runtime{})
	for _, test := range []struct {
		pool                     *account.Pool
		partition, service, want string
	}{
		{plain, "aws", "iam", "us-east-1"},
		{plain, "aws", "organizations", "us-east-1"},
		{plain, "aws-us-gov", "iam", "us-gov-west-1"},
		{plain, "aws-us-gov", "organizations", "us-gov-west-1"},
		{plain, "aws-cn", "iam", "cn-north-1"},
		{plain, "aws-cn", "organizations", "cn-northwest-1"},
		{configured, "aws-iso", "iam", "us-iso-east-1"},
		{configured, "aws", "iam", "us-iso-east-1"},
		{configured, "aws", "organizations", "us-east-1"},
	} {
		if got, err := test.pool.EventRegion(test.partition, test.service); got != test.want || err != nil {
			t.Errorf("%s in %s is recorded in %q, %v; want %s", test.service, test.partition, got, err, test.want)
		}
	}
	for _, partition := range []string{"aws-iso", "aws-new", ""} {
		_, err := plain.EventRegion(partition, "iam")
		if err == nil {
			t.Fatalf("a region of %q was guessed", partition)
		}
		expectText(t, err.Error(), partition, "event_regions", "iam")
	}
	if home, err := configured.HomeEventRegion("sso"); home != "eu-north-1" || err != nil {
		t.Errorf("the home region is %q, %v", home, err)
	}
	if home, err := plain.HomeEventRegion("sso"); home != "" || err != nil {
		t.Errorf("the home region is %q, %v", home, err)
	}
	unknown := account.NewPool(account.Settings{Unknown: map[string]bool{"event_regions": true}}, account.Runtime{})
	_, err := unknown.EventRegion("aws", "iam")
	_, homeErr := unknown.HomeEventRegion("sso")
	if !errors.Is(err, account.ErrNotKnownYet) || !errors.Is(homeErr, account.ErrNotKnownYet) {
		t.Errorf("while event_regions is unknown: %v, %v", err, homeErr)
	}
}

func TestPartitionOf(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"eu-central-1": "aws", "us-east-1": "aws", "us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn",
		"us-iso-east-1": "aws-iso",
	} {
		if got, err := account.PartitionOf(region); got != want || err != nil {
			t.Errorf("%s is in %q, %v", region, got, err)
		}
	}
	for _, text := range []string{"", "moon", "eu-central", "EU-CENTRAL-1", "eu-central-1 ", "example.com"} {
		if got, err := account.PartitionOf(text); err == nil {
			t.Errorf("%q is a region of %s", text, got)
		}
	}
}

func TestIsAccountID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"123456789012": true, "000000000000": true, "12345678901": false, "1234567890123": false, "12345678901a": false,
		"": false, "１２３４": false,
	} {
		if account.IsAccountID(text) != want {
			t.Errorf("%q", text)
		}
	}
}

// The account of a role in another partition is in that partition, asked or not.
func TestPool_partitionOfARole(t *testing.T) {
	t.Parallel()
	base := server(t)
	p := pool(t, base.Admin(), func(s *account.Settings) {
		s.SkipRequestingAccountID = true
		s.Accounts = map[string]account.Role{"gov": {ARN: "arn:aws-us-gov:iam::" + base.ID + ":role/audit"}}
	})
	reached, err := p.Account(t.Context(), "gov")
	if err != nil || reached.Partition != "aws-us-gov" {
		t.Errorf("reached %+v, %v", reached, err)
	}
	if home, err := reached.EventRegion("iam"); home != "us-gov-west-1" || err != nil {
		t.Errorf("IAM is recorded in %q, %v", home, err)
	}
}
