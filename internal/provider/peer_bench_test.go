package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// regionsOfAccount are those that every account has without opting in.
var regionsOfAccount = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-central-1", "eu-west-1", "eu-west-2",
	"eu-west-3", "eu-north-1", "ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1",
	"ap-southeast-2",
}

// BenchmarkPlanBesideAWS plans a trail with its log bucket, which is applied already,
// with this provider and with hashicorp/aws: in one region, and in the 17 that every
// account has. IAMGUARD_BENCH_AWS_MIRROR names a Terraform filesystem mirror that holds
// hashicorp/aws 5. Goals: an eighth of the wall time and a tenth of the memory in one
// region, a fortieth of either in 17. It runs once and takes about ten minutes, most of
// it in hashicorp/aws.
func BenchmarkPlanBesideAWS(b *testing.B) {
	mirror := os.Getenv("IAMGUARD_BENCH_AWS_MIRROR")
	if mirror == "" {
		b.Skip("IAMGUARD_BENCH_AWS_MIRROR is not set: nothing is compared with hashicorp/aws")
	}
	own := ownMirror(b)
	for _, regions := range [][]string{{providertest.Region}, regionsOfAccount} {
		b.Run(fmt.Sprintf("%d regions", len(regions)), func(b *testing.B) {
			ours := measurePlan(b, own, mirror, guardedStack, regions)
			theirs := measurePlan(b, own, mirror, awsStack, regions)
			b.Logf("\n%-10s %9s %12s %10s\n%s%s%-10s %9.1f %12.1f", "provider", "seconds", "MB, at once", "processes",
				ours.row("iamguard"), theirs.row("aws"), "aws / ours", theirs.seconds/ours.seconds, theirs.megabytes/ours.megabytes)
		})
	}
}

// ownMirror is a filesystem mirror with the provider as a user has it.
func ownMirror(b *testing.B) string {
	b.Helper()
	root := b.TempDir()
	dir := filepath.Join(root, "registry.terraform.io", "iamguard", "iamguard", "0.0.1", runtime.GOOS+"_"+runtime.GOARCH)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(buildBinary(b), filepath.Join(dir, "terraform-provider-iamguard_v0.0.1")); err != nil {
		b.Fatal(err)
	}
	return root
}

// planCost is the least wall time of the plans, and the most memory that all provider
// processes of one had together.
type planCost struct {
	seconds, megabytes float64
	processes          int
}

func (c planCost) row(provider string) string {
	return fmt.Sprintf("%-10s %9.2f %12.0f %10d\n", provider, c.seconds, c.megabytes, c.processes)
}

// measurePlan applies a stack and plans it.
func measurePlan(
	b *testing.B, own, mirror string, stack func(*providertest.Stage, []string) string, regions []string,
) (cost planCost) {
	b.Helper()
	stage := providertest.NewStage(b)
	defer func() { // What hashicorp/aws asks beyond what we do is not ours to answer.
		for _, name := range stage.Unknown() {
			stage.ForgiveUnknown(name)
		}
	}()
	cli := providertest.NewCLI(b, nil)
	settings := filepath.Join(b.TempDir(), "cli.tfrc")
	installation := fmt.Sprintf("provider_installation {\n"+
		"  filesystem_mirror {\n    path    = %q\n    include = [\"iamguard/iamguard\"]\n  }\n"+
		"  filesystem_mirror {\n    path    = %q\n    include = [\"hashicorp/aws\"]\n  }\n}\n", own, mirror)
	if err := os.WriteFile(settings, []byte(installation), 0o600); err != nil {
		b.Fatal(err)
	}
	cli.Setenv("TF_REATTACH_PROVIDERS=", "TF_CLI_CONFIG_FILE="+settings)
	cli.Write(b, stack(stage, regions))
	cli.Must(b, "init")
	cli.Apply(b)
	for range 1 + 2/len(regions) { // Of many regions one plan is long enough.
		watched := watchProviders()
		began := time.Now()
		cli.ExpectNoChange(b)
		took := time.Since(began).Seconds()
		megabytes, processes := watched()
		if cost.seconds == 0 || took < cost.seconds {
			cost.seconds = took
		}
		cost.megabytes, cost.processes = max(cost.megabytes, megabytes), max(cost.processes, processes)
	}
	return cost
}

// watchProviders watches the provider processes below this one. What it gives back ends
// that, and tells the most memory they had at once, in MB, and how many they were.
func watchProviders() func() (megabytes float64, processes int) {
	var most float64
	var count int
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for {
			sum, alive := 0.0, providersBelow(os.Getpid())
			for _, pid := range alive {
				peak, _ := highWater(pid) // One that has just ended has none.
				sum += peak
			}
			most, count = max(most, sum), max(count, len(alive))
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	}()
	return func() (float64, int) {
		close(stop)
		<-stopped
		return most, count
	}
}

