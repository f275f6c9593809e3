package localaws

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	trailsPerRegion = 5
	minTrailName    = 3
	maxTrailName    = 128
)

// trails is the CloudTrail of one account. doc.go says why it is kept here and not in moto.
type trails struct {
	mu   sync.Mutex
	list []*trail
}

func newTrails() *trails { return &trails{} }

// trail is one trail with all that belongs to it.
type trail struct {
	name, arn, region               string
	bucket, prefix, topic, topicARN string
	logGroup, logRole, key          string
	global, multi, validation, org  bool

	basic, advanced, insights []any
	tags                      []trailTag

	logging          bool
	started, stopped time.Time
	errors           DeliveryErrors
}

type trailTag struct{ Key, Value string }

// DeliveryErrors are what GetTrailStatus tells of a trail that logs but does not deliver, such as "AccessDenied".
type DeliveryErrors struct {
	Delivery, Notification, CloudWatchLogs, Digest string
}

// SetDeliveryErrors makes a trail of any region unhealthy, or healthy again with the zero value. False: no such trail.
func (a *Account) SetDeliveryErrors(name string, e DeliveryErrors) bool {
	a.trails.mu.Lock()
	defer a.trails.mu.Unlock()
	for _, t := range a.trails.list {
		if t.name == name || t.arn == name {
			t.errors = e
			return true
		}
	}
	return false
}

// trailHandler answers one operation while the account's trails are locked.
type trailHandler func(*exchange, trailInput) (*answer, error)

// trailInput is the union of the inputs of the operations. Pointers tell "not sent" from "sent empty".
type trailInput struct {
	Name, TrailName            string
	S3BucketName               *string
	S3KeyPrefix                *string
	SnsTopicName               *string
	CloudWatchLogsLogGroupArn  *string
	CloudWatchLogsRoleArn      *string
	KmsKeyId                   *string //nolint:revive // the name on the wire
	IncludeGlobalServiceEvents *bool
	IsMultiRegionTrail         *bool
	EnableLogFileValidation    *bool
	IsOrganizationTrail        *bool
	TagsList                   []trailTag
	TrailNameList              []string
	IncludeShadowTrails        *bool
	EventSelectors             []map[string]any
	AdvancedEventSelectors     []map[string]any
	InsightSelectors           []map[string]any
	EventDataStore             string
	ResourceId                 string   //nolint:revive // the name on the wire
	ResourceIdList             []string //nolint:revive // the name on the wire
}

var trailHandlers = map[string]trailHandler{
	"CreateTrail":         (*exchange).createTrail,
	"UpdateTrail":         (*exchange).updateTrail,
	"DeleteTrail":         (*exchange).deleteTrail,
	"GetTrail":            (*exchange).getTrail,
	"DescribeTrails":      (*exchange).describeTrails,
	"ListTrails":          (*exchange).listTrails,
	"GetTrailStatus":      (*exchange).getTrailStatus,
	"StartLogging":        (*exchange).startLogging,
	"StopLogging":         (*exchange).stopLogging,
	"PutEventSelectors":   (*exchange).putEventSelectors,
	"GetEventSelectors":   (*exchange).getEventSelectors,
	"PutInsightSelectors": (*exchange).putInsightSelectors,
	"GetInsightSelectors": (*exchange).getInsightSelectors,
	"AddTags":             (*exchange).addTags,
	"RemoveTags":          (*exchange).removeTags,
	"ListTags":            (*exchange).listTags,
}

func (h trailHandler) locked(x *exchange) (*answer, error) {
	var in trailInput
	if err := json.Unmarshal(x.body, &in); err != nil {
		return nil, refuse("SerializationException", "%v", err)
	}
	x.account.trails.mu.Lock()
	defer x.account.trails.mu.Unlock()
	return h(x, in)
}

func (x *exchange) trailARN(name string) string {
	for _, t := range x.account.trailsSeen() {
		if t.name == name && (t.region == x.call.Region || t.multi) {
			return t.arn
		}
	}
	return trailARN(x.call.Region, x.account.ID, name)
}

