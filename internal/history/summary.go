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

// summary is what a search found, for people: in Markdown for pull requests, and in
// plain text for the message of a check. Text of records is escaped in both, because
// whoever makes a call chooses it.
type summary struct {
	shown    []graded
	found    sifted
	window   window
	covered  time.Time
	complete bool
}

// headline says how many events there are, and of nothing that it is safe.
func (s summary) headline() string {
	switch s.found.total {
	case 0:
		return fmt.Sprintf("No such event recorded between %s and %s. Later events can still arrive.",
			stamp(s.window.from), stamp(s.covered))
	case 1:
		return fmt.Sprintf("1 risky event recorded between %s and %s.", stamp(s.window.from), stamp(s.window.to))
	}
	return fmt.Sprintf("%d risky events recorded between %s and %s.", s.found.total, stamp(s.window.from), stamp(s.window.to))
}

// caveats are what a reader of the list alone would miss.
func (s summary) caveats() []string {
	var caveats []string
	if !s.complete {
		caveats = append(caveats, "Not everything was read, so there can be more.")
	}
	if s.found.failed+s.found.excluded > 0 {
		caveats = append(caveats, fmt.Sprintf("Not counted: %d failed attempts, %d excluded or acknowledged.",
			s.found.failed, s.found.excluded))
	}
	if more := s.found.total - len(s.rows()); more > 0 {
		caveats = append(caveats, fmt.Sprintf("%d more are not shown here.", more))
	}
	return caveats
}

func (s summary) rows() []graded {
	return s.shown[:min(len(s.shown), summaryRows)]
}

// markdown is a heading, the caveats and a table.
func (s summary) markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "**%s**\n", s.headline())
	for _, caveat := range s.caveats() {
		fmt.Fprintf(&out, "\n%s\n", caveat)
	}
	if s.found.total == 0 {
		return out.String()
	}
	out.WriteString("\n| time | severity | event | target | by | account |\n|---|---|---|---|---|---|\n")
	for _, event := range s.rows() {
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %s | %s |\n", stamp(event.EventTime), event.severity,
			framework.EscapeMarkdown(event.Name), framework.EscapeMarkdown(targetText(event.Target)),
			framework.EscapeMarkdown(actorText(event)), framework.EscapeMarkdown(event.accountID))
	}
	return out.String()
}

// text is the same in plain lines. The lines of events begin with a space, which
// keeps Terraform from breaking them.
func (s summary) text() string {
	var out strings.Builder
	out.WriteString(s.headline() + "\n")
	widest := 0
	accounts := map[string]bool{}
	for _, event := range s.rows() {
		widest = max(widest, len(framework.Escape(event.Name)))
		accounts[event.accountID] = true
	}
	for _, event := range s.rows() {
		fmt.Fprintf(&out, "\n  %s  %-8s  %-*s  by %s", stamp(event.EventTime), event.severity, widest,
			framework.Escape(event.Name), framework.Escape(actorText(event)))
		if len(accounts) > 1 {
			fmt.Fprintf(&out, " in %s", framework.Escape(event.accountID))
		}
		for _, field := range slices.Sorted(maps.Keys(event.Target)) {
			fmt.Fprintf(&out, "\n    %s: %s", framework.Escape(field), framework.Escape(event.Target[field]))
		}
	}
	if caveats := s.caveats(); len(caveats) > 0 {
		fmt.Fprintf(&out, "\n\n%s", strings.Join(caveats, "\n"))
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
