// Command demo tells the story of the provider on a local AWS, from an empty account back to an empty account: configure,
// detect, explain, restore. What it prints of Terraform is Terraform's own text.
//
//	demo -provider .bin/terraform-provider-iamguard
//
// It needs terraform or tofu, and moto; it reaches nothing but loopback, and takes neither credentials nor settings from
// the environment. Ctrl-C ends it and everything it started. Exit codes: 0, 1 for a failure, 2 when something is missing,
// 130 when it was interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const (
	exitFailed      = 1
	exitMissing     = 2
	exitInterrupted = 130
)

const (
	// region is not the one that records IAM, so that the demo shows what a usual account does.
	region    = "eu-central-1"
	accountID = "111122223333"
)

func main() {
	// A closed terminal and a closed pipe clean up like an interrupt does.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	provider := flags.String("provider", filepath.Join(".bin", providerBinary), "the built provider")
	example := flags.String("example", filepath.Join("examples", "demo"), "folder of the configuration; it is copied, not changed")
	if flags.Parse(args) != nil {
		return exitMissing
	}
	began := time.Now()
	forgetSettings()
	if missing := whatIsMissing(ctx, *provider); len(missing) > 0 && ctx.Err() == nil {
		for _, line := range missing {
			_, _ = fmt.Fprintln(stderr, "missing: "+line)
		}
		return exitMissing
	}
	err := stage(ctx, setting{provider: *provider, example: *example}, &narrator{out: stdout, began: began})
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		_, _ = fmt.Fprintln(stderr, "\nInterrupted. The local AWS, Terraform and the working directory are gone.")
		return exitInterrupted
	}
	_, _ = fmt.Fprintf(stderr, "\nThe demo failed: %v\nThe local AWS, Terraform and the working directory are gone.\n", err)
	return exitFailed
}

// forgetSettings drops every variable that could reach a real account, or change what Terraform does or prints. Children
// inherit from here.
func forgetSettings() {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || (strings.HasPrefix(name, "TF_") && name != localaws.TerraformVariable) {
			_ = os.Unsetenv(name)
		}
	}
}

// whatIsMissing has a line for each thing, with how to get it.
func whatIsMissing(ctx context.Context, provider string) []string {
	missing := localaws.Doctor(ctx, io.Discard)
	if _, err := os.Stat(provider); err != nil {
		missing = append(missing, "the built provider: no file "+provider+"; run: make build")
	}
	return missing
}

// setting is what the command line says.
type setting struct{ provider, example string }

// stage starts the local AWS, tells the story, and leaves neither a process nor a file behind, however the story ends.
func stage(ctx context.Context, s setting, tell *narrator) (err error) {
	work, err := os.MkdirTemp("", "iamguard-demo-")
	if err != nil {
		return fmt.Errorf("make a working directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	// The local AWS outlives an interrupt until Terraform has ended, which otherwise would wait for answers. The zero options
	// are those of AWS: LookupEvents takes two calls a second.
	server, err := localaws.Start(context.WithoutCancel(ctx), localaws.Options{})
	if err != nil {
		return err
	}
	defer server.Close()
	account := server.Account(accountID, region)
	cli, err := newTerraform(ctx, work, s, account)
	if err != nil {
		return err
	}
	return newStory(tell, cli, account, server.URL()).tell(ctx)
}
