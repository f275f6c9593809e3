package account

import (
	"fmt"
	"strings"

	"github.com/hashicorp/aws-sdk-go-base/v2/endpoints"
)

// eventRegions says, by partition, in which region CloudTrail records the calls
// of services that have one global endpoint. The key "" holds for all services
// not named. Sources: the CloudTrail user guide on global service events,
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
// and the endpoint tables of IAM and Organizations.
var eventRegions = map[string]map[string]string{
	"aws":        {"": "us-east-1"},
	"aws-us-gov": {"": "us-gov-west-1"},
	"aws-cn":     {"": "cn-north-1", "organizations": "cn-northwest-1"},
}

// EventRegion is the region that records the events of a global service such as
// "iam" or "organizations" in a partition. The provider's event_regions come
// first; a partition without an entry in either is an error.
func (p *Pool) EventRegion(partition, service string) (string, error) {
	if p.settings.Unknown["event_regions"] {
		return "", notKnownYet(`The provider argument "event_regions"`)
	}
	if region, ok := p.settings.EventRegions[service]; ok {
		return region, nil
	}
	table, ok := eventRegions[partition]
	if !ok {
		return "", fmt.Errorf("partition %q records the events of %s in a region that iamguard does not know: "+
			"name it in the provider's event_regions = { %s = \"…\" }", partition, service, service)
	}
	if region, ok := table[service]; ok {
		return region, nil
	}
	return table[""], nil
}

// HomeEventRegion is the region that event_regions names for a service whose
// events are recorded in a home region (Identity Center, Control Tower), or "".
func (p *Pool) HomeEventRegion(service string) (string, error) {
	if p.settings.Unknown["event_regions"] {
		return "", notKnownYet(`The provider argument "event_regions"`)
	}
	return p.settings.EventRegions[service], nil
}

// PartitionOf is the partition of a region, for instance "aws-cn". A region that
// follows no partition's pattern is an error.
func PartitionOf(region string) (string, error) {
	partition, ok := endpoints.PartitionForRegion(endpoints.DefaultPartitions(), region)
	if !ok {
		return "", fmt.Errorf("region %q belongs to no known AWS partition", region)
	}
	return partition.ID(), nil
}

// dnsSuffixes are the host name ends that belong to AWS.
func dnsSuffixes() []string {
	var suffixes []string
	for _, partition := range endpoints.DefaultPartitions() {
		suffixes = append(suffixes, "."+partition.DNSSuffix())
	}
	return append(suffixes, ".api.aws", ".api.amazonwebservices.com.cn")
}

// ConsoleHost is the host of the AWS console in a partition.
func ConsoleHost(partition string) string {
	switch partition {
	case "aws-us-gov":
		return "console.amazonaws-us-gov.com"
	case "aws-cn":
		return "console.amazonaws.cn"
	}
	return "console.aws.amazon.com"
}

// IsAccountID tells whether text is a 12-digit account ID.
func IsAccountID(text string) bool {
	return len(text) == 12 && strings.Trim(text, "0123456789") == ""
}
