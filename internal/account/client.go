package account

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Account is one AWS account as one principal sees it. Its clients are made at
// first use and kept, one a region.
type Account struct {
	// ID has 12 digits; "" only under skip_requesting_account_id.
	ID string
	// Partition is "aws", "aws-us-gov", "aws-cn", ….
	Partition string
	// CallerARN is the principal AWS sees; "" under skip_requesting_account_id.
	CallerARN string

	pool    *Pool
	cfg     aws.Config
	region  string
	clients sync.Map
	// believed are the accounts that As made, by ID.
	believed sync.Map
}

// fallbackRegion signs STS calls while no region is configured.
const fallbackRegion = "us-east-1"

func (p *Pool) newAccount(cfg aws.Config, id, region string) *Account {
	account := &Account{ID: id, pool: p, cfg: cfg, region: region}
	account.Partition = "aws"
	if partition, err := PartitionOf(region); err == nil {
		account.Partition = partition
	}
	return account
}

// identify asks STS who the credentials are. An account that was asked for by ID
// must be the one that answers.
func (p *Pool) identify(ctx context.Context, a *Account) error {
	if p.settings.SkipRequestingAccountID {
		return nil
	}
	client := sts.NewFromConfig(a.plainConfig(), a.endpoint("sts"), a.stsRegion)
	caller, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("asking who the credentials belong to: %w", err)
	}
	found := aws.ToString(caller.Account)
	if a.ID != "" && a.ID != found {
		return fmt.Errorf("%w: the role was to reach account %s, but its credentials belong to account %s (%s)",
			ErrWrongAccount, a.ID, found, aws.ToString(caller.Arn))
	}
	a.ID, a.CallerARN = found, aws.ToString(caller.Arn)
	if parsed, err := arn.Parse(a.CallerARN); err == nil {
		a.Partition = parsed.Partition
	}
	return nil
}

// Verified tells whether AWS itself said that the credentials belong to the account;
// it is false under skip_requesting_account_id.
func (a *Account) Verified() bool {
	return a.CallerARN != ""
}

// As is the same account under an ID that is believed and was not asked for. An
// account that is verified stays what it is.
func (a *Account) As(id string) *Account {
	if a.Verified() || a.ID != "" || id == "" {
		return a
	}
	believed := &Account{ID: id, Partition: a.Partition, pool: a.pool, cfg: a.cfg, region: a.region}
	kept, _ := a.believed.LoadOrStore(id, believed)
	if typed, ok := kept.(*Account); ok {
		return typed
	}
	return believed
}

// Callers are the principals that calls in the account are made by, in the end: the one that
// AWS sees, and that of the provider's own credentials where they are of the same account
// and assume a role in it.
func (a *Account) Callers(ctx context.Context) ([]string, error) {
	base, err := a.pool.base(ctx)
	if err != nil {
		return nil, err
	}
	callers := []string{a.CallerARN}
	if base.ID == a.ID && base.CallerARN != a.CallerARN {
		callers = append(callers, base.CallerARN)
	}
	return callers, nil
}

// Region is the default region of resources in this account, or ErrNoRegion.
func (a *Account) Region() (string, error) {
	if a.region != "" {
		return a.region, nil
	}
	if a.pool.settings.Unknown["region"] {
		return "", notKnownYet(`The provider argument "region"`)
	}
	return "", ErrNoRegion
}

// EventRegion is the region that records the events of a global service.
func (a *Account) EventRegion(service string) (string, error) {
	return a.pool.EventRegion(a.Partition, service)
}

// Pool is where the account came from.
func (a *Account) Pool() *Pool {
	return a.pool
}

// CloudTrail is the client of a region.
func (a *Account) CloudTrail(region string) *cloudtrail.Client {
	return client(a, "cloudtrail", region, func(cfg aws.Config) *cloudtrail.Client {
		return cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) {
			o.BaseEndpoint = a.override("cloudtrail", o.BaseEndpoint)
		})
	})
}

// S3 is the client of a region.
func (a *Account) S3(region string) *s3.Client {
	return client(a, "s3", region, func(cfg aws.Config) *s3.Client {
		return s3.NewFromConfig(cfg, func(o *s3.Options) { o.BaseEndpoint = a.override("s3", o.BaseEndpoint) })
	})
}

// KMS is the client of a region.
func (a *Account) KMS(region string) *kms.Client {
	return client(a, "kms", region, func(cfg aws.Config) *kms.Client {
		return kms.NewFromConfig(cfg, func(o *kms.Options) { o.BaseEndpoint = a.override("kms", o.BaseEndpoint) })
	})
}

