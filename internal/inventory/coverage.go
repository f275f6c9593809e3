package inventory

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"golang.org/x/sync/errgroup"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
)

// globalSources are the services whose events a trail of one region takes only if
// it includes the events of global services, in their own region too.
var globalSources = []string{"iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"}

// GapCode names a way in which removals go unrecorded.
type GapCode string

// The ways of not covering, from the outermost to the innermost.
const (
	// GapNoTrail: the account has no trail at all.
	GapNoTrail GapCode = "no_trail"
	// GapRegion: a trail exists, but does not apply to the region asked about.
	GapRegion GapCode = "other_region"
	// GapLoggingOff: the trail is stopped.
	GapLoggingOff GapCode = "logging_off"
	// GapSelectors: the trail's selectors leave management writes out.
	GapSelectors GapCode = "selectors"
	// GapDelivery: the trail records, but cannot deliver to its bucket.
	GapDelivery GapCode = "delivery"
	// GapUnreadable: what the trail does could not be read, so it does not count.
	GapUnreadable GapCode = "unreadable"
)

// Gap is one reason of one trail; TrailARN is "" where there is none.
type Gap struct {
	Code              GapCode
	TrailARN, Message string
}

// CoveringTrail is a trail as the question sees it.
type CoveringTrail struct {
	Name, ARN, HomeRegion                   string
	MultiRegion, Organization, GlobalEvents bool
	Logging, LogsManagementWrites, Readable bool
	DeliveryError                           string
	// Records: management writes of the source go through this trail.
	// Delivers: they also reach its bucket.
	Records, Delivers bool
	gap               *Gap
}

// Coverage answers for one account, one region and one event source.
type Coverage struct {
	// Region is where the events in question are recorded.
	Region string
	// Recorded: a trail records and delivers them. Alertable: EventBridge sees
	// them, which needs a trail that is on, but no delivery.
	Recorded, Alertable bool
	Trails              []CoveringTrail
	Gaps                []Gap
}

// TrailCoverage reads which trails of an account record the management writes of
// an event source (such as "iam.amazonaws.com") in a region: two lists, and two
// calls for each trail that applies there.
func TrailCoverage(ctx context.Context, in *account.Account, region, source string) (Coverage, error) {
	seen, err := readTrails(ctx, in, region)
	if err != nil {
		return Coverage{Region: region}, err
	}
	return seen.coverage(source), nil
}

// sight is what an account's trails do in a region, whatever the source.
type sight struct {
	region    string
	applying  []appliedTrail
	elsewhere []types.TrailInfo
}

// appliedTrail is a trail that applies to the region, and how it fares.
type appliedTrail struct {
	CoveringTrail

	status    TrailStatus
	selectors Selectors
	// denied is the action without which it could not be read, "" where it was.
	denied string
}

func readTrails(ctx context.Context, in *account.Account, region string) (sight, error) {
	seen := sight{region: region}
	applying, err := describeTrails(ctx, in.CloudTrail(region))
	if err != nil {
		return seen, err
	}
	if seen.elsewhere, err = otherTrails(ctx, in.CloudTrail(region), applying); err != nil {
		return seen, err
	}
	seen.applying = make([]appliedTrail, len(applying))
	calls, ctx := errgroup.WithContext(ctx)
	for i, trail := range applying {
		calls.Go(func() (err error) {
			seen.applying[i], err = readApplied(ctx, in, region, trail)
			return err
		})
	}
	return seen, calls.Wait()
}

// coverage judges the trails for one source.
func (s sight) coverage(source string) Coverage {
	coverage := Coverage{Region: s.region, Trails: make([]CoveringTrail, len(s.applying))}
	for i, trail := range s.applying {
		coverage.Trails[i] = trail.judge(source)
	}
	coverage.conclude(s.elsewhere)
	return coverage
}

// describeTrails lists the trails that apply to a region, those homed elsewhere
// included; DescribeTrails has no pages.
func describeTrails(ctx context.Context, client *cloudtrail.Client) ([]types.Trail, error) {
	out, err := client.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	return out.TrailList, nil
}

