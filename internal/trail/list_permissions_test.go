package trail_test

import (
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// Lists are recorded with the resources that they show, which needs more than names.
func TestPermissions_lists(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	applied(t, stage, pair(stage, "", "")+logReaderBody(stage))
	server := stage.Server(t, nil)
	for _, kind := range []string{"iamguard_trail", "iamguard_log_bucket", "iamguard_log_reader_policy"} {
		stage.ResetCalls()
		objects, diags := server.List(t, kind, providertest.ListQuery{IncludeResource: true})
		if len(objects) != 1 || len(diags) > 0 {
			t.Errorf("%s lists %q: %s", kind, titles(objects), providertest.Text(diags))
		}
		providertest.ExpectPermissions(t, "list-resources/"+kind, map[string][]string{
			"Plan": of(actions(stage), []string{"cloudtrail", "s3", "iam"}, nil),
		})
	}
}

func TestPermissions_startLogging(t *testing.T) {
	t.Parallel()
	stage, server := stopped(t, providertest.Region)
	if _, diags := server.InvokeAction(t, startLogging, map[string]any{"trail": "main"}); len(diags) > 0 {
		t.Fatal(providertest.Text(diags))
	}
	// By ARN another call finds the trail.
	if _, diags := server.InvokeAction(t, startLogging, map[string]any{"trail": trailARN(stage)}); len(diags) > 0 {
		t.Fatal(providertest.Text(diags))
	}
	providertest.ExpectPermissions(t, "actions/"+startLogging, map[string][]string{
		"Apply": of(actions(stage), []string{"cloudtrail"}, nil),
	})
}

func logReaderBody(stage *providertest.Stage) string {
	return `
resource "iamguard_log_reader_policy" "test" {
  name      = "log-reader-` + stage.ID + `"
  trail_arn = iamguard_trail.test.arn
  bucket    = iamguard_log_bucket.test.bucket
}
`
}
