package account

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// Rate is a token bucket: Limit calls a second, Burst at once.
type Rate struct {
	Limit rate.Limit
	Burst int
}

// Rates maps a bucket to its rate. APIs that share a quota share a bucket.
type Rates map[string]Rate

// Buckets of the documented CloudTrail quotas.
const (
	paceLookup = "cloudtrail:LookupEvents"
	paceRead   = "cloudtrail:read"
	paceWrite  = "cloudtrail:write"
)

// DefaultRates are the quotas that AWS documents: 2 a second for LookupEvents,
// 10 for the Get, Describe and List calls of CloudTrail, 1 for its other calls;
// each for one account in one region. The burst of LookupEvents stays at one
// call below AWS's, because calls arrive less evenly than they leave.
func DefaultRates() Rates {
	return Rates{
		paceLookup: {Limit: 2, Burst: 1},
		paceRead:   {Limit: 10, Burst: 10},
		paceWrite:  {Limit: 1, Burst: 1},
	}
}

// UniformRates gives every documented bucket the same rate, for tests against a
// server that is faster than AWS.
func UniformRates(perSecond float64, burst int) Rates {
	rates := DefaultRates()
	for bucket := range rates {
		rates[bucket] = Rate{Limit: rate.Limit(perSecond), Burst: burst}
	}
	return rates
}

// paceBucket names the bucket of an operation, or "" where AWS documents no rate.
func paceBucket(service, operation string) string {
	if service != "CloudTrail" {
		return ""
	}
	switch {
	case operation == "LookupEvents":
		return paceLookup
	case isRead(operation):
		return paceRead
	default:
		return paceWrite
	}
}

type paceKey struct{ account, region, bucket string }

// pacer owns one limiter per account, region and bucket.
type pacer struct {
	runtime  Runtime
	mu       sync.Mutex
	limiters map[paceKey]*rate.Limiter
}

func newPacer(runtime Runtime) *pacer {
	return &pacer{runtime: runtime, limiters: map[paceKey]*rate.Limiter{}}
}

// wait blocks until the bucket has a token, or the context ends.
func (p *pacer) wait(ctx context.Context, key paceKey) error {
	limiter := p.limiter(key)
	if limiter == nil {
		return nil
	}
	now := p.runtime.Clock()
	reservation := limiter.ReserveN(now, 1)
	delay := reservation.DelayFrom(now)
	if delay <= 0 {
		return nil
	}
	if err := p.runtime.Sleep(ctx, delay); err != nil {
		reservation.CancelAt(p.runtime.Clock())
		return err
	}
	return nil
}

func (p *pacer) limiter(key paceKey) *rate.Limiter {
	pace, ok := p.runtime.Rates[key.bucket]
	if !ok {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	limiter, ok := p.limiters[key]
	if !ok {
		limiter = rate.NewLimiter(pace.Limit, pace.Burst)
		p.limiters[key] = limiter
	}
	return limiter
}

// middleware paces each attempt of each call, retried ones included.
func (p *pacer) middleware(cfg *aws.Config, accountID string) {
	step := middleware.FinalizeMiddlewareFunc("iamguardPace",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
			middleware.FinalizeOutput, middleware.Metadata, error,
		) {
			key := paceKey{
				account: accountID,
				region:  awsmiddleware.GetRegion(ctx),
				bucket:  paceBucket(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)),
			}
			if err := p.wait(ctx, key); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			sent := p.runtime.Clock()
			out, metadata, err := next.HandleFinalize(ctx, in)
			countAttempt(ctx, p.runtime.Clock().Sub(sent))
			return out, metadata, err
		})
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(step, "Retry", middleware.After)
	})
}

// Counter counts the attempts of calls, retried ones included, once each is over.
type Counter struct{ attempts, waited atomic.Int64 }

// Attempts is how many requests were answered, or failed, so far.
func (c *Counter) Attempts() int64 {
	return c.attempts.Load()
}

// Latency is how long a request took on average, without the wait for its turn.
func (c *Counter) Latency() time.Duration {
	attempts := c.attempts.Load()
	if attempts == 0 {
		return 0
	}
	return time.Duration(c.waited.Load() / attempts)
}

type counterKey struct{}

// WithCounter counts the requests that calls made with the context send.
func WithCounter(ctx context.Context, counter *Counter) context.Context {
	return context.WithValue(ctx, counterKey{}, counter)
}

func countAttempt(ctx context.Context, took time.Duration) {
	if counter, ok := ctx.Value(counterKey{}).(*Counter); ok {
		counter.attempts.Add(1)
		counter.waited.Add(int64(took))
	}
}
