package localaws

import "net/http"

// entitiesForPolicy is one list of groups, users and roles, since MaxItems counts them together. moto never pages them, and
// answers empty lists for a policy that is not there.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
func (x *exchange) entitiesForPolicy() (*keptList, error) {
	arn := x.form.Get("PolicyArn")
	found, err := x.askIAM("GetPolicy", "PolicyArn", arn)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fail(http.StatusNotFound, "NoSuchEntity", "Policy %s was not found.", arn)
	}
	var params []string
	for key := range x.form {
		if key != "Action" && key != "Version" && key != "Marker" && key != "MaxItems" {
			params = append(params, key, x.form.Get(key))
		}
	}
	result, err := x.askIAM(x.call.Operation, params...)
	if err != nil {
		return nil, err
	}
	if result == nil {
		return nil, refuse("ValidationError", "moto refuses the list of entities for %s", arn)
	}
	list := &keptList{lists: []string{"PolicyGroups", "PolicyUsers", "PolicyRoles"}}
	for _, name := range list.lists {
		if part := result.find(name); part != nil {
			list.members = append(list.members, given(name, part.children)...)
		}
	}
	return list, nil
}
