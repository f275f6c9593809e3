package account_test

import (
	"slices"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// Organizations has one region in each partition, and IAM Identity Center that of its calls.
func TestAccount_clientsOfAnOrganization(t *testing.T) {
	t.Parallel()
	for home, want := range map[string]string{
		region: "us-east-1", "us-gov-east-1": "us-gov-west-1", "cn-north-1": "cn-northwest-1",
	} {
		in := server(t)
		p := pool(t, in.Admin(), func(s *account.Settings) {
			s.Base.Region, s.SkipRequestingAccountID = home, true
		})
		reached, err := p.Account(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		client, err := reached.Organizations()
		if err != nil || client.Options().Region != want {
			t.Errorf("from %s Organizations is called in %v, %v", home, client.Options().Region, err)
		}
		if again, err := reached.Organizations(); again != client || err != nil {
			t.Errorf("the client is made again: %v", err)
		}
		if center := reached.SSOAdmin(
			home,
		); center.Options().Region != home ||
			*center.Options().BaseEndpoint != *client.Options().BaseEndpoint {
			t.Errorf("IAM Identity Center is called in %s", center.Options().Region)
		}
	}
	p := pool(t, server(t).Admin(), func(s *account.Settings) { s.Unknown["event_regions"] = true })
	reached, err := p.Account(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reached.Organizations(); err == nil {
		t.Error("the region of Organizations is guessed while event_regions is not known")
	}
}

// Who calls in an account is the session of its role, and who assumed it if that is
// somebody of the same account.
func TestAccount_callers(t *testing.T) {
	t.Parallel()
	in, other := server(t), server(t)
	p := pool(t, in.User("alice"), func(s *account.Settings) {
		s.Accounts = map[string]account.Role{"own": roleIn(in), "other": roleIn(other)}
	})
	alice, session := "arn:aws:iam::"+in.ID+":user/alice", ":assumed-role/audit/iamguard"
	for selection, want := range map[string][]string{
		"":      {alice},
		"own":   {"arn:aws:sts::" + in.ID + session, alice},
		"other": {"arn:aws:sts::" + other.ID + session},
	} {
		reached, err := p.Account(t.Context(), selection)
		if err != nil {
			t.Fatal(err)
		}
		if callers, err := reached.Callers(t.Context()); err != nil || !slices.Equal(callers, want) {
			t.Errorf("the callers in %q are %v, %v; want %v", selection, callers, err, want)
		}
	}
}
