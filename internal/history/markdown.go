package history

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// summaryRows is how many events the summary shows; it goes into pull requests.
const summaryRows = 50

// summary is a heading sentence and a table, in Markdown. Text of records is
// escaped, because whoever makes a call chooses it.
func summary(events []graded, total int, from, coveredTo time.Time, complete bool) string {
	var out strings.Builder
	between := fmt.Sprintf("between %s and %s", stamp(from), stamp(coveredTo))
	switch {
	case total == 0:
		fmt.Fprintf(&out, "No such event recorded %s.\n", between)
	case total == 1:
		fmt.Fprintf(&out, "**1 risky event** recorded %s.\n", between)
	default:
		fmt.Fprintf(&out, "**%d risky events** recorded %s.\n", total, between)
	}
	if !complete {
		out.WriteString("\n**Not everything was read**, so there can be more.\n")
	}
	shown := events[:min(len(events), summaryRows)]
	if len(shown) == 0 {
		return out.String()
	}
	out.WriteString("\n| time | severity | event | target | by | account |\n|---|---|---|---|---|---|\n")
	for _, event := range shown {
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n", stamp(event.EventTime), event.severity,
			framework.EscapeMarkdown(event.Name), framework.EscapeMarkdown(targetText(event.Target)),
			framework.EscapeMarkdown(actorText(event)), event.accountID)
	}
	if total > len(shown) {
		fmt.Fprintf(&out, "\n%d more are not shown here.\n", total-len(shown))
	}
	return out.String()
}

// targetText is "groupName=admins, userName=alice", in the order of the fields.
func targetText(target map[string]string) string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(target)) {
		parts = append(parts, field+"="+target[field])
	}
	return strings.Join(parts, ", ")
}

// actorText is "IAMUser mallory".
func actorText(event graded) string {
	return strings.TrimSpace(event.Actor.Type + " " + event.Actor.Name)
}
