package history_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

// BenchmarkStream lets 100,000 records arrive as pages bring them: each is parsed,
// graded and sifted, and the newest 200 are read again at the end. It runs on one core.
// "MB-live" is what the stream holds in the end, "MB-heap" the most that the heap held
// with garbage, both over what was there before.
func BenchmarkStream(b *testing.B) {
	const count = 100_000
	for name, q := range map[string]history.Question{
		"default": {MaxEvents: 200, IncludeFailed: true},
		// Whether a burst makes them severe enough, only later records tell.
		"undecided": {MaxEvents: 200, MinSeverity: events.SeverityHigh, Resources: []string{"u"}},
	} {
		b.Run(name, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			var spent time.Duration
			var live, most float64
			for b.Loop() {
				runtime.GC()
				before := heap()
				stream := history.NewStream(q)
				place := stream.Place("111122223333", iamRegion)
				for i := range count {
					event := streamed(count - i)
					began := time.Now()
					place.Collect(event)
					spent += time.Since(began)
					if i%2000 == 0 {
						most = max(most, heap()-before)
					}
				}
				runtime.GC()
				live = max(live, heap()-before)
				began := time.Now()
				found, err := stream.Finish()
				spent += time.Since(began)
				most = max(most, heap()-before)
				if err != nil || found.Total == 0 {
					b.Fatalf("%d events: %v", found.Total, err)
				}
			}
			b.ReportMetric(float64(b.N)*count/spent.Seconds(), "records/s")
			b.ReportMetric(live, "MB-live")
			b.ReportMetric(most, "MB-heap")
		})
	}
}

// heap is what the heap holds, in MB.
func heap() float64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc) / (1 << 20)
}
