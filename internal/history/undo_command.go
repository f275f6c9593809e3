package history

import (
	"regexp"
	"strings"
)

// command writes one call down as a person would make it with the AWS CLI.
type command func(*undo) string

// cli is a command with its options, each with the request parameter that it takes its
// value from. An option without a value is left out.
func cli(call string, options ...string) command {
	return func(u *undo) string {
		parts := []string{"aws", call}
		for i := 0; i+1 < len(options); i += 2 {
			if value := u.values[options[i+1]]; value != "" {
				parts = append(parts, "--"+options[i], shellWord(value))
			}
		}
		return u.inRegion(parts)
	}
}

// inRegion ends a command with the region, where it is not the one of a global service.
func (u *undo) inRegion(parts []string) string {
	if !u.event.Region.Rule.Global() {
		parts = append(parts, "--region", shellWord(u.place.Region))
	}
	return strings.Join(parts, " ")
}

// plainWord needs no quotes in any shell.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=@%+,-]+$`)

// shellWord quotes what a shell could take for something else than a word: the values
// come from a record, and a person may paste the command.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
