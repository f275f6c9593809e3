package account

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// EndpointNames are the services whose endpoint the provider can replace, by the
// name of the argument.
func EndpointNames() []string {
	return []string{"cloudtrail", "iam", "kms", "s3", "sts"}
}

// serviceIDs maps an endpoint name to the SDK's service ID, which is what the
// environment and the shared configuration name an endpoint by.
var serviceIDs = map[string]string{
	"cloudtrail": cloudtrail.ServiceID,
	"iam":        iam.ServiceID,
	"kms":        kms.ServiceID,
	"s3":         s3.ServiceID,
	"sts":        sts.ServiceID,
}

// ForeignEndpoints lists the endpoints, as "service: URL", that are neither
// Amazon's nor on this machine: whoever answers there can say that all is well.
// It looks at the provider's endpoints, the AWS_ENDPOINT_URL variables and the
// endpoint_url settings of the shared configuration, and calls nobody.
func (p *Pool) ForeignEndpoints(ctx context.Context) ([]string, error) {
	options := []func(*config.LoadOptions) error{config.WithSharedConfigProfile(p.settings.Base.Profile)}
	if files := p.settings.Base.SharedConfigFiles; len(files) > 0 {
		options = append(options, config.WithSharedConfigFiles(files))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("reading the shared AWS configuration: %w", err)
	}
	var foreign []string
	for _, name := range EndpointNames() {
		address, ok := p.settings.Endpoints[name]
		if !ok {
			address = endpointFromSources(ctx, loaded.ConfigSources, serviceIDs[name])
		}
		if address != "" && isForeign(address) {
			foreign = append(foreign, name+": "+address)
		}
	}
	return foreign, nil
}

// endpointFromSources asks the environment and the shared configuration, in the
// SDK's own order.
func endpointFromSources(ctx context.Context, sources []any, serviceID string) string {
	type serviceEndpoints interface {
		GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
	}
	for _, source := range sources {
		if named, ok := source.(serviceEndpoints); ok {
			if address, found, err := named.GetServiceBaseEndpoint(ctx, serviceID); err == nil && found {
				return address
			}
		}
	}
	return ""
}

// isForeign judges the host name; what cannot be read counts as foreign.
func isForeign(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" {
		return true
	}
	host := parsed.Hostname()
	if ip := net.ParseIP(host); ip != nil {
		return !ip.IsLoopback()
	}
	if host == "localhost" {
		return false
	}
	return !slices.ContainsFunc(dnsSuffixes(), func(suffix string) bool { return strings.HasSuffix(host, suffix) })
}
