package events

import "strings"

// Outcome is how a call ended.
type Outcome string

// The outcomes.
const (
	// OutcomeSucceeded means that the record tells of no error.
	OutcomeSucceeded Outcome = "succeeded"
	// OutcomeFailed means that the call failed for another reason than access.
	OutcomeFailed Outcome = "failed"
	// OutcomeDenied means that the caller was not allowed to make the call.
	OutcomeDenied Outcome = "denied"
)

// deniedCodes are error codes that say the caller lacks permission, without
// "Client." before and "Exception", "Error" or "Fault" after them.
var deniedCodes = map[string]bool{
	"accessdenied":             true,
	"vpceaccessdenied":         true,
	"unauthorizedoperation":    true,
	"unauthorized":             true,
	"notauthorized":            true,
	"authorization":            true,
	"forbidden":                true,
	"kmsaccessdenied":          true,
	"organizationaccessdenied": true,
}

// isDenied says whether an error code means that permission was lacking.
func isDenied(code string) bool {
	code = strings.ToLower(code)
	code = strings.TrimPrefix(code, "client.")
	for _, suffix := range []string{"exception", "error", "fault"} {
		code = strings.TrimSuffix(code, suffix)
	}
	return deniedCodes[code]
}

// outcomeOf judges a record. An errorCode that is empty is no failure; a
// sign-in that failed has none, and says so in responseElements.
func outcomeOf(errorCode string, signInFailed bool) Outcome {
	switch {
	case errorCode == "" && signInFailed:
		return OutcomeFailed
	case errorCode == "":
		return OutcomeSucceeded
	case isDenied(errorCode):
		return OutcomeDenied
	}
	return OutcomeFailed
}
