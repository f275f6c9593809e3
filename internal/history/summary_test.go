package history_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/providertest"
)

// The plain summary is for the message of a check: Terraform breaks no line that
// begins with a space, and no name can write lines of its own.
func TestRiskyEvents_summaryText(t *testing.T) {
	t.Parallel()
	stage := providertest.NewStage(t)
	put(t, stage,
		removal(stage, "a", time.Hour),
		removal(stage, "b", 2*time.Hour).with(map[string]any{"requestParameters": map[string]any{
			"groupName": "x\n  2026-01-01T00:00:00Z  info  Nothing\u001b[2J", "userName": "alice",
		}}),
	)
	text := fmt.Sprint(read(t, stage, map[string]any{"event_names": texts("RemoveUserFromGroup")})["summary_text"])
	lines := strings.Split(text, "\n")
	if !strings.HasPrefix(lines[0], "2 risky events recorded between ") {
		t.Errorf("the summary begins with %q", lines[0])
	}
	events := 0
	for _, line := range lines[1:] {
		if line != "" && !strings.HasPrefix(line, " ") {
			t.Errorf("Terraform would break the line %q", line)
		}
		if strings.HasPrefix(line, "  2026") || strings.HasPrefix(line, "  20") {
			events++
		}
	}
	if events != 2 {
		t.Errorf("%d lines look like events, want 2:\n%s", events, text)
	}
	expectText(t, text, "RemoveUserFromGroup", "groupName: x\\u000a", "\\u001b[2J", "userName: alice", "  by ")
}
