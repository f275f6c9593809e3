package account

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
)

// refreshMargin is how long before their end assumed credentials are renewed.
const refreshMargin = 5 * time.Minute

// Pool hands out the accounts that a provider configuration reaches. It is safe
// for concurrent use and calls AWS only when an account is first used.
type Pool struct {
	settings Settings
	runtime  Runtime
	pacer    *pacer

	// Sessions are kept by role ARN, "" being the provider's own credentials.
	mu       sync.Mutex
	sessions map[string]*session

	// kept holds what other packages keep for as long as the pool lives.
	kept sync.Map
}

// session is one set of credentials, opened and identified once. The mutex is
// held while that is done, so that callers who want the same account wait for
// one answer; a failure is not kept.
type session struct {
	mu      sync.Mutex
	account *Account
}

// NewPool keeps the settings; it reads no file and calls nobody.
func NewPool(settings Settings, runtime Runtime) *Pool {
	runtime = runtime.withDefaults()
	return &Pool{settings: settings, runtime: runtime, pacer: newPacer(runtime), sessions: map[string]*session{}}
}

// DefaultTags are the provider's default_tags.
func (p *Pool) DefaultTags() map[string]string {
	return maps.Clone(p.settings.DefaultTags)
}

// Unknown tells whether a provider argument is not known yet.
func (p *Pool) Unknown(argument string) bool {
	return p.settings.Unknown[argument]
}

// Account reaches what a resource's account argument names: "" is the account of
// the provider's credentials, else a name of the provider's accounts or a
// 12-digit ID. It errors with ErrNotKnownYet while the configuration is unknown,
// with ErrWrongAccount when AWS says that the credentials belong to another
// account, and with ErrUnknownAccount for a name that is not configured.
func (p *Pool) Account(ctx context.Context, selection string) (*Account, error) {
	if err := p.credentialsKnown(); err != nil {
		return nil, err
	}
	name, role, err := p.route(ctx, selection)
	if err != nil {
		return nil, err
	}
	if role == nil {
		return p.base(ctx)
	}
	return p.assume(ctx, name, *role)
}

// AccountID is the ID of Account without assuming a role where the configuration
// already tells it. It is "" where skip_requesting_account_id leaves it unknown.
// An account that the configuration cannot reach is an error here too.
func (p *Pool) AccountID(ctx context.Context, selection string) (string, error) {
	if role, ok := p.settings.Accounts[selection]; ok && !p.settings.Unknown[UnknownAccountKey(selection)] {
		return accountOf(role.ARN), p.judgeKnown(accountOf(role.ARN))
	}
	if IsAccountID(selection) {
		return selection, p.reachable(ctx, selection)
	}
	if selection != "" {
		_, _, err := p.route(ctx, selection)
		return "", err
	}
	if err := p.credentialsKnown(); err != nil {
		return "", err
	}
	base, err := p.base(ctx)
	if err != nil {
		return "", err
	}
	return base.ID, nil
}

// reachable refuses an ID that no role and no credentials reach. What cannot be
// found out now is no error: the call that needs the account will say it.
func (p *Pool) reachable(ctx context.Context, id string) error {
	err := p.credentialsKnown()
	if err == nil {
		_, _, err = p.route(ctx, id)
	}
	if errors.Is(err, ErrUnknownAccount) || errors.Is(err, ErrAccountNotAllowed) {
		return err
	}
	return nil
}

// route finds the role that reaches a selection; nil means the provider's own
// credentials.
func (p *Pool) route(ctx context.Context, selection string) (name string, role *Role, err error) {
	switch {
	case selection == "":
		return p.routeBase(ctx)
	case IsAccountID(selection):
		return p.routeDigits(ctx, selection)
	case p.settings.Unknown["accounts"], p.settings.Unknown[UnknownAccountKey(selection)]:
		return "", nil, notKnownYet(fmt.Sprintf("Account %q", selection))
	}
	if found, ok := p.settings.Accounts[selection]; ok {
		return selection, &found, nil
	}
	return "", nil, p.unknownAccount(selection)
}

func (p *Pool) routeBase(ctx context.Context) (string, *Role, error) {
	if p.settings.Unknown["account_role_name"] {
		return "", nil, notKnownYet(`The provider argument "account_role_name"`)
	}
	if p.settings.AccountRoleName == "" {
		return "", nil, nil
	}
	base, err := p.base(ctx)
	if err != nil {
		return "", nil, err
	}
	if base.ID == "" {
		return "", nil, errors.New("account_role_name needs the account of the provider's credentials, " +
			"which skip_requesting_account_id leaves unknown: name an account")
	}
	return p.roleIn(ctx, base.ID)
}

