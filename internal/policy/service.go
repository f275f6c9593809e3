package policy

import (
	"hash/fnv"
	"strings"
)

// services is a set of services that may hold more than was put in. It tells
// most statements that have no action in common from others at once.
type services uint64

// everyService is the set of all.
const everyService = ^services(0)

// serviceOf returns the set for an action pattern in lower case.
func serviceOf(action string) services {
	name, _, found := strings.Cut(action, ":")
	if !found || strings.ContainsAny(name, "*?") {
		return everyService
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return 1 << (h.Sum32() % 64)
}

// servicesOf returns the set for a side of actions.
func servicesOf(actions side) services {
	if actions.in == nil {
		return everyService
	}
	var all services
	for _, action := range actions.in {
		all |= serviceOf(action)
	}
	return all
}
