package events_test

import (
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

func BenchmarkParse(b *testing.B) {
	records := append(corpus(b, "traildiscover.jsonl.gz"), corpus(b, "panther.jsonl.gz")...)
	size := 0
	for _, record := range records {
		size += len(record)
	}
	events.Catalog()
	b.SetBytes(int64(size / len(records)))
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		record, err := events.Parse(records[i%len(records)])
		if err != nil {
			b.Fatal(err)
		}
		events.Grade(record)
		i++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