// otherTrails lists the trails of the account that are not among the given ones.
func otherTrails(ctx context.Context, client *cloudtrail.Client, known []types.Trail) ([]types.TrailInfo, error) {
	var others []types.TrailInfo
	pages := cloudtrail.NewListTrailsPaginator(client, &cloudtrail.ListTrailsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, trail := range page.Trails {
			if !slices.ContainsFunc(known, func(k types.Trail) bool { return aws.ToString(k.TrailARN) == aws.ToString(trail.TrailARN) }) {
				others = append(others, trail)
			}
		}
	}
	return others, nil
}

func readApplied(ctx context.Context, in *account.Account, region string, trail types.Trail) (appliedTrail, error) {
	home := aws.ToString(trail.HomeRegion)
	if home == "" {
		home = region
	}
	read := appliedTrail{CoveringTrail: CoveringTrail{
		Name: aws.ToString(trail.Name), ARN: aws.ToString(trail.TrailARN), HomeRegion: home,
		MultiRegion: aws.ToBool(trail.IsMultiRegionTrail), Organization: aws.ToBool(trail.IsOrganizationTrail),
		GlobalEvents: aws.ToBool(trail.IncludeGlobalServiceEvents),
	}}
	client := in.CloudTrail(home)
	status, err := readStatus(ctx, client, read.ARN)
	if err == nil {
		read.status = status
		read.selectors, err = readSelectors(ctx, client, read.ARN)
	}
	if failed := account.AsError(err); failed != nil && errors.Is(err, account.ErrDenied) {
		read.denied = failed.Action()
		return read, nil
	}
	return read, err
}

func (a appliedTrail) judge(source string) CoveringTrail {
	t := a.CoveringTrail
	if a.denied != "" {
		t.gap = &Gap{
			Code: GapUnreadable, TrailARN: t.ARN,
			Message: "Trail " + t.Name + " could not be read (" + a.denied + " is denied), so it is not counted as covering.",
		}
		return t
	}
	t.Readable, t.Logging, t.DeliveryError = true, a.status.Logging, a.status.DeliveryError
	writes, why := a.selectors.LogsWrites(source)
	if writes && !t.MultiRegion && !t.GlobalEvents && slices.Contains(globalSources, source) {
		writes, why = false, "the events of global services such as IAM are left out"
	}
	t.LogsManagementWrites = writes
	t.Records = t.Logging && writes
	t.Delivers = t.Records && t.DeliveryError == ""
	switch {
	case !t.Logging:
		t.gap = &Gap{Code: GapLoggingOff, TrailARN: t.ARN, Message: "Logging of trail " + t.Name + " is off."}
	case !writes:
		t.gap = &Gap{
			Code:     GapSelectors,
			TrailARN: t.ARN,
			Message:  "Trail " + t.Name + " does not record management writes: " + why + ".",
		}
	case t.DeliveryError != "":
		t.gap = &Gap{
			Code:     GapDelivery,
			TrailARN: t.ARN,
			Message:  "Trail " + t.Name + " cannot deliver to its bucket: " + t.DeliveryError + ".",
		}
	}
	return t
}

// conclude adds up the trails, in the order of their ARNs.
func (c *Coverage) conclude(elsewhere []types.TrailInfo) {
	slices.SortFunc(c.Trails, func(a, b CoveringTrail) int { return strings.Compare(a.ARN, b.ARN) })
	for _, trail := range c.Trails {
		c.Alertable = c.Alertable || trail.Records
		c.Recorded = c.Recorded || trail.Delivers
		if trail.gap != nil {
			c.Gaps = append(c.Gaps, *trail.gap)
		}
	}
	for _, trail := range elsewhere {
		c.Gaps = append(c.Gaps, Gap{
			Code: GapRegion, TrailARN: aws.ToString(trail.TrailARN),
			Message: "Trail " + aws.ToString(trail.Name) + " records " + aws.ToString(trail.HomeRegion) +
				" only; the events asked about are recorded in " + c.Region + ".",
		})
	}
	if len(c.Trails)+len(elsewhere) == 0 {
		c.Gaps = append(c.Gaps, Gap{Code: GapNoTrail, Message: "The account has no trail."})
	}
}
