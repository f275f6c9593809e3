package events

import (
	"cmp"
	"strconv"
	"strings"
)

// Version is eventVersion: two numbers, so that 1.10 follows 1.9 and 1.09
// equals 1.9. The zero value is an absent or unreadable one.
type Version struct {
	// Major changes when records are no longer compatible; 1 so far.
	Major int
	// Minor counts additions; 11 in 2026.
	Minor int
}

// parseVersion reads "major.minor" in decimal digits.
func parseVersion(text string) (Version, bool) {
	major, minor, ok := strings.Cut(text, ".")
	if !ok {
		return Version{}, false
	}
	a, errMajor := strconv.ParseUint(major, 10, 16)
	b, errMinor := strconv.ParseUint(minor, 10, 16)
	if errMajor != nil || errMinor != nil {
		return Version{}, false
	}
	return Version{Major: int(a), Minor: int(b)}, true
}

// Compare returns -1, 0 or 1 as v is older than, equal to or newer than other.
func (v Version) Compare(other Version) int {
	return cmp.Or(cmp.Compare(v.Major, other.Major), cmp.Compare(v.Minor, other.Minor))
}

// String returns "major.minor" without leading zeros, or "" for the zero
// value.
func (v Version) String() string {
	if v == (Version{}) {
		return ""
	}
	return strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor)
}
