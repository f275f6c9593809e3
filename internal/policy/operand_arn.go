package policy

import (
	"strconv"
	"strings"
)

// arnSegments is the number of segments of an ARN between its colons; the last
// holds the colons that are left.
const arnSegments = 6

// arnOperand compares ARNs segment by segment; stars do not reach over them.
// AWS documents that texts with a variable that has no value equal nothing, and
// that the negated string operators hold then; of the negated ARN operators it
// is not said.
func arnOperand(negated bool) func(string, bool) operand {
	return func(text string, variables bool) operand {
		segments := splitSegments(text, variables)
		if len(segments) != arnSegments || segments[0] != "arn" {
			return unreadable("ARN", text)
		}
		templates := make([]template, 0, arnSegments)
		for _, segment := range segments {
			templates = append(templates, newTemplate(segment, variables, true))
		}
		return func(value string, f *facts, n *notes) Answer {
			parts := strings.SplitN(value, ":", arnSegments)
			if len(parts) != arnSegments || parts[0] != "arn" {
				return n.perhaps(strconv.Quote(value) + " is no ARN")
			}
			mark, all := len(n.reasons), Yes
			for i, part := range parts {
				pattern, sure := templates[i].resolve(f, n)
				if negated && sure == No {
					sure = n.perhaps("a variable without a value in " + text)
				}
				if !pattern.matches(plainText(part)) {
					sure = No
				}
				if all = min(all, sure); all == No {
					break
				}
			}
			return n.settle(mark, all)
		}
	}
}

// splitSegments splits an ARN pattern at its colons outside of variables.
func splitSegments(text string, variables bool) []string {
	var segments []string
	depth, start := 0, 0
	for i := range len(text) {
		switch {
		case variables && text[i] == '$' && strings.HasPrefix(text[i:], "${"):
			depth = 1
		case text[i] == '}':
			depth = 0
		case text[i] == ':' && depth == 0 && len(segments) < arnSegments-1:
			segments, start = append(segments, text[start:i]), i+1
		}
	}
	return append(segments, text[start:])
}
