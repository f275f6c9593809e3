package accesskey

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

// keysAtOnce is how many users are asked about side by side.
const keysAtOnce = 8

// foundKeys are the keys of an account that count.
type foundKeys struct {
	client            *iam.Client
	keys              []foundKey
	reported, covered time.Time
	// open is what could not be told, each a sentence.
	open []string
	// gone are users whom IAM does not know.
	gone []string

	mu    sync.Mutex
	asked map[string]bool
}

// answer asks about named users, or starts from the report.
func (q keysQuestion) answer(ctx context.Context) (*foundKeys, error) {
	client, err := q.place.Account.IAM()
	if err != nil {
		return nil, err
	}
	found := &foundKeys{client: client, covered: q.now, asked: map[string]bool{}}
	if len(q.users) > 0 {
		err = q.askAll(ctx, q.users, nil, found)
		for _, name := range found.gone {
			found.open = append(found.open, "There is no user "+name+".")
		}
	} else {
		err = q.fromReport(ctx, found)
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(found.open)
	slices.SortFunc(found.keys, func(a, b foundKey) int {
		return cmp.Or(cmp.Compare(a.user, b.user), a.Made.Compare(b.Made), cmp.Compare(a.ID, b.ID))
	})
	return found, nil
}

// fromReport asks about the users who have a key that counts by the report. The report is
// four hours old at most, so that a key of which it does not know counts only where any
// age will do; and users may have got another name since.
func (q keysQuestion) fromReport(ctx context.Context, found *foundKeys) error {
	report, err := inventory.ReadCredentialReport(ctx, q.place.Account, 0, true)
	if err != nil {
		return err
	}
	found.reported = report.Generated
	reported := q.holders(report, found)
	if err := q.askAll(ctx, slices.Sorted(maps.Keys(reported)), reported, found); err != nil {
		return err
	}
	if !q.everything() && len(found.gone) == 0 {
		return nil
	}
	since, err := q.changedSince(ctx, found)
	if err != nil {
		return err
	}
	if err := q.askAll(ctx, since.ask, reported, found); err != nil {
		return err
	}
	for _, name := range found.gone {
		if !since.gone[name] {
			found.open = append(found.open, "The user "+name+" is gone, and no call says whether under another name.")
		}
	}
	return nil
}

// holders are the users who have a key that counts by the report, each with all its keys.
func (q keysQuestion) holders(report *inventory.CredentialReport, found *foundKeys) map[string][]inventory.ReportedKey {
	holders := map[string][]inventory.ReportedKey{}
	for _, user := range report.Users {
		keys := reportedKeys(user)
		switch {
		case !q.anyCounts(keys):
		case user.Root():
			found.open = append(found.open, "The root user has an access key, whose ID is told to nobody else.")
		default:
			holders[user.Name] = keys
		}
	}
	return holders
}

// askAll asks IAM itself about users, about each once.
func (q keysQuestion) askAll(
	ctx context.Context, users []string, reported map[string][]inventory.ReportedKey, found *foundKeys,
) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(keysAtOnce)
	for _, name := range users {
		if found.asked[name] {
			continue
		}
		found.asked[name] = true
		group.Go(func() error {
			keys, err := q.ask(ctx, found.client, name, reported[name])
			found.mu.Lock()
			defer found.mu.Unlock()
			if errors.Is(err, account.ErrNotFound) {
				found.gone = append(found.gone, name)
				return nil
			}
			found.keys = append(found.keys, keys...)
			return err
		})
	}
	return group.Wait()
}

// ask reads the keys of a user, and the last use of those of which the report does not
// tell it.
func (q keysQuestion) ask(
	ctx context.Context, client *iam.Client, name string, reported []inventory.ReportedKey,
) ([]foundKey, error) {
	calls := &accessKeyCalls{place: q.place, client: client, user: name}
	live, err := calls.list(ctx)
	if err != nil {
		return nil, err
	}
	var keys []foundKey
	for _, one := range live {
		if !q.mayCount(one.Made) {
			continue
		}
		key := foundKey{rotationKey: one, user: name, source: fromReport}
		use, told := reportedUse(one, live, reported)
		if !told {
			key.source = fromLive
			use, err = calls.lastUse(ctx, one.ID)
			if errors.Is(err, account.ErrNotFound) {
				continue // Deleted meanwhile.
			}
			if err != nil {
				return nil, err
			}
		}
		if key.use = use; q.counts(one.Made, use.At) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}
