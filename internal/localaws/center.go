package localaws

import (
	"encoding/json"
	"maps"
	"net/http"
	"sync"
)

// center is what moto 5.2.1 does not keep of IAM Identity Center: that an assignment takes its time, and can fail.
type center struct {
	mu sync.Mutex
	// asked are the requests whose status was asked for already.
	asked map[string]bool
	// failure is why assignments cannot be made, "" while they can.
	failure string
}

// centerHandlers answer the operations in which moto makes at once, and twice, what AWS makes later, and once.
var centerHandlers = map[string]handler{
	"sso:CreateAccountAssignment":                 (*exchange).createAssignment,
	"sso:DescribeAccountAssignmentCreationStatus": (*exchange).assignmentStatus,
}

// FailAssignments lets every assignment that is asked for from now on fail for a reason.
func (a *Account) FailAssignments(reason string) {
	a.center.mu.Lock()
	defer a.center.mu.Unlock()
	a.center.failure = reason
}

const (
	assignmentStatus   = "AccountAssignmentCreationStatus"
	assignmentWaiting  = "IN_PROGRESS"
	assignmentFailed   = "FAILED"
	assignmentListName = "SWBExternalService.ListAccountAssignments"
)

// createAssignment only takes the request. An assignment that is there already is not made again.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html
func (x *exchange) createAssignment() (*answer, error) {
	there, err := x.assigned()
	if err != nil {
		return nil, err
	}
	x.account.center.mu.Lock()
	failing := x.account.center.failure != ""
	x.account.center.mu.Unlock()
	if there || failing {
		status := maps.Clone(x.call.Params)
		status["RequestId"], status["Status"] = newID(), assignmentWaiting
		return answerJSON(map[string]any{assignmentStatus: status})
	}
	a, err := x.forward()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	return withStatus(a, assignmentWaiting)
}

func (x *exchange) assigned() (bool, error) {
	in := map[string]any{
		"InstanceArn": x.call.Params["InstanceArn"], "AccountId": x.call.Params["TargetId"],
		"PermissionSetArn": x.call.Params["PermissionSetArn"],
	}
	var out struct {
		AccountAssignments []struct {
			ID   string `json:"PrincipalId"`
			Kind string `json:"PrincipalType"`
		}
	}
	if found, err := x.askJSON("sso", x.call.Region, assignmentListName, in, &out); err != nil || !found {
		return false, err
	}
	for _, one := range out.AccountAssignments {
		if one.ID == x.call.Params["PrincipalId"] && one.Kind == x.call.Params["PrincipalType"] {
			return true, nil
		}
	}
	return false, nil
}

// assignmentStatus says "in progress" when it is asked first.
// See https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_DescribeAccountAssignmentCreationStatus.html
func (x *exchange) assignmentStatus() (*answer, error) {
	id := text(x.call.Params["AccountAssignmentCreationRequestId"])
	c := &x.account.center
	c.mu.Lock()
	defer c.mu.Unlock()
	again := c.asked[id]
	if c.asked == nil {
		c.asked = map[string]bool{}
	}
	c.asked[id] = true
	switch {
	case !again:
		return answerJSON(map[string]any{assignmentStatus: map[string]any{"RequestId": id, "Status": assignmentWaiting}})
	case c.failure != "":
		return answerJSON(map[string]any{assignmentStatus: map[string]any{
			"RequestId": id, "Status": assignmentFailed, "FailureReason": c.failure,
		}})
	}
	a, err := x.forward()
	if err == nil && a.status == http.StatusBadRequest {
		// A request for what was there already is none of moto's.
		return answerJSON(map[string]any{assignmentStatus: map[string]any{"RequestId": id, "Status": "SUCCEEDED"}})
	}
	return a, err
}

// withStatus puts another status into an answer about an assignment.
func withStatus(a *answer, status string) (*answer, error) {
	var out map[string]map[string]any
	if err := json.Unmarshal(a.body, &out); err != nil {
		return nil, err
	}
	out[assignmentStatus]["Status"] = status
	return answerJSON(out)
}
