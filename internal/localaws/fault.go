package localaws

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Kind is what a fault does.
type Kind int

// The kinds of fault.
const (
	// Throttle refuses for the rate, as HTTP 400.
	Throttle Kind = iota + 1
	// ServerError answers HTTP 500, InternalFailure; nothing is carried out.
	ServerError
	// Reset cuts the connection; nothing is carried out.
	Reset
	// Latency only takes time.
	Latency
	// Deny answers access denied, and the record loses its parameters as on AWS.
	Deny
	// Refuse answers the Code, Message and Status of the fault.
	Refuse
	// NotFoundReads waits for a write that succeeds in the service; after it the next Count reads (default 1) that match
	// answer "not found", as an eventually consistent service does.
	NotFoundReads
	// StaleReads waits for a write likewise; the next Count reads that match get the answer from before the write, if
	// the same read was made while the fault was there.
	StaleReads
	// LostAnswer lets the call be carried out and then cuts the connection, or answers Status when that is set.
	LostAnswer
	// PartialTargets lets PutTargets and RemoveTargets fail for their last target, with the Code and Message of the fault.
	PartialTargets
	// FailDelivery makes a target refuse an event of EventBridge, so that it is sent again. Service is that of the target,
	// Operation is "Deliver", and Params in Match are its Id and Arn. No call of a client is hit.
	FailDelivery
)

// Fault is a rule that makes calls of one account go wrong.
type Fault struct {
	// Service and Operation are as in [Call]; empty means any.
	Service, Operation string
	// Match narrows further; nil means any. It is asked before the call is carried out.
	Match func(Call) bool
	// Nth is the first matching call that is hit, counted from 1; 0 means every one.
	Nth int
	// Count is how many calls are hit at most; 0 means one when Nth is set, else no limit.
	Count int
	Kind  Kind
	// Code, Message and Status replace what the kind answers.
	Code, Message string
	Status        int
	// Latency is waited before the call, with any kind.
	Latency time.Duration
}

// injected is a fault at work.
type injected struct {
	Fault

	seen, hits, armed int
	before            map[string]*answer
}

const unknownError = "The request processing has failed because of an unknown error."

// verdict is what the faults decided about one call.
type verdict struct {
	latency time.Duration
	// answer is given instead of carrying the call out.
	answer *answer
	// lost is the fault that loses the answer afterwards.
	lost      bool
	status    int
	throttled bool
	injected  bool
}

// Inject adds a fault to the account; remove takes it away again.
func (a *Account) Inject(f Fault) (remove func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	added := &injected{Fault: f, before: map[string]*answer{}}
	a.faults = append(a.faults, added)
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.faults = slices.DeleteFunc(a.faults, func(other *injected) bool { return other == added })
	}
}

func (f *injected) matches(c Call) bool {
	return (f.Service == "" || f.Service == c.Service) &&
		(f.Operation == "" || f.Operation == c.Operation) &&
		(f.Match == nil || f.Match(c))
}

// due counts a matching call and says whether it is one to hit.
func (f *injected) due() bool {
	if f.Kind == NotFoundReads || f.Kind == StaleReads {
		return f.armed > 0
	}
	f.seen++
	limit := f.Count
	if limit == 0 && f.Nth > 0 {
		limit = 1
	}
	return f.seen >= f.Nth && (limit == 0 || f.hits < limit)
}

// elsewhere says that the fault is not one of whole calls.
func (f *injected) elsewhere() bool { return f.Kind == PartialTargets || f.Kind == FailDelivery }

// judge asks the faults about a call, in the order in which they were injected; latencies add up, the first other one wins.
func (a *Account) judge(x *exchange) verdict {
	a.mu.Lock()
	defer a.mu.Unlock()
	var v verdict
	for _, f := range a.faults {
		if f.elsewhere() || !f.matches(x.call) || ((f.Kind == NotFoundReads || f.Kind == StaleReads) && !x.call.ReadOnly) || !f.due() {
			continue
		}
		if f.Kind != Latency && v.injected {
			continue
		}
		f.hits++
		v.latency += f.Latency
		if f.Kind != Latency {
			f.decide(x, &v)
		}
	}
	return v
}