// routeDigits prefers a configured role, then account_role_name, then the
// provider's own credentials if they belong to that account.
func (p *Pool) routeDigits(ctx context.Context, id string) (string, *Role, error) {
	unknown := p.settings.Unknown["accounts"] || p.settings.Unknown["account_role_name"]
	var names []string
	for name, role := range p.settings.Accounts {
		unknown = unknown || p.settings.Unknown[UnknownAccountKey(name)]
		if accountOf(role.ARN) == id {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	switch {
	case len(names) == 1:
		role := p.settings.Accounts[names[0]]
		return names[0], &role, nil
	case len(names) > 1:
		return "", nil, fmt.Errorf("account %s is reached by several of the provider's accounts (%s): name one of them",
			id, strings.Join(names, ", "))
	case unknown:
		return "", nil, notKnownYet(fmt.Sprintf("Account %q", id))
	case p.settings.AccountRoleName != "":
		return p.roleIn(ctx, id)
	}
	base, err := p.base(ctx)
	if err != nil {
		return "", nil, err
	}
	if base.ID != id {
		return "", nil, p.unknownAccount(id)
	}
	return "", nil, nil
}

// roleIn is account_role_name in one account.
func (p *Pool) roleIn(ctx context.Context, id string) (string, *Role, error) {
	if err := p.judge(id); err != nil {
		return "", nil, err
	}
	base, err := p.base(ctx)
	if err != nil {
		return "", nil, err
	}
	return id, &Role{
		ARN: arn.ARN{
			Partition: base.Partition,
			Service:   "iam",
			AccountID: id,
			Resource:  "role/" + p.settings.AccountRoleName,
		}.String(),
		ExternalID: p.settings.AccountRoleExternalID,
	}, nil
}

// base opens the provider's own credentials.
func (p *Pool) base(ctx context.Context) (*Account, error) {
	return p.open("", func() (*Account, error) {
		settings := p.settings.Base
		settings.SkipCredsValidation = true
		settings.Backoff = p.runtime.Backoff
		settings.StsEndpoint = cmp.Or(p.settings.Endpoints["sts"], settings.StsEndpoint)
		settings.IamEndpoint = cmp.Or(p.settings.Endpoints["iam"], settings.IamEndpoint)
		_, cfg, diags := awsbase.GetAwsConfig(ctx, &settings)
		if diags.HasError() {
			found := diags.Errors()[0]
			return nil, &credentialsError{summary: found.Summary(), detail: found.Detail()}
		}
		region := cfg.Region
		if p.settings.Unknown["region"] {
			// What the environment says is not what the provider block will say.
			region = ""
		}
		account := p.newAccount(cfg, "", region)
		return account, p.identify(ctx, account)
	})
}

// assume opens a role with the base credentials and checks whose account it is.
func (p *Pool) assume(ctx context.Context, name string, role Role) (*Account, error) {
	return p.open(role.ARN+" "+role.ExternalID+" "+role.SessionName+" "+role.Region, func() (*Account, error) {
		id := accountOf(role.ARN)
		if err := p.judge(id); err != nil {
			return nil, err
		}
		base, err := p.base(ctx)
		if err != nil {
			return nil, err
		}
		cfg := base.cfg.Copy()
		client := sts.NewFromConfig(base.plainConfig(), base.endpoint("sts"), base.stsRegion)
		provider := stscreds.NewAssumeRoleProvider(client, role.ARN, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = cmp.Or(role.SessionName, "iamguard")
			if role.ExternalID != "" {
				o.ExternalID = aws.String(role.ExternalID)
			}
		})
		cfg.Credentials = aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) {
			o.ExpiryWindow = refreshMargin
		})
		account := p.newAccount(cfg, id, cmp.Or(role.Region, base.region))
		account.Partition = partitionOfARN(role.ARN, account.Partition)
		if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
			return nil, fmt.Errorf("assuming role %s to reach account %q: %w", role.ARN, name, err)
		}
		return account, p.identify(ctx, account)
	})
}

// open returns the kept session, or opens it; only a success is kept.
func (p *Pool) open(key string, connect func() (*Account, error)) (*Account, error) {
	p.mu.Lock()
	kept, ok := p.sessions[key]
	if !ok {
		kept = &session{}
		p.sessions[key] = kept
	}
	p.mu.Unlock()

	kept.mu.Lock()
	defer kept.mu.Unlock()
	if kept.account != nil {
		return kept.account, nil
	}
	account, err := connect()
	if err != nil {
		return nil, err
	}
	kept.account = account
	return account, nil
}

// CheckBase asks who the provider's credentials are and judges that account by
// the provider's two lists. Configure calls it when one of them is given.
func (p *Pool) CheckBase(ctx context.Context) error {
	if err := p.credentialsKnown(); err != nil {
		return nil //nolint:nilerr // Judged at apply, when the credentials are known.
	}
	base, err := p.base(ctx)
	if err != nil {
		return err
	}
	return p.judge(base.ID)
}

// judgeKnown is judge, once the two lists are known.
func (p *Pool) judgeKnown(id string) error {
	if p.settings.Unknown["allowed_account_ids"] || p.settings.Unknown["forbidden_account_ids"] {
		return nil
	}
	return p.judge(id)
}

// judge applies allowed_account_ids and forbidden_account_ids. The lists hold for
// every account that is worked in, so a role in accounts cannot leave them. A role
// that is everywhere reaches nothing that is not listed.
func (p *Pool) judge(id string) error {
	if id == "" && len(p.settings.AllowedAccountIDs)+len(p.settings.ForbiddenAccountIDs) > 0 {
		return fmt.Errorf("skip_requesting_account_id leaves the account unknown, so that allowed_account_ids and "+
			"forbidden_account_ids cannot be judged: %w", ErrAccountNotAllowed)
	}
	if slices.Contains(p.settings.ForbiddenAccountIDs, id) {
		return fmt.Errorf("account %s is one of forbidden_account_ids: %w", id, ErrAccountNotAllowed)
	}
	allowed := p.settings.AllowedAccountIDs
	if (len(allowed) > 0 || p.settings.AccountRoleName != "") && !slices.Contains(allowed, id) {
		return fmt.Errorf("account %s is not one of allowed_account_ids (%s): %w",
			id, strings.Join(allowed, ", "), ErrAccountNotAllowed)
	}
	return nil
}

// partitionOfARN is the partition of an ARN, or def for what is no ARN.
func partitionOfARN(text, def string) string {
	parsed, err := arn.Parse(text)
	if err != nil {
		return def
	}
	return parsed.Partition
}

// accountOf is the account of an ARN, "" for what is no ARN.
func accountOf(text string) string {
	parsed, err := arn.Parse(text)
	if err != nil {
		return ""
	}
	return parsed.AccountID
}
