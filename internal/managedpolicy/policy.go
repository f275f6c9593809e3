package managedpolicy

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// Policy is a customer managed policy. As a wish it needs neither DefaultVersion
// nor Created.
type Policy struct {
	// ARN follows from account, Path and Name; see ARN.
	ARN string
	// Name has at most 128 characters; Path begins and ends with a slash.
	Name, Path string
	// Description is written when the policy is made, and never changed.
	Description string
	// Document is the text of the default version, as JSON.
	Document string
	Tags     map[string]string
	Attachments
	// DefaultVersion is the ID of the version in force, such as "v3".
	DefaultVersion string
	Created        time.Time
}

// Attachments are the names of what a policy is attached to, in any order.
type Attachments struct{ Groups, Users, Roles []string }

// ARN is the ARN of a policy of this path and name.
func ARN(partition, accountID, path, name string) string {
	return fmt.Sprintf("arn:%s:iam::%s:policy%s%s", partition, accountID, path, name)
}

// Partition is that of the account which an account argument selects, or "" where
// that cannot be told yet. A plan needs it for the ARNs of types without a region.
func Partition(ctx context.Context, pool *account.Pool, selection string) string {
	if pool == nil {
		return ""
	}
	reached, err := pool.Account(ctx, selection)
	if err != nil {
		return ""
	}
	return reached.Partition
}

// Differences names the attributes in which two policies differ: policy_json,
// groups, users, roles and tags. Documents are compared by meaning, and tags of
// AWS itself do not count.
func Differences(have, want Policy) []string {
	var names []string
	for _, part := range []struct {
		name    string
		differs bool
	}{
		{"policy_json", !policy.Same(have.Document, want.Document)},
		{"groups", !sameNames(have.Groups, want.Groups)},
		{"users", !sameNames(have.Users, want.Users)},
		{"roles", !sameNames(have.Roles, want.Roles)},
		{"tags", !sameTags(have.Tags, want.Tags)},
	} {
		if part.differs {
			names = append(names, part.name)
		}
	}
	return names
}

func sameNames(a, b []string) bool {
	return len(without(a, b))+len(without(b, a)) == 0
}

func sameTags(a, b map[string]string) bool {
	set, remove := framework.TagChanges(a, b)
	return len(set)+len(remove) == 0
}

// without are the names of a that are not in b, sorted.
func without(a, b []string) []string {
	var left []string
	for _, name := range a {
		if !slices.Contains(b, name) {
			left = append(left, name)
		}
	}
	slices.Sort(left)
	return slices.Compact(left)
}

func tagList(tags map[string]string) []types.Tag {
	var list []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}