// EventBridge is the client of a region.
func (a *Account) EventBridge(region string) *eventbridge.Client {
	return client(a, "eventbridge", region, func(cfg aws.Config) *eventbridge.Client {
		return eventbridge.NewFromConfig(cfg, func(o *eventbridge.Options) {
			o.BaseEndpoint = a.override("eventbridge", o.BaseEndpoint)
		})
	})
}

// SNS is the client of a region.
func (a *Account) SNS(region string) *sns.Client {
	return client(a, "sns", region, func(cfg aws.Config) *sns.Client {
		return sns.NewFromConfig(cfg, func(o *sns.Options) { o.BaseEndpoint = a.override("sns", o.BaseEndpoint) })
	})
}

// SQS is the client of a region.
func (a *Account) SQS(region string) *sqs.Client {
	return client(a, "sqs", region, func(cfg aws.Config) *sqs.Client {
		return sqs.NewFromConfig(cfg, func(o *sqs.Options) { o.BaseEndpoint = a.override("sqs", o.BaseEndpoint) })
	})
}

// SecretsManager is the client of a region.
func (a *Account) SecretsManager(region string) *secretsmanager.Client {
	return client(a, "secretsmanager", region, func(cfg aws.Config) *secretsmanager.Client {
		return secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) {
			o.BaseEndpoint = a.override("secretsmanager", o.BaseEndpoint)
		})
	})
}

// SSM is the Systems Manager client of a region.
func (a *Account) SSM(region string) *ssm.Client {
	return client(a, "ssm", region, func(cfg aws.Config) *ssm.Client {
		return ssm.NewFromConfig(cfg, func(o *ssm.Options) { o.BaseEndpoint = a.override("ssm", o.BaseEndpoint) })
	})
}

// Logs is the CloudWatch Logs client of a region.
func (a *Account) Logs(region string) *cloudwatchlogs.Client {
	return client(a, "logs", region, func(cfg aws.Config) *cloudwatchlogs.Client {
		return cloudwatchlogs.NewFromConfig(cfg, func(o *cloudwatchlogs.Options) {
			o.BaseEndpoint = a.override("logs", o.BaseEndpoint)
		})
	})
}

// IAM is the client of the partition's one IAM region.
func (a *Account) IAM() (*iam.Client, error) {
	region, err := a.EventRegion("iam")
	if err != nil {
		return nil, err
	}
	return client(a, "iam", region, func(cfg aws.Config) *iam.Client {
		return iam.NewFromConfig(cfg, func(o *iam.Options) { o.BaseEndpoint = a.override("iam", o.BaseEndpoint) })
	}), nil
}

// Organizations is the client of the partition's one region of AWS Organizations.
func (a *Account) Organizations() (*organizations.Client, error) {
	region, err := a.EventRegion("organizations")
	if err != nil {
		return nil, err
	}
	return client(a, "organizations", region, func(cfg aws.Config) *organizations.Client {
		return organizations.NewFromConfig(cfg, func(o *organizations.Options) {
			o.BaseEndpoint = a.override("organizations", o.BaseEndpoint)
		})
	}), nil
}

// SSOAdmin is the client of IAM Identity Center in a region.
func (a *Account) SSOAdmin(region string) *ssoadmin.Client {
	return client(a, "ssoadmin", region, func(cfg aws.Config) *ssoadmin.Client {
		return ssoadmin.NewFromConfig(cfg, func(o *ssoadmin.Options) {
			o.BaseEndpoint = a.override("ssoadmin", o.BaseEndpoint)
		})
	})
}

// client keeps one client per service and region; two callers that come at once
// may build two, of which one is kept.
func client[T any](a *Account, service, region string, build func(aws.Config) *T) *T {
	key := service + " " + region
	if kept, ok := a.clients.Load(key); ok {
		if typed, ok := kept.(*T); ok {
			return typed
		}
	}
	cfg := a.plainConfig()
	cfg.Region = region
	built := build(cfg)
	a.clients.Store(key, built)
	return built
}

// plainConfig is the SDK configuration with this package's layers on top.
func (a *Account) plainConfig() aws.Config {
	cfg := a.cfg.Copy()
	describeErrors(&cfg, a.ID)
	leaveOutOfLogs(&cfg)
	a.pool.pacer.middleware(&cfg, a.ID)
	return cfg
}

func (a *Account) override(service string, current *string) *string {
	if address, ok := a.pool.settings.Endpoints[service]; ok {
		return aws.String(address)
	}
	return current
}

func (a *Account) endpoint(service string) func(*sts.Options) {
	return func(o *sts.Options) { o.BaseEndpoint = a.override(service, o.BaseEndpoint) }
}

func (a *Account) stsRegion(o *sts.Options) {
	o.Region = cmp.Or(o.Region, fallbackRegion)
}