func trailARN(region, account, name string) string {
	return "arn:" + partitionOf(region) + ":cloudtrail:" + region + ":" + account + ":trail/" + name
}

// trailsSeen are copies, for those who do not hold the lock.
func (a *Account) trailsSeen() []trail {
	a.trails.mu.Lock()
	defer a.trails.mu.Unlock()
	copies := make([]trail, 0, len(a.trails.list))
	for _, t := range a.trails.list {
		copies = append(copies, *t)
	}
	return copies
}

var (
	trailARNForm = regexp.MustCompile(`^arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail/[A-Za-z0-9._-]{3,128}$`)
	ipAddress    = regexp.MustCompile(`^\d{1,3}(\.\d{1,3}){3}$`)
	nameChars    = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	nameEnds     = regexp.MustCompile(`^[A-Za-z0-9].*[A-Za-z0-9]$`)
	namePairs    = regexp.MustCompile(`[._-]{2}`)
)

// checkTrailName holds the six rules of names.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
func checkTrailName(name string) error {
	bad := func(message string) error {
		return refuse("InvalidTrailNameException", "%s", message)
	}
	switch {
	case len(name) < minTrailName:
		return bad("Trail name too short. Minimum allowed length: 3 characters.")
	case len(name) > maxTrailName:
		return bad("Trail name too long. Maximum allowed length: 128 characters.")
	case !nameChars.MatchString(name):
		return bad("Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), " +
			"hyphens (-), and underscores (_).")
	case !nameEnds.MatchString(name):
		return bad("Trail name must start and end with a letter or a number.")
	case namePairs.MatchString(name):
		return bad("Trail name cannot have adjacent periods, underscores or dashes.")
	case ipAddress.MatchString(name):
		return bad("Trail name cannot be in IP address format.")
	}
	return nil
}

// findTrail takes a name or an ARN. A multi-region trail is seen from every region, another one from its home only.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrail.html
func (x *exchange) findTrail(nameOrARN string) (*trail, error) {
	arn := nameOrARN
	if !strings.HasPrefix(nameOrARN, "arn:") {
		if err := checkTrailName(nameOrARN); err != nil {
			return nil, err
		}
		arn = trailARN(x.call.Region, x.account.ID, nameOrARN)
	} else if !trailARNForm.MatchString(nameOrARN) {
		return nil, refuse("CloudTrailARNInvalidException", "The ARN %s is not a valid trail ARN.", nameOrARN)
	}
	var shadow *trail
	for _, t := range x.account.trails.list {
		switch {
		case t.arn == arn && (t.region == x.call.Region || t.multi):
			return t, nil
		case t.multi && t.name == nameOrARN:
			shadow = t
		}
	}
	if shadow == nil {
		return nil, refuse("TrailNotFoundException", "Unknown trail: %s for the user: %s", arn, x.account.ID)
	}
	return shadow, nil
}

// ownTrail is findTrail for a change: only the home region may.
func (x *exchange) ownTrail(nameOrARN string) (*trail, error) {
	t, err := x.findTrail(nameOrARN)
	if err == nil && t.region != x.call.Region {
		return nil, refuse("InvalidHomeRegionException", "The trail %s can only be changed in its region %s.", t.arn, t.region)
	}
	return t, err
}

// described is a trail in the words of the API, with the fields that are set.
func (t *trail) described() map[string]any {
	d := map[string]any{
		"Name": t.name, "TrailARN": t.arn, "S3BucketName": t.bucket, "IncludeGlobalServiceEvents": t.global,
		"IsMultiRegionTrail": t.multi, "LogFileValidationEnabled": t.validation, "IsOrganizationTrail": t.org,
	}
	for name, value := range map[string]string{
		"S3KeyPrefix": t.prefix, "SnsTopicName": t.topicARN, "SnsTopicARN": t.topicARN, "KmsKeyId": t.key,
		"CloudWatchLogsLogGroupArn": t.logGroup, "CloudWatchLogsRoleArn": t.logRole,
	} {
		if value != "" {
			d[name] = value
		}
	}
	return d
}

