package policy

import (
	"bytes"
	"encoding/base64"
	"math/big"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// operand is one value of a condition in the form that compares. It says
// whether the value of a key in the request is what the operator, taken
// without its Not, asks for.
type operand func(value string, f *facts, n *notes) Answer

// operands make the operands of the operators. A negated one is read as the one
// it negates, unless it stands here.
var operands = map[string]func(text string, variables bool) operand{
	"stringequals":             stringOperand(false, false),
	"stringequalsignorecase":   stringOperand(false, true),
	"stringlike":               stringOperand(true, false),
	"numericequals":            numericOperand(func(order int) bool { return order == 0 }),
	"numericlessthan":          numericOperand(func(order int) bool { return order < 0 }),
	"numericlessthanequals":    numericOperand(func(order int) bool { return order <= 0 }),
	"numericgreaterthan":       numericOperand(func(order int) bool { return order > 0 }),
	"numericgreaterthanequals": numericOperand(func(order int) bool { return order >= 0 }),
	"dateequals":               dateOperand(func(order int) bool { return order == 0 }),
	"datelessthan":             dateOperand(func(order int) bool { return order < 0 }),
	"datelessthanequals":       dateOperand(func(order int) bool { return order <= 0 }),
	"dategreaterthan":          dateOperand(func(order int) bool { return order > 0 }),
	"dategreaterthanequals":    dateOperand(func(order int) bool { return order >= 0 }),
	"bool":                     boolOperand,
	"binaryequals":             binaryOperand,
	"ipaddress":                addressOperand,
	"arnequals":                arnOperand(false),
	"arnlike":                  arnOperand(false),
	"arnnotequals":             arnOperand(true),
	"arnnotlike":               arnOperand(true),
}

// negations name the operator that each negated one negates.
var negations = map[string]string{
	"stringnotequals": "stringequals", "stringnotequalsignorecase": "stringequalsignorecase", "stringnotlike": "stringlike",
	"numericnotequals": "numericequals", "datenotequals": "dateequals", "notipaddress": "ipaddress",
	"arnnotequals": "arnequals", "arnnotlike": "arnlike",
}

// unreadable is the operand of a text that its operator cannot read.
func unreadable(kind, text string) operand {
	return func(_ string, _ *facts, n *notes) Answer { return n.perhaps(strconv.Quote(text) + " is no " + kind) }
}

// stringOperand compares texts.
func stringOperand(wildcards, ignoreCase bool) func(string, bool) operand {
	fold := func(s string) string {
		if ignoreCase {
			return strings.ToLower(s)
		}
		return s
	}
	return func(text string, variables bool) operand {
		t := newTemplate(text, variables, wildcards)
		return func(value string, f *facts, n *notes) Answer {
			mark := len(n.reasons)
			pattern, sure := t.resolve(f, n)
			if ignoreCase {
				pattern = newGlob(fold(pattern.text))
			}
			if sure == No || !pattern.matches(fold(plainText(value))) {
				return n.settle(mark, No)
			}
			return sure
		}
	}
}

// number is what the numeric operators document: an integer or a decimal.
var number = regexp.MustCompile(`^[+-]?[0-9]{1,40}(\.[0-9]{1,40})?$`)

// readNumber reads a number.
func readNumber(text string) (*big.Rat, bool) {
	if !number.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// numericOperand compares numbers.
func numericOperand(holds func(order int) bool) func(string, bool) operand {
	return func(text string, _ bool) operand {
		want, ok := readNumber(text)
		if !ok {
			return unreadable("number", text)
		}
		return func(value string, _ *facts, n *notes) Answer {
			have, ok := readNumber(value)
			if !ok {
				return n.perhaps(strconv.Quote(value) + " is no number")
			}
			return answer(holds(have.Cmp(want)))
		}
	}
}

// dateForms are the forms of ISO 8601 that the date operators document.
var dateForms = []string{"2006-01", time.DateOnly, "2006-01-02T15:04Z07:00", time.RFC3339Nano}

// readDate reads a date or a number of seconds since 1970; whole says how long
// the time is that it means. A year alone could be either.
func readDate(text string) (at time.Time, whole time.Duration, ok bool) {
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(seconds, 0), 0, len(text) > 4 && len(text) < 12
	}
	for i, form := range dateForms {
		if at, err := time.Parse(form, text); err == nil {
			return at, []time.Duration{31 * 24 * time.Hour, 24 * time.Hour, 0, 0}[i], true
		}
	}
	return time.Time{}, 0, false
}

// dateOperand compares dates. What it means to equal a whole day is not
// documented.
func dateOperand(holds func(order int) bool) func(string, bool) operand {
	return func(text string, _ bool) operand {
		want, whole, ok := readDate(text)
		if !ok {
			return unreadable("date", text)
		}
		return func(value string, _ *facts, n *notes) Answer {
			have, length, ok := readDate(value)
			if !ok {
				return n.perhaps(strconv.Quote(value) + " is no date")
			}
			apart := have.Compare(want)
			if apart > 0 && have.Sub(want) < whole || apart < 0 && want.Sub(have) < length {
				return n.perhaps("the day of " + value + " and " + text)
			}
			return answer(holds(apart))
		}
	}
}

// boolOperand compares true and false.
func boolOperand(text string, _ bool) operand {
	want, ok := readBool(text)
	if !ok {
		return unreadable("boolean", text)
	}
	return func(value string, _ *facts, n *notes) Answer {
		have, ok := readBool(value)
		if !ok {
			return n.perhaps(strconv.Quote(value) + " is no boolean")
		}
		return answer(have == want)
	}
}

// readBool reads true or false in any case.
func readBool(text string) (value, ok bool) {
	value = strings.EqualFold(text, "true")
	return value, value || strings.EqualFold(text, "false")
}

// binaryOperand compares the bytes that base64 stands for.
func binaryOperand(text string, _ bool) operand {
	want, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return unreadable("base64", text)
	}
	return func(value string, _ *facts, n *notes) Answer {
		have, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return n.perhaps(strconv.Quote(value) + " is no base64")
		}
		return answer(bytes.Equal(have, want))
	}
}

// shortestBlock is the length that AWS documents for an address without one. It
// is all of an IPv4 address; for IPv6 it cannot be told whether it is meant.
const shortestBlock = 32

// addressOperand compares addresses with ranges; one without a length is a
// range of itself.
func addressOperand(text string, _ bool) operand {
	block, err := netip.ParsePrefix(text)
	alone := err != nil
	if alone {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return unreadable("address or range", text)
		}
		block = netip.PrefixFrom(address, address.BitLen())
	}
	if block.Addr().Is4In6() {
		return unreadable("address of either kind", text)
	}
	return func(value string, _ *facts, n *notes) Answer {
		address, err := netip.ParseAddr(value)
		if err != nil || address.Zone() != "" || address.Is4In6() {
			return n.perhaps(strconv.Quote(value) + " is no address")
		}
		around, _ := block.Addr().Prefix(shortestBlock)
		if alone && address.Is6() && address != block.Addr() && around.Contains(address) {
			return n.perhaps(text + " without a prefix length")
		}
		return answer(block.Contains(address))
	}
}
