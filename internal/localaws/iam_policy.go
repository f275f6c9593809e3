package localaws

import (
	"net/http"
	"slices"
	"strconv"
)

// listEntities cuts one page out of three lists: MaxItems counts groups, users and roles together. moto never pages them, and
// answers empty lists for a policy that is not there.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html
func (x *exchange) listEntities(size, from int) (*answer, error) {
	arn := x.form.Get("PolicyArn")
	found, err := x.askIAM("GetPolicy", "PolicyArn", arn)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, fail(http.StatusNotFound, "NoSuchEntity", "Policy %s was not found.", arn)
	}
	form := cloneForm(x.form)
	form.Del("Marker")
	form.Del("MaxItems")
	a, err := x.withForm(form).forward()
	if err != nil || a.status != http.StatusOK {
		return a, err
	}
	tree, err := parseXML(a.body)
	if err != nil {
		return nil, err
	}
	result := tree.find(x.call.Operation + "Result")
	to, at := from+size, 0
	for _, name := range []string{"PolicyGroups", "PolicyUsers", "PolicyRoles"} {
		if list := result.find(name); list != nil {
			n := len(list.children)
			list.children = list.children[min(max(from-at, 0), n):min(max(to-at, 0), n)]
			at += n
		}
	}
	result.children = slices.DeleteFunc(result.children, func(n *node) bool {
		return n.name == "IsTruncated" || n.name == "Marker"
	})
	result.children = append(result.children, leaf("IsTruncated", strconv.FormatBool(to < at)))
	if to < at {
		result.children = append(result.children, leaf("Marker", x.marker(to)))
	}
	a.body = tree.render()
	return a, nil
}
