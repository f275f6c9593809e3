package inventory

import (
	"context"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// sights are what the trails of places do. Two callers in one account may see different
// things, so each account as reached is a question of its own.
type sights struct{ once[sightKey, sight] }

type sightKey struct {
	in     *account.Account
	region string
}

// CoverageOnce is TrailCoverage, asked once for all callers of a process that come at
// the same time or within a minute, whatever their sources.
func CoverageOnce(ctx context.Context, in *account.Account, region, source string) (Coverage, error) {
	kept := account.Kept(in.Pool(), func() *sights { return &sights{} })
	seen, err := kept.ask(ctx, sightKey{in, region}, in.Pool().Now(), func() (sight, error) { return readTrails(ctx, in, region) })
	if err != nil {
		return Coverage{Region: region}, err
	}
	return seen.coverage(source), nil
}
