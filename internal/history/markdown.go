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
func summary(shown []graded, total int, found sifted, w window, covered time.Time, complete bool) string {
	var out strings.Builder
	switch total {
	case 0:
		fmt.Fprintf(&out, "No such event recorded between %s and %s. Later events can still arrive.\n", stamp(w.from),
			stamp(covered))
	case 1:
		fmt.Fprintf(&out, "**1 risky event** recorded between %s and %s.\n", stamp(w.from), stamp(w.to))
	default:
		fmt.Fprintf(&out, "**%d risky events** recorded between %s and %s.\n", total, stamp(w.from), stamp(w.to))
	}
	if !complete {
		out.WriteString("\n**Not everything was read**, so there can be more.\n")
	}
	if found.failed+found.excluded > 0 {
		fmt.Fprintf(&out, "\nNot counted: %d failed attempts, %d excluded or acknowledged.\n", found.failed, found.excluded)
	}
	shown = shown[:min(len(shown), summaryRows)]
	if len(shown) == 0 {
		return out.String()
	}
	out.WriteString("\n| time | severity | event | target | by | account |\n|---|---|---|---|---|---|\n")
	for _, event := range shown {
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n", stamp(event.EventTime), event.severity,
			framework.EscapeMarkdown(event.Name), framework.EscapeMarkdown(targetText(event.Target)),
			framework.EscapeMarkdown(actorText(event)), framework.EscapeMarkdown(event.accountID))
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
