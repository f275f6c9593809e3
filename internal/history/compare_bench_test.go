package history_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/account"
	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// way is one of the ways to find the removals of the last day.
type way struct {
	name string
	// find gives how many removals it has found.
	find func(b *testing.B, stage *providertest.Stage) int
}

func ways() []way {
	return []way{
		{"iamguard_risky_events", findByDataSource},
		{"aws cloudtrail lookup-events, one a name", findByCLI},
		{"SDK paginator over the event source, 60 s", findBySource},
		{"SDK, all names at once, default retries", findAtOnce},
	}
}

// density is how much happens in an account in a day.
type density struct {
	name                string
	reads, each, others int
}

// BenchmarkLookUps finds the removals of a day in each way, at the real two calls a
// second, in an account of its own each. One run takes about three minutes, so there
// is no second one.
func BenchmarkLookUps(b *testing.B) {
	names := removalNames(b)
	table := fmt.Sprintf("%-12s %-42s %8s %9s %8s\n", "account", "way", "calls", "seconds", "lost")
	for _, level := range []density{{"quiet", 12, 1, 100}, {"busy", 30_000, 50, 100_000}} {
		for n, one := range ways() {
			stage := providertest.NewStage(b)
			stage.SetLookup(localaws.Lookup{Rate: 2})
			mix := iamMix(stage, 1)
			mix.Exactly = exactly(names, level.each)
			stage.Seed(level.reads, mix, 1)
			mix.Share, mix.Exactly = map[string]int{"ec2.amazonaws.com:RunInstances": 1}, nil
			stage.Seed(level.others, mix, 2)
			began := time.Now()
			found := one.find(b, stage)
			seconds := time.Since(began).Seconds()
			if found < 0 {
				table += fmt.Sprintf("%-12s %-42s skipped: it is not on PATH\n", level.name, one.name)
				continue
			}
			calls := len(stage.Calls(localaws.Named("cloudtrail:LookupEvents")))
			lost := len(names)*level.each - found
			table += fmt.Sprintf("%-12s %-42s %8d %9.1f %8d\n", level.name, one.name, calls, seconds, lost)
			if n == 0 && lost != 0 {
				b.Errorf("the data source has lost %d events", lost)
			}
		}
	}
	b.Log("\n" + table)
}

func findByDataSource(b *testing.B, stage *providertest.Stage) int {
	b.Helper()
	server := providertest.NewServer(b, account.Runtime{})
	if diags := server.Configure(b, stage.ProviderArguments(stage.Admin())); len(diags) > 0 {
		b.Fatal(providertest.Text(diags))
	}
	state, diags := server.ReadData(b, riskyEvents, map[string]any{"presets": texts("iam_removal"), "lookback": "1d"})
	if state == nil {
		b.Fatal(providertest.Text(diags))
	}
	expect(b, state, map[string]any{"complete": true})
	count, _ := state["event_count"].(int64)
	return int(count)
}

// findByCLI is what a loop in a shell does; a name that fails is lost.
func findByCLI(b *testing.B, stage *providertest.Stage) int {
	b.Helper()
	if _, err := exec.LookPath("aws"); err != nil {
		return -1
	}
	found := 0
	for _, name := range removalNames(b) {
		command := exec.CommandContext(b.Context(), "aws", "cloudtrail", "lookup-events", "--region", iamRegion, "--output", "json",
			"--start-time", fmt.Sprint(stage.Clock.Now().Add(-24*time.Hour).Unix()),
			"--lookup-attributes", "AttributeKey=EventName,AttributeValue="+name)
		command.Env = stage.Environ(stage.Admin())
		out, err := command.Output()
		var answer struct{ Events []struct{ EventID string } }
		if err == nil && json.Unmarshal(bytes.TrimSpace(out), &answer) == nil {
			found += len(answer.Events)
		}
	}
	return found
}

// pages reads all pages of an attribute and counts the removals, until it fails.
func pages(
	ctx context.Context,
	stage *providertest.Stage,
	config aws.Config,
	by types.LookupAttributeKey,
	value, names string,
) int {
	config.Region = iamRegion
	input := &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: by, AttributeValue: aws.String(value)}},
		StartTime:        aws.Time(stage.Clock.Now().Add(-24 * time.Hour)),
	}
	found := 0
	for pager := cloudtrail.NewLookupEventsPaginator(cloudtrail.NewFromConfig(config), input); pager.HasMorePages(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return found
		}
		for _, event := range page.Events {
			if strings.Contains(names, " "+aws.ToString(event.EventName)+" ") {
				found++
			}
		}
	}
	return found
}

func findBySource(b *testing.B, stage *providertest.Stage) int {
	b.Helper()
	ctx, cancel := context.WithTimeoutCause(b.Context(), time.Minute, errors.New("a minute is over"))
	defer cancel()
	return pages(ctx, stage, stage.SDK(stage.Admin()), types.LookupAttributeKeyEventSource, iamSource,
		" "+strings.Join(removalNames(b), " ")+" ")
}

func findAtOnce(b *testing.B, stage *providertest.Stage) int {
	b.Helper()
	config := stage.SDK(stage.Admin())
	names := removalNames(b)
	found := make([]int, len(names))
	var asking sync.WaitGroup
	for i, name := range names {
		asking.Go(func() {
			found[i] = pages(b.Context(), stage, config, types.LookupAttributeKeyEventName, name, " "+name+" ")
		})
	}
	asking.Wait()
	total := 0
	for _, n := range found {
		total += n
	}
	return total
}
