package localaws

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	logGroupForm = regexp.MustCompile(`^arn:aws[a-z-]*:logs:([a-z0-9-]+):(\d{12}):log-group:([^:*]{1,512}):\*$`)
	roleForm     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:role/(?:.*/)?([\w+=,.@-]+)$`)
)

// checkLogGroup wants group and role together; the group must be there, and the role must let CloudTrail in and write.
// See https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
func (x *exchange) checkLogGroup(t *trail) error {
	switch {
	case t.logGroup == "" && t.logRole == "":
		return nil
	case t.logGroup == "":
		return badGroup("You must specify a log group ARN with a role ARN.")
	case t.logRole == "":
		return badRole("You must specify a role ARN with a log group ARN.")
	}
	group := logGroupForm.FindStringSubmatch(t.logGroup)
	if group == nil || group[2] != x.account.ID {
		return badGroup("CloudTrail cannot validate the specified log group ARN.")
	}
	if group[1] != t.region {
		return refuse("CloudWatchLogsDeliveryUnavailableException", "Cannot set a CloudWatch Logs delivery for this Region.")
	}
	var out struct {
		LogGroups []struct{ LogGroupName string }
	}
	in := map[string]string{"logGroupNamePrefix": group[3]}
	_, err := x.askJSON("logs", t.region, "Logs_20140328.DescribeLogGroups", in, &out)
	if err != nil {
		return err
	}
	for _, found := range out.LogGroups {
		if found.LogGroupName == group[3] {
			return x.checkLogRole(t)
		}
	}
	return badGroup("CloudTrail cannot validate the specified log group ARN.")
}

func badGroup(message string) error {
	return refuse("InvalidCloudWatchLogsLogGroupArnException", "%s", message)
}

func badRole(message string) error {
	return refuse("InvalidCloudWatchLogsRoleArnException", "%s", message)
}

func (x *exchange) checkLogRole(t *trail) error {
	name := roleForm.FindStringSubmatch(t.logRole)
	if name == nil {
		return badRole("CloudTrail cannot validate the specified role ARN.")
	}
	role, err := x.askIAM("GetRole", "RoleName", name[1])
	if err != nil {
		return err
	}
	if role == nil || role.textAt("Role", "Arn") != t.logRole {
		return badRole("Access denied. Check the trust relationships for your role.")
	}
	trust, err := parseEscaped(role.textAt("Role", "AssumeRolePolicyDocument"))
	if err != nil || !trust.allows(x.asTrail(t, "sts:AssumeRole", "*")) {
		return badRole("Access denied. Check the trust relationships for your role.")
	}
	rights, err := x.rightsOf(name[1])
	if err != nil {
		return err
	}
	stream := strings.TrimSuffix(t.logGroup, "*") + "log-stream:" + x.account.ID + "_CloudTrail_" + t.region
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		if !rights.allows(request{action: action, resource: stream}) {
			return badGroup("Access denied. Check the permissions for your role.")
		}
	}
	return nil
}

// rightsOf are all statements of a role's policies.
func (x *exchange) rightsOf(role string) (document, error) {
	var all document
	inline, err := x.askIAM("ListRolePolicies", "RoleName", role)
	if err != nil {
		return all, err
	}
	for _, name := range inline.texts("member") {
		found, err := x.askIAM("GetRolePolicy", "RoleName", role, "PolicyName", name)
		if err != nil {
			return all, err
		}
		if d, err := parseEscaped(found.textAt("PolicyDocument")); err == nil {
			all.statements = append(all.statements, d.statements...)
		}
	}
	attached, err := x.askIAM("ListAttachedRolePolicies", "RoleName", role)
	if err != nil {
		return all, err
	}
	for _, arn := range attached.texts("PolicyArn") {
		policy, err := x.askIAM("GetPolicy", "PolicyArn", arn)
		if err != nil {
			return all, err
		}
		version, err := x.askIAM("GetPolicyVersion", "PolicyArn", arn, "VersionId", policy.textAt("Policy", "DefaultVersionId"))
		if err != nil {
			return all, err
		}
		if d, err := parseEscaped(version.textAt("PolicyVersion", "Document")); err == nil {
			all.statements = append(all.statements, d.statements...)
		}
	}
	return all, nil
}

// parseEscaped reads a policy as IAM answers it, percent-encoded.
func parseEscaped(text string) (document, error) {
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	return parsePolicy(text)
}
