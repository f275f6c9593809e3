package framework

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// planned are the types that this process has planned, by the object that they are about.
type planned struct {
	mu    sync.Mutex
	types map[string]map[string]bool
}

// meet remembers that a type was planned for an object, and tells whether another one was
// before: types that are better kept apart warn of each other so, whichever comes second.
func meet(pool *account.Pool, object, of string) bool {
	seen := account.Kept(pool, func() *planned { return &planned{types: map[string]map[string]bool{}} })
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if seen.types[object] == nil {
		seen.types[object] = map[string]bool{}
	}
	seen.types[object][of] = true
	return len(seen.types[object]) > 1
}

// WarnOfBothFactors warns where one configuration keeps both the password and the second
// factor of a user: whoever can run it can sign in as that user.
func WarnOfBothFactors(pool *account.Pool, accountID, user types.String, factor string, diags *diag.Diagnostics) {
	if pool == nil || accountID.ValueString() == "" || user.ValueString() == "" ||
		!meet(pool, accountID.ValueString()+"/"+user.ValueString(), factor) {
		return
	}
	Warn(diags, fmt.Sprintf("User %q (%s)", user.ValueString(), accountID.ValueString()),
		"password and second factor are kept by one configuration",
		"Whoever can apply it, or read both places that it writes to, has all that is needed to sign in as that user. Keep "+
			"iamguard_login_profile and iamguard_virtual_mfa_device of one user in configurations that different people run.")
}
