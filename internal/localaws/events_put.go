package localaws

import (
	"encoding/json"
	"strings"
)

// putEvents hands the entries of a client to the rules of a bus; moto fails the whole call for a target that it does not know.
// Nobody but AWS has a source that begins with "aws.".
// See https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func (x *exchange) putEvents() (*answer, error) {
	var in struct{ Entries []eventEntry }
	if err := json.Unmarshal(x.body, &in); err != nil {
		return nil, refuse("SerializationException", "%v", err)
	}
	if n := len(in.Entries); n == 0 || n > eventsPerCall {
		return nil, invalid("Value at 'entries' failed to satisfy constraint: Member must have length between 1 and %d", eventsPerCall)
	}
	failed, results := 0, []any{}
	for _, entry := range in.Entries {
		if why := entry.check(); why != nil {
			failed++
			results = append(results, map[string]string{"ErrorCode": why.code, "ErrorMessage": why.message})
			continue
		}
		o := entry.event(x)
		results = append(results, map[string]string{"EventId": text(o.tree["id"])})
		x.in(x.account, x.call.Region).arrive(busName(entry.EventBusName), o)
	}
	return answerJSON(map[string]any{"FailedEntryCount": failed, "Entries": results})
}

// eventsPerCall is how many entries PutEvents takes.
const eventsPerCall = 10

type eventEntry struct {
	Source, DetailType, Detail, EventBusName string
	Resources                                []string
}

func (e eventEntry) check() *failure {
	switch {
	case e.Source == "":
		return refuse("InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument.")
	case e.DetailType == "":
		return refuse("InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required argument.")
	case plain([]byte(e.Detail)) == nil:
		return refuse("MalformedDetail", "Detail is malformed.")
	case strings.HasPrefix(e.Source, "aws."):
		return refuse("NotAuthorizedForSourceException", "Not authorized for the source.")
	default:
		return nil
	}
}

func (e eventEntry) event(x *exchange) occurrence {
	resources := []any{}
	for _, resource := range e.Resources {
		resources = append(resources, resource)
	}
	tree := map[string]any{
		"version": "0", "id": newID(), "detail-type": e.DetailType, "source": e.Source, "account": x.account.ID,
		"time": x.now.Format("2006-01-02T15:04:05Z"), "region": x.call.Region, "resources": resources,
		"detail": plain([]byte(e.Detail)),
	}
	return occurrence{body: []byte(compact(tree)), tree: tree}
}
