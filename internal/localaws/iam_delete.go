package localaws

import (
	"net/http"
	"strings"
)

// obstacle is something that must go first: a list that must be empty.
type obstacle struct {
	action  string
	element string
	message string
}

const inProfile = "Cannot delete entity, must remove roles from instance profile first."

// obstacles are what AWS wants removed before a delete; moto deletes all the same.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html and API_DeleteGroup.html, API_DeleteRole.html,
// API_DeletePolicy.html, API_DeleteInstanceProfile.html.
var obstacles = map[string][]obstacle{
	"DeleteUser": {
		{"ListAccessKeys", "AccessKeyMetadata", "Cannot delete entity, must delete access keys first."},
		{"ListGroupsForUser", "Groups", "Cannot delete entity, must remove users from group first."},
		{"ListAttachedUserPolicies", "AttachedPolicies", "Cannot delete entity, must detach all policies first."},
		{"ListUserPolicies", "PolicyNames", "Cannot delete entity, must delete policies first."},
		{"GetLoginProfile", "LoginProfile", "Cannot delete entity, must delete login profile first."},
		{"ListMFADevices", "MFADevices", "Cannot delete entity, must delete MFA device first."},
		{"ListSigningCertificates", "Certificates", "Cannot delete entity, must delete signing certificates first."},
		{"ListSSHPublicKeys", "SSHPublicKeys", "Cannot delete entity, must delete SSH public keys first."},
	},
	"DeleteGroup": {
		{"GetGroup", "Users", "Cannot delete entity, must remove users from group first."},
		{"ListAttachedGroupPolicies", "AttachedPolicies", "Cannot delete entity, must detach all policies first."},
		{"ListGroupPolicies", "PolicyNames", "Cannot delete entity, must delete policies first."},
	},
	"DeleteRole": {
		{"ListInstanceProfilesForRole", "InstanceProfiles", inProfile},
		{"ListAttachedRolePolicies", "AttachedPolicies", "Cannot delete entity, must detach all policies first."},
		{"ListRolePolicies", "PolicyNames", "Cannot delete entity, must delete policies first."},
	},
	"DeletePolicy": {
		{"ListEntitiesForPolicy", "PolicyGroups", "Cannot delete a policy attached to entities."},
		{"ListEntitiesForPolicy", "PolicyUsers", "Cannot delete a policy attached to entities."},
		{"ListEntitiesForPolicy", "PolicyRoles", "Cannot delete a policy attached to entities."},
		{"ListPolicyVersions", "Versions", "This policy has more than one version. Before you delete a policy, " +
			"you must delete the policy's versions. The default version is deleted with the policy."},
	},
	"DeleteInstanceProfile": {
		{"GetInstanceProfile", "InstanceProfile/Roles", inProfile},
	},
	"DeleteVirtualMFADevice": {},
	"DeletePolicyVersion":    {},
}

// deleteUnlessUsed refuses with DeleteConflict what AWS refuses, and lets moto delete the rest.
func (x *exchange) deleteUnlessUsed() (*answer, error) {
	var params []string
	for key := range x.form {
		if key != "Action" && key != "Version" {
			params = append(params, key, x.form.Get(key))
		}
	}
	for _, o := range obstacles[x.call.Operation] {
		found, err := x.askIAM(o.action, params...)
		if err != nil {
			return nil, err
		}
		list := found.find(strings.Split(o.element, "/")...)
		if list == nil {
			continue
		}
		// A policy always has its default version.
		allowed := 0
		if o.element == "Versions" {
			allowed = 1
		}
		if len(list.children) > allowed {
			return nil, fail(http.StatusConflict, "DeleteConflict", "%s", o.message)
		}
	}
	if last := lastObstacles[x.call.Operation]; last != nil {
		return last(x)
	}
	return x.forward()
}

// lastObstacles are what no list of moto tells.
var lastObstacles = map[string]handler{
	"DeleteUser":             (*exchange).deleteUser,
	"DeletePolicyVersion":    (*exchange).deleteVersion,
	"DeleteVirtualMFADevice": (*exchange).deleteDevice,
}

// deleteVersion refuses the default version.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html
func (x *exchange) deleteVersion() (*answer, error) {
	found, err := x.askIAM("GetPolicyVersion", "PolicyArn", x.form.Get("PolicyArn"), "VersionId", x.form.Get("VersionId"))
	if err != nil {
		return nil, err
	}
	if found.textAt("PolicyVersion", "IsDefaultVersion") == "true" {
		return nil, fail(http.StatusConflict, "DeleteConflict", "Cannot delete the default version of a policy.")
	}
	return x.forward()
}

// deleteDevice refuses a device that is in use.
// See https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html
func (x *exchange) deleteDevice() (*answer, error) {
	found, err := x.askIAM("ListVirtualMFADevices", "AssignmentStatus", "Assigned")
	if err != nil {
		return nil, err
	}
	for _, serial := range found.texts("SerialNumber") {
		if serial == x.form.Get("SerialNumber") {
			return nil, fail(http.StatusConflict, "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
		}
	}
	return x.forgetDevice()
}
