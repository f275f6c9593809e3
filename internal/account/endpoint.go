package account

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
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

// EndpointNames are the services whose endpoint the provider can replace, by the
// name of the argument.
func EndpointNames() []string {
	return []string{
		"cloudtrail", "eventbridge", "iam", "kms", "logs", "organizations", "s3", "secretsmanager", "sns", "sqs", "ssm", "ssoadmin",
		"sts",
	}
}

// serviceIDs maps an endpoint name to the SDK's service ID, which is what the
// environment and the shared configuration name an endpoint by.
var serviceIDs = map[string]string{
	"cloudtrail":     cloudtrail.ServiceID,
	"eventbridge":    eventbridge.ServiceID,
	"iam":            iam.ServiceID,
	"kms":            kms.ServiceID,
	"logs":           cloudwatchlogs.ServiceID,
	"organizations":  organizations.ServiceID,
	"s3":             s3.ServiceID,
	"secretsmanager": secretsmanager.ServiceID,
	"sns":            sns.ServiceID,
	"sqs":            sqs.ServiceID,
	"ssm":            ssm.ServiceID,
	"ssoadmin":       ssoadmin.ServiceID,
	"sts":            sts.ServiceID,
}

// ForeignEndpoints lists the endpoints, as "service: URL", that are neither
// Amazon's nor on this machine: whoever answers there can say that all is well.
// It looks at the provider's endpoints, the AWS_ENDPOINT_URL variables and the
// endpoint_url settings of the shared configuration, and calls nobody. Provider
// arguments that are not known yet are left out.
func (p *Pool) ForeignEndpoints(ctx context.Context) ([]string, error) {
	sources, everywhere, err := p.endpointSources(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the shared AWS configuration: %w", err)
	}
	var foreign []string
	for _, name := range EndpointNames() {
		address, ok := p.settings.Endpoints[name]
		if !ok {
			address = endpointFromSources(ctx, sources, serviceIDs[name], everywhere)
		}
		if address != "" && isForeign(address) {
			foreign = append(foreign, name+": "+withoutSecrets(address))
		}
	}
	return foreign, nil
}

// endpointSources are the environment and the shared configuration, read the way
// the credentials will be, and the endpoint that they name for all services. While
// it is not known which profile or files count, only the environment is asked.
func (p *Pool) endpointSources(ctx context.Context) (sources []any, everywhere string, err error) {
	for _, argument := range []string{"profile", "shared_config_files", "shared_credentials_files"} {
		if p.settings.Unknown[argument] {
			environment, err := config.NewEnvConfig()
			return []any{environment}, environment.BaseEndpoint, err
		}
	}
	base := p.settings.Base
	options := []func(*config.LoadOptions) error{config.WithSharedConfigProfile(base.Profile)}
	configFiles, err := base.ResolveSharedConfigFiles()
	if err != nil {
		return nil, "", err
	}
	if len(configFiles) > 0 {
		options = append(options, config.WithSharedConfigFiles(configFiles))
	}
	credentialsFiles, err := base.ResolveSharedCredentialsFiles()
	if err != nil {
		return nil, "", err
	}
	if len(credentialsFiles) > 0 {
		options = append(options, config.WithSharedCredentialsFiles(credentialsFiles))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	return loaded.ConfigSources, aws.ToString(loaded.BaseEndpoint), err
}

// endpointFromSources asks the environment and the shared configuration, in the
// SDK's own order: what they name for the service, else for all services.
func endpointFromSources(ctx context.Context, sources []any, serviceID, everywhere string) string {
	type serviceEndpoints interface {
		GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
	}
	type ignoresEndpoints interface {
		GetIgnoreConfiguredEndpoints(ctx context.Context) (bool, bool, error)
	}
	for _, source := range sources {
		if ignoring, ok := source.(ignoresEndpoints); ok {
			if ignore, found, err := ignoring.GetIgnoreConfiguredEndpoints(ctx); err == nil && found && ignore {
				return ""
			}
		}
	}
	for _, source := range sources {
		if named, ok := source.(serviceEndpoints); ok {
			if address, found, err := named.GetServiceBaseEndpoint(ctx, serviceID); err == nil && found {
				return address
			}
		}
	}
	return everywhere
}

// withoutSecrets is a URL without the password it may hold; what cannot be read
// is not shown.
func withoutSecrets(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "a text that is not a URL"
	}
	return parsed.Redacted()
}

// isForeign judges the host name; what cannot be read counts as foreign.
func isForeign(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" {
		return true
	}
	host := strings.ToLower(strings.TrimSuffix(parsed.Hostname(), "."))
	if ip := net.ParseIP(host); ip != nil {
		return !ip.IsLoopback()
	}
	if host == "localhost" {
		return false
	}
	return !slices.ContainsFunc(dnsSuffixes(), func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}
