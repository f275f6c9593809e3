package account

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Reasons why an account is not reached, asked with errors.Is.
var (
	// ErrNotKnownYet is a provider argument whose value only apply knows.
	ErrNotKnownYet = errors.New("not known until apply")
	// ErrWrongAccount is a credential of another account than the one named.
	ErrWrongAccount = errors.New("wrong account")
	// ErrAccountNotAllowed is an account outside the provider's two lists.
	ErrAccountNotAllowed = errors.New("account not allowed")
	// ErrUnknownAccount is an account name that the provider does not configure.
	ErrUnknownAccount = errors.New("unknown account")
	// ErrNoRegion is a regional call without any region.
	ErrNoRegion = errors.New("no region: set region in the provider block, AWS_REGION (or AWS_DEFAULT_REGION) " +
		"in the environment, or region in the profile of the shared configuration")
)

// credentialArguments are those provider arguments without which no call can be
// made as the right caller.
var credentialArguments = []string{
	"access_key", "assume_role", "assume_role_with_web_identity", "custom_ca_bundle", "endpoints",
	"http_proxy", "https_proxy", "insecure", "no_proxy", "profile", "secret_key",
	"shared_config_files", "shared_credentials_files", "token", "use_dualstack_endpoint", "use_fips_endpoint",
	"allowed_account_ids", "forbidden_account_ids", "skip_requesting_account_id",
}

func (p *Pool) credentialsKnown() error {
	for _, argument := range credentialArguments {
		if p.settings.Unknown[argument] {
			return notKnownYet(fmt.Sprintf("The provider argument %q", argument))
		}
	}
	return nil
}

// notKnownYet says what Terraform does not know yet; the sentence ends the way
// users search for it.
func notKnownYet(what string) error {
	return fmt.Errorf("%s is %w", what, ErrNotKnownYet)
}

func (p *Pool) unknownAccount(selection string) error {
	known := slices.Sorted(maps.Keys(p.settings.Accounts))
	hint := "the provider configures no accounts"
	if len(known) > 0 {
		hint = "the provider's accounts are: " + strings.Join(known, ", ")
	}
	if IsAccountID(selection) {
		return fmt.Errorf("%w %q: the provider's credentials belong to another account, and %s", ErrUnknownAccount,
			selection, hint)
	}
	return fmt.Errorf("%w %q: %s", ErrUnknownAccount, selection, hint)
}

// credentialsError is what aws-sdk-go-base says when it finds no credentials.
type credentialsError struct{ summary, detail string }

// Error gives both parts, of which the detail may be empty.
func (e *credentialsError) Error() string {
	return strings.TrimSpace(e.summary + "\n" + e.detail)
}

// Is makes the error one of class ErrCredentials.
func (e *credentialsError) Is(target error) bool {
	return target == ErrCredentials
}