func (f *injected) decide(x *exchange, v *verdict) {
	switch f.Kind {
	case LostAnswer:
		v.lost, v.status = true, f.Status
	case Reset:
		v.answer = &answer{reset: true}
	case StaleReads:
		f.armed--
		v.answer = f.before[x.sameRead()]
		if v.answer == nil {
			return
		}
	case NotFoundReads:
		f.armed--
		v.answer = x.render(f.failure(x))
	case Throttle:
		v.throttled = true
		v.answer = x.render(f.failure(x))
	default:
		v.answer = x.render(f.failure(x))
	}
	v.injected = true
}

// failure is the error of the fault's kind, in the words of the service, with what the fault replaces.
func (f *injected) failure(x *exchange) *failure {
	var said *failure
	switch f.Kind {
	case Throttle:
		said = x.throttled()
	case Deny:
		said = x.denied()
	case NotFoundReads:
		said = x.notFound()
	default:
		said = fail(http.StatusInternalServerError, "InternalFailure", unknownError)
		if x.protocol == protocolS3 {
			said.code = "InternalError"
		}
	}
	if f.Code != "" {
		said.code = f.Code
	}
	if f.Message != "" {
		said.message = f.Message
	}
	if f.Status != 0 {
		said.status = f.Status
	}
	return said
}

func (x *exchange) throttled() *failure {
	switch x.protocol {
	case protocolQuery:
		return refuse("Throttling", "Rate exceeded")
	case protocolS3:
		return fail(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
	default:
		return refuse("ThrottlingException", "Rate exceeded")
	}
}

func (x *exchange) denied() *failure {
	action := x.call.Service + ":" + iamAction(x.call)
	message := "User: " + x.caller.ARN + " is not authorized to perform: " + action +
		" on resource: " + x.deniedResource() + " because no identity-based policy allows the " + action + " action"
	switch x.protocol {
	case protocolQuery:
		return fail(http.StatusForbidden, "AccessDenied", "%s", message)
	case protocolS3:
		return fail(http.StatusForbidden, "AccessDenied", "%s", message)
	default:
		return refuse("AccessDeniedException", "%s", message)
	}
}

// deniedResource names what was refused, for IAM in the words IAM uses.
func (x *exchange) deniedResource() string {
	if x.call.Service != "iam" {
		for _, r := range x.resources() {
			return r.name
		}
		return "*"
	}
	for _, kind := range []struct{ param, word string }{
		{"GroupName", "group "},
		{"RoleName", "role "},
		{"UserName", "user "},
		{"PolicyArn", "policy "},
		{"InstanceProfileName", "instance profile "},
		{"OpenIDConnectProviderArn", ""},
		{"SAMLProviderArn", ""},
		{"SerialNumber", ""},
	} {
		if name, ok := x.call.Params[kind.param].(string); ok {
			return kind.word + name
		}
	}
	return "*"
}

func (x *exchange) notFound() *failure {
	switch x.call.Service {
	case "iam":
		return fail(http.StatusNotFound, "NoSuchEntity", "The entity cannot be found.")
	case "s3":
		return fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist")
	case "cloudtrail":
		return refuse("TrailNotFoundException", "Unknown trail")
	case "kms":
		return refuse("NotFoundException", "The key does not exist")
	case "sns":
		return fail(http.StatusNotFound, "NotFound", "Topic does not exist")
	case "sqs":
		return refuse("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
	default:
		return refuse("ResourceNotFoundException", "The resource does not exist")
	}
}

// afterwards lets the faults that wait for a write, or remember reads, see the answer.
func (a *Account) afterwards(x *exchange, said *answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ok := x.failureOf(said) == nil
	for _, f := range a.faults {
		if f.Kind != NotFoundReads && f.Kind != StaleReads || f.Service != "" && f.Service != x.call.Service {
			continue
		}
		switch {
		case !x.call.ReadOnly && ok:
			f.armed = max(f.Count, 1)
		case x.call.ReadOnly && f.Kind == StaleReads && f.matches(x.call):
			f.before[x.sameRead()] = said
		}
	}
}

// sameRead tells reads with equal parameters.
func (x *exchange) sameRead() string {
	params, _ := json.Marshal(x.call.Params)
	return x.call.Region + " " + x.call.Name() + " " + string(params)
}

// lostAnswer is what the client sees of a call that was carried out.
func (v verdict) lostAnswer(x *exchange) *answer {
	if v.status == 0 {
		return &answer{reset: true}
	}
	said := fail(v.status, "InternalFailure", unknownError)
	return x.render(said)
}