// providersBelow are the provider processes that a child of a process has started.
func providersBelow(pid int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	parents, providers := map[int]int{}, []int{}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		head, rest, ok := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if err != nil || !ok || len(fields) < 2 {
			continue // It has ended meanwhile.
		}
		number, name, _ := strings.Cut(head, " (")
		child, _ := strconv.Atoi(number)
		parents[child], _ = strconv.Atoi(fields[1])
		if strings.HasPrefix(name, "terraform-provi") {
			providers = append(providers, child)
		}
	}
	var below []int
	for _, provider := range providers {
		if parents[parents[provider]] == pid {
			below = append(below, provider)
		}
	}
	return below
}

// guardedStack is the trail stack of this provider, of which one process serves all regions.
func guardedStack(stage *providertest.Stage, regions []string) string {
	out := "terraform {\n  required_providers {\n    iamguard = { source = \"iamguard/iamguard\" }\n  }\n}\n" +
		stage.Provider(stage.Admin())
	for _, region := range regions {
		out += fmt.Sprintf(`
resource "iamguard_log_bucket" %[1]q {
  region      = %[1]q
  bucket      = "logs-%[2]s-%[1]s"
  trail_names = ["main-%[1]s"]
}

resource "iamguard_trail" %[1]q {
  region                = %[1]q
  name                  = "main-%[1]s"
  s3_bucket_name        = iamguard_log_bucket.%[1]s.bucket
  is_multi_region_trail = false
}
`, region, stage.ID)
	}
	return out
}

// awsStack is the same of hashicorp/aws 5, which needs a process for each region.
func awsStack(stage *providertest.Stage, regions []string) string {
	out := "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\" }\n  }\n}\n"
	admin, url := stage.Admin(), stage.Endpoints()["s3"]
	for _, region := range regions {
		out += fmt.Sprintf(`
provider "aws" {
  alias                       = %[1]q
  region                      = %[1]q
  access_key                  = %[2]q
  secret_key                  = %[3]q
  s3_use_path_style           = true
  skip_metadata_api_check     = true
  skip_credentials_validation = true
  endpoints {
    cloudtrail = %[4]q
    iam        = %[4]q
    s3         = %[4]q
    sts        = %[4]q
  }
}
`, region, admin.AccessKeyID, admin.SecretAccessKey, url) + awsTrail(region, stage.ID)
	}
	return out
}

// awsTrail is a trail and its bucket, set up as iamguard_log_bucket does.
func awsTrail(region, accountID string) string {
	bucket := "logs-" + accountID + "-" + region
	part := func(kind, body string) string {
		return fmt.Sprintf(
			"\nresource %q %q {\n  provider = aws.%s\n  bucket = aws_s3_bucket.%s.id\n%s\n}\n",
			kind,
			region,
			region,
			region,
			body,
		)
	}
	out := fmt.Sprintf("\nresource \"aws_s3_bucket\" %q {\n  provider = aws.%s\n  bucket = %q\n}\n", region, region, bucket)
	out += part("aws_s3_bucket_versioning", "  versioning_configuration {\n    status = \"Enabled\"\n  }")
	out += part("aws_s3_bucket_public_access_block", "  block_public_acls = true\n  block_public_policy = true\n"+
		"  ignore_public_acls = true\n  restrict_public_buckets = true")
	out += part("aws_s3_bucket_server_side_encryption_configuration",
		"  rule {\n    apply_server_side_encryption_by_default {\n      sse_algorithm = \"AES256\"\n    }\n  }")
	out += part("aws_s3_bucket_ownership_controls", "  rule {\n    object_ownership = \"BucketOwnerEnforced\"\n  }")
	out += part("aws_s3_bucket_lifecycle_configuration", "  rule {\n    id = \"expire\"\n    status = \"Enabled\"\n    filter {\n"+
		"      prefix = \"\"\n    }\n    expiration {\n      days = 400\n    }\n  }")
	out += part("aws_s3_bucket_policy", fmt.Sprintf("  policy = jsonencode(%s)", deliveryPolicy(bucket, region, accountID)))
	return out + fmt.Sprintf(`
resource "aws_cloudtrail" %[1]q {
  provider                   = aws.%[1]s
  name                       = "main-%[1]s"
  s3_bucket_name             = aws_s3_bucket_policy.%[1]s.bucket
  enable_log_file_validation = true
}
`, region)
}

// deliveryPolicy lets the trail deliver, and nobody without TLS.
func deliveryPolicy(bucket, region, accountID string) string {
	const statement = `{ Sid = %q, Effect = %q, Principal = %s, Action = %q, Resource = %q, Condition = %s }`
	trail := fmt.Sprintf(
		`{ StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:%s:%s:trail/main-%s" } }`,
		region,
		accountID,
		region,
	)
	service, arn := `{ Service = "cloudtrail.amazonaws.com" }`, "arn:aws:s3:::"+bucket
	return `{ Version = "2012-10-17", Statement = [` +
		fmt.Sprintf(statement, "Check", "Allow", service, "s3:GetBucketAcl", arn, trail) + ", " +
		fmt.Sprintf(statement, "Write", "Allow", service, "s3:PutObject", arn+"/AWSLogs/"+accountID+"/*", trail) + ", " +
		fmt.Sprintf(statement, "TLS", "Deny", `"*"`, "s3:*", arn+"/*", `{ Bool = { "aws:SecureTransport" = "false" } }`) + `] }`
}
