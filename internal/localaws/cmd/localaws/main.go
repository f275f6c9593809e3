// Command localaws starts a local AWS for a person, or says what the tests of this repository still need.
//
//	localaws                  start, print the endpoint and the environment variables to copy; Ctrl-C ends everything
//	localaws doctor           list everything that is missing, one line each; exit code 2 when something is
//	localaws doctor -install  first put moto into .venv, where there is none
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
)

const exitMissing = 2

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "doctor" {
		return doctor(ctx, args[1:], stdout, stderr)
	}
	return start(ctx, args, stdout, stderr)
}

func doctor(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("localaws doctor", flag.ContinueOnError)
	flags.SetOutput(stderr)
	install := flags.Bool("install", false, "put moto into .venv where there is none")
	if flags.Parse(args) != nil {
		return 1
	}
	if *install {
		// A failed installation is not the end: what else is missing is said at once.
		if err := localaws.InstallMoto(ctx, stdout); err != nil {
			_, _ = fmt.Fprintln(stderr, err)
		}
	}
	missing := localaws.Doctor(ctx, stdout)
	for _, line := range missing {
		_, _ = fmt.Fprintln(stderr, "missing: "+line)
	}
	if len(missing) > 0 {
		return exitMissing
	}
	return 0
}

func start(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("localaws", flag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("listen", "127.0.0.1:4777", "loopback address to listen on")
	account := flags.String("account", "111122223333", "12-digit account ID")
	region := flags.String("region", "eu-central-1", "region of the clients")
	rate := flags.Float64("lookup-rate", 0, "LookupEvents calls a second; 0 is the real 2")
	delay := flags.Duration("lookup-delay", 0, "how long a call stays invisible to LookupEvents")
	quiet := flags.Bool("quiet", false, "do not print the calls")
	if flags.Parse(args) != nil {
		return 1
	}
	options := localaws.Options{Address: *address, Lookup: localaws.Lookup{Rate: *rate, Delay: *delay}}
	if !*quiet {
		options.Log = stderr
	}
	server, err := localaws.Start(ctx, options)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, err)
		return 1
	}
	defer server.Close()
	a := server.Account(*account, *region)
	_, _ = fmt.Fprintf(stdout, "A local AWS listens on %s as account %s. Copy this into another terminal:\n\n", server.URL(), a.ID)
	for _, variable := range a.Env(a.Admin()) {
		_, _ = fmt.Fprintln(stdout, "export "+variable)
	}
	_, _ = fmt.Fprintln(stdout, "\nCtrl-C ends it; nothing is kept.")
	<-ctx.Done()
	return 0
}
