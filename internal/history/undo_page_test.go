package history_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
	"github.com/iamguard/terraform-provider-iamguard/internal/history"
)

var writeUndoTable = flag.Bool("write-undo-table", false, "write the tables of what can be undone anew")

// The marks between which the page has the tables.
const (
	undoTableBegins = "<!-- The catalogue's own words begin here. -->\n"
	undoTableEnds   = "<!-- The catalogue's own words end here. -->\n"
)

// undoTables are a row for each event of the catalogue that is a removal or can be undone.
func undoTables() string {
	can := "| event | service | undone by | confirmation |\n|---|---|---|---|\n"
	cannot := "| event | service | what to do instead |\n|---|---|---|\n"
	for _, event := range events.Catalog().Events() {
		switch {
		case event.Remediation.RestorableFromRecord:
			can += fmt.Sprintf(
				"| `%s` | %s | %s | %s |\n",
				event.Name,
				event.Service(),
				framework.EscapeMarkdown(event.Remediation.Inverse),
				history.Confirmation(event),
			)
		case event.RemovalVerb:
			cannot += fmt.Sprintf("| `%s` | %s | %s |\n", event.Name, event.Service(), framework.EscapeMarkdown(event.Remediation.Summary))
		}
	}
	return can + "\n### What cannot be undone from its record\n\n" +
		"For most of these the record does not hold what was removed, such as a document, a list or a secret; for the\n" +
		"others the catalogue has no call that leads back.\n\n" + cannot
}

// The page of the action says of every removal of the catalogue whether it can be undone.
func TestUndo_page(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "templates", "actions", "undo_removal.md.tmpl")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(raw), undoTableBegins)
	have, after, ends := strings.Cut(rest, undoTableEnds)
	if !begins || !ends {
		t.Fatalf("%s has no place for the tables", path)
	}
	want := "\n" + undoTables() + "\n"
	if *writeUndoTable {
		if err := os.WriteFile(path, []byte(before+undoTableBegins+want+undoTableEnds+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have != want {
		t.Errorf("%s is not what the catalogue says (write it with -write-undo-table)", path)
	}
	for _, event := range events.Catalog().Events() {
		if rows := strings.Count(have, "| `"+event.Name+"` | "+event.Service()+" |"); event.RemovalVerb && rows != 1 {
			t.Errorf("%s has %d rows", event.ID, rows)
		}
	}
	if strings.Contains(have, "{{") {
		t.Error("the tables hold what the template would take for its own")
	}
}
