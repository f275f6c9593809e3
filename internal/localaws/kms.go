package localaws

import (
	"encoding/json"
	"maps"
)

// withDefaultPolicyName names the only policy that a key has; moto does not find it without its name.
// See https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
func (x *exchange) withDefaultPolicyName() (*answer, error) {
	if x.call.Params["PolicyName"] != nil {
		return x.forward()
	}
	params := maps.Clone(x.call.Params)
	params["PolicyName"] = "default"
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	return x.withBody(body).forward()
}
