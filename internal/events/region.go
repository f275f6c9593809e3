package events

// RegionRule says by which rule AWS chooses the Region that records a call,
// and with it where EventBridge and LookupEvents have it. The Regions of each
// partition are not known here.
type RegionRule string

// The region rules of the catalogue.
const (
	// RegionRegional means the Region the call was made in; for a bucket or a
	// trail, its own Region.
	RegionRegional RegionRule = "regional"
	// RegionPartitionGlobal means the one event Region of a global service in
	// the partition, wherever the caller is: us-east-1 for IAM in aws.
	RegionPartitionGlobal RegionRule = "partition_global"
	// RegionIdentityCenterHome means the home Region of the IAM Identity Center
	// instance, which only the account knows.
	RegionIdentityCenterHome RegionRule = "identity_center_home"
	// RegionHome means the home Region of another service's installation: the
	// landing zone of Control Tower.
	RegionHome RegionRule = "home"
)

// RegionRules returns every rule the catalogue may use.
func RegionRules() []RegionRule {
	return []RegionRule{RegionRegional, RegionPartitionGlobal, RegionIdentityCenterHome, RegionHome}
}

// Global says whether one Region per partition records the call.
func (r RegionRule) Global() bool { return r == RegionPartitionGlobal }

// Home says whether a home Region that differs by account records the call.
func (r RegionRule) Home() bool { return r == RegionIdentityCenterHome || r == RegionHome }

// Region says where a call is recorded.
type Region struct {
	// Rule is the rule that chooses the Region.
	Rule RegionRule `json:"rule"`
	// Where is the rule in words, with the account where that matters.
	Where string `json:"where"`
}

// RegionService returns the service whose event Region or home Region the
// rule means: "iam", "organizations" or "account" for partition_global (their
// Regions differ by partition), "sso" for everything in the Identity Center
// home Region, "controltower" for its landing zone, and "" for regional
// events.
func (e Event) RegionService() string {
	switch e.Region.Rule {
	case RegionPartitionGlobal, RegionHome:
		return e.Service()
	case RegionIdentityCenterHome:
		return "sso"
	case RegionRegional:
	}
	return ""
}
