package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// narrator prints the story: numbered headings, plain sentences, and indented what other programs print.
type narrator struct {
	out   io.Writer
	began time.Time
	step  int
}

// banner says where all of this happens.
func (n *narrator) banner(lines ...string) {
	rule := strings.Repeat("=", 78)
	_, _ = fmt.Fprintf(n.out, "%s\n  %s\n%s\n", rule, strings.Join(lines, "\n  "), rule)
}

// head begins a step.
func (n *narrator) head(title string) {
	n.step++
	_, _ = fmt.Fprintf(n.out, "\n== %d. %s\n\n", n.step, title)
}

// say prints sentences of the story.
func (n *narrator) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(n.out, format+"\n", arguments...)
}

// command shows what somebody would type.
func (n *narrator) command(line string) {
	_, _ = fmt.Fprintf(n.out, "  $ %s\n", line)
}

// quoted is where the output of another program goes.
func (n *narrator) quoted() *indenter {
	return &indenter{out: n.out}
}

// elapsed is the time since the beginning.
func (n *narrator) elapsed() string {
	return fmt.Sprintf("%.0f seconds", time.Since(n.began).Seconds())
}

// indenter sets every line in by two columns, so that Terraform's 78 columns still fit on a screen, and prints no two
// empty lines in a row.
type indenter struct {
	out   io.Writer
	rest  []byte
	blank bool
}

// Write prints the lines that are complete.
func (i *indenter) Write(text []byte) (int, error) {
	i.rest = append(i.rest, text...)
	for {
		line, rest, found := bytes.Cut(i.rest, []byte("\n"))
		if !found {
			return len(text), nil
		}
		i.rest = rest
		if err := i.line(string(line)); err != nil {
			return 0, err
		}
	}
}

// end prints the last line if it had no end, and an empty one.
func (i *indenter) end() {
	if len(i.rest) > 0 {
		_ = i.line(string(i.rest))
		i.rest = nil
	}
	_ = i.line("")
}

func (i *indenter) line(line string) error {
	line = strings.TrimRight(line, " ")
	if line == "" && i.blank {
		return nil
	}
	i.blank = line == ""
	if line != "" {
		line = "  " + line
	}
	_, err := fmt.Fprintln(i.out, line)
	return err
}
