package framework

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Digest is a short hash of a value: equal for equal values, whatever order a set has.
func Digest(value tftypes.Value) string {
	sum := sha256.Sum256([]byte(canonical(value)))
	return hex.EncodeToString(sum[:8])
}

// Members are the attributes and blocks of an object; none where it is null or unknown.
func Members(object tftypes.Value) map[string]tftypes.Value {
	var members map[string]tftypes.Value
	if !object.IsKnown() || object.IsNull() || object.As(&members) != nil {
		return nil
	}
	return members
}

// canonical writes a value so that equal ones read the same.
func canonical(value tftypes.Value) string {
	switch {
	case !value.IsKnown():
		return "unknown"
	case value.IsNull():
		return "null"
	}
	var list []tftypes.Value
	if value.Type().Is(tftypes.Set{}) || value.Type().Is(tftypes.List{}) || value.Type().Is(tftypes.Tuple{}) {
		if value.As(&list) != nil {
			return value.String()
		}
		parts := make([]string, len(list))
		for i, element := range list {
			parts[i] = canonical(element)
		}
		if value.Type().Is(tftypes.Set{}) {
			slices.Sort(parts)
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	var members map[string]tftypes.Value
	if value.As(&members) != nil {
		return value.String()
	}
	parts := make([]string, 0, len(members))
	for key, member := range members {
		parts = append(parts, fmt.Sprintf("%q:%s", key, canonical(member)))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ",") + "}"
}
