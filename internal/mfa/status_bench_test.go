package mfa_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/localaws"
	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// theLoop is how scripts tell who has no MFA: they ask about each user.
const theLoop = `
import boto3
from botocore.exceptions import ClientError
iam, without = boto3.client("iam"), 0
for page in iam.get_paginator("list_users").paginate():
    for user in page["Users"]:
        try:
            iam.get_login_profile(UserName=user["UserName"])
        except ClientError:
            continue
        if not iam.list_mfa_devices(UserName=user["UserName"])["MFADevices"]:
            without += 1
print(without)
`

// BenchmarkStatus tells 5,000 users apart, and has a script with boto3 do the same, one
// call after the other. It reports the calls of both, and how many times longer the
// script took.
func BenchmarkStatus(b *testing.B) {
	stage := providertest.NewStage(b)
	stage.SeedUsers(4900, 60, 40)
	python, err := localaws.MotoPython(b.Context())
	if err != nil {
		b.Skip(err)
	}
	began := time.Now()
	stage.ResetCalls()
	script := exec.CommandContext(b.Context(), python, "-c", theLoop)
	script.Env = stage.Environ(stage.Admin())
	out, err := script.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "40" {
		b.Fatalf("%v: %s", err, out)
	}
	loop, loopCalls := time.Since(began), len(stage.Calls())
	calls := 0
	for b.Loop() {
		server := stage.Server(b, nil)
		stage.ResetCalls()
		state, diags := server.ReadData(b, statusType, nil)
		if without, _ := state["without_mfa"].([]any); len(diags) > 0 || len(without) != 40 {
			b.Fatalf("%d users: %s", len(without), providertest.Text(diags))
		}
		calls = len(stage.Calls())
	}
	own := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(calls), "calls")
	b.ReportMetric(float64(loopCalls), "calls-of-the-loop")
	b.ReportMetric(float64(loop)/float64(own), "times-longer")
}