// full is described, with what only reads tell.
func (t *trail) full() map[string]any {
	d := t.described()
	d["HomeRegion"] = t.region
	d["HasCustomEventSelectors"] = t.custom()
	d["HasInsightSelectors"] = len(t.insights) > 0
	return d
}

func (x *exchange) getTrail(in trailInput) (*answer, error) {
	t, err := x.findTrail(in.Name)
	if err != nil {
		return nil, err
	}
	return answerJSON(map[string]any{"Trail": t.full()})
}

// describeTrails leaves out names it does not know, without an error.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
func (x *exchange) describeTrails(in trailInput) (*answer, error) {
	shadows := in.IncludeShadowTrails == nil || *in.IncludeShadowTrails
	list := []any{}
	for _, t := range x.account.trails.list {
		here := t.region == x.call.Region
		names := in.TrailNameList
		named := len(names) == 0 || slices.Contains(names, t.name) || slices.Contains(names, t.arn)
		if named && (here || shadows && t.multi) {
			list = append(list, t.full())
		}
	}
	return answerJSON(map[string]any{"trailList": list})
}

// listTrails lists the trails of the account.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html
func (x *exchange) listTrails(trailInput) (*answer, error) {
	list := []any{}
	for _, t := range x.account.trails.list {
		list = append(list, map[string]any{"Name": t.name, "TrailARN": t.arn, "HomeRegion": t.region})
	}
	return answerJSON(map[string]any{"Trails": list})
}

// deleteTrail deletes at home only.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DeleteTrail.html
func (x *exchange) deleteTrail(in trailInput) (*answer, error) {
	t, err := x.ownTrail(in.Name)
	if err != nil {
		return nil, err
	}
	x.account.trails.list = slices.DeleteFunc(x.account.trails.list, func(other *trail) bool { return other == t })
	return answerJSON(map[string]any{})
}

func (x *exchange) startLogging(in trailInput) (*answer, error) {
	t, err := x.ownTrail(in.Name)
	if err != nil {
		return nil, err
	}
	t.logging, t.started = true, x.now
	return answerJSON(map[string]any{})
}

func (x *exchange) stopLogging(in trailInput) (*answer, error) {
	t, err := x.ownTrail(in.Name)
	if err != nil {
		return nil, err
	}
	t.logging, t.stopped = false, x.now
	return answerJSON(map[string]any{})
}

// getTrailStatus tells the delivery errors that a test injected, and times that do not move by themselves.
// See https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
func (x *exchange) getTrailStatus(in trailInput) (*answer, error) {
	t, err := x.findTrail(in.Name)
	if err != nil {
		return nil, err
	}
	const form = "2006-01-02T15:04:05Z"
	status := map[string]any{
		"IsLogging": t.logging, "LatestDeliveryAttemptTime": "", "LatestNotificationAttemptTime": "",
		"LatestNotificationAttemptSucceeded": "", "LatestDeliveryAttemptSucceeded": "",
		"TimeLoggingStarted": "", "TimeLoggingStopped": "",
	}
	if !t.started.IsZero() {
		status["StartLoggingTime"], status["TimeLoggingStarted"] = t.started.Unix(), t.started.Format(form)
		status["LatestDeliveryAttemptTime"] = t.started.Format(form)
		if t.errors.Delivery == "" {
			status["LatestDeliveryTime"], status["LatestDeliveryAttemptSucceeded"] = t.started.Unix(), t.started.Format(form)
		}
	}
	if !t.stopped.IsZero() {
		status["StopLoggingTime"], status["TimeLoggingStopped"] = t.stopped.Unix(), t.stopped.Format(form)
	}
	for name, value := range map[string]string{
		"LatestDeliveryError": t.errors.Delivery, "LatestNotificationError": t.errors.Notification,
		"LatestCloudWatchLogsDeliveryError": t.errors.CloudWatchLogs, "LatestDigestDeliveryError": t.errors.Digest,
	} {
		if value != "" {
			status[name] = value
		}
	}
	return answerJSON(status)
}
