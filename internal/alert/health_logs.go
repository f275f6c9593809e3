package alert

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/policy"
)

// healthLogGroupName is the name in the ARN of a log group, with or without ":*".
func healthLogGroupName(object arn.ARN) string {
	return strings.TrimSuffix(strings.TrimPrefix(object.Resource, "log-group:"), ":*")
}

// healthLogGroup checks a log group and the resource policies of Logs. See
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func healthLogGroup(ctx context.Context, sender healthSender, object arn.ARN, target types.Target) (healthFindings, error) {
	var found healthFindings
	if sender.foreign(object) {
		found.doubt("The log group " + object.String() + " is in another account, whose resource policies cannot be read.")
		return found, nil
	}
	if !healthLogInput(target) {
		found.problem(healthTargetInput, "The input of the target is no object of timestamp and message, which is all that Logs takes.",
			`{"timestamp": <timestamp>, "message": <message>}`)
	}
	client, name := sender.in.Logs(object.Region), healthLogGroupName(object)
	rest, err := healthAll(ctx, func(ctx context.Context) (healthFindings, error) {
		return healthHasLogGroup(ctx, client, name, object)
	}, func(ctx context.Context) (healthFindings, error) {
		return healthLogPolicies(ctx, client, sender, name, object)
	})
	found.add(rest)
	return found, err
}

// healthLogInput tells whether Logs takes what the target makes of an event.
func healthLogInput(target types.Target) bool {
	switch {
	case target.Input != nil:
		var parts struct {
			Timestamp json.RawMessage `json:"timestamp"`
			Message   *string         `json:"message"`
		}
		return json.Unmarshal([]byte(*target.Input), &parts) == nil && parts.Timestamp != nil && parts.Message != nil
	case target.InputTransformer != nil:
		template := strings.TrimSpace(aws.ToString(target.InputTransformer.InputTemplate))
		return strings.HasPrefix(template, "{") && strings.Contains(template, `"timestamp"`) && strings.Contains(template, `"message"`)
	}
	return true
}

func healthHasLogGroup(
	ctx context.Context, client *cloudwatchlogs.Client, name string, object arn.ARN,
) (healthFindings, error) {
	var found healthFindings
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(client,
		&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return found, found.denied("the log group "+name, err)
		}
		if slices.ContainsFunc(page.LogGroups, func(g logtypes.LogGroup) bool { return aws.ToString(g.LogGroupName) == name }) {
			return found, nil
		}
	}
	found.problem(healthTargetGone, "There is no log group "+name+".",
		"aws logs create-log-group --region "+object.Region+" --log-group-name "+name)
	return found, nil
}

// healthLogPolicies judges all resource policies of the region together.
func healthLogPolicies(
	ctx context.Context, client *cloudwatchlogs.Client, sender healthSender, name string, object arn.ARN,
) (healthFindings, error) {
	var found healthFindings
	var all policy.Document
	policies, err := healthResourcePolicies(ctx, client)
	if err != nil {
		return found, found.denied("the resource policies of CloudWatch Logs", err)
	}
	for _, held := range policies {
		document, err := policy.Parse(aws.ToString(held.PolicyDocument))
		if err != nil {
			found.doubt("The resource policy " + aws.ToString(held.PolicyName) + " of CloudWatch Logs cannot be understood: " +
				err.Error() + ".")
			continue
		}
		all.Statements = append(all.Statements, document.Statements...)
	}
	group := strings.TrimSuffix(object.String(), ":*")
	needed := policy.Statement{
		Effect: policy.Allow, Principal: policy.Principal{policy.PrincipalService: {eventBridgeService, healthLogsService}},
		Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: []string{group + ":*"},
	}
	for _, service := range needed.Principal[policy.PrincipalService] {
		by := healthSender{in: sender.in, service: service, source: sender.source}
		for _, action := range needed.Action {
			request := healthAsk(by, action, group+":log-stream:any")
			found.judged(healthJudge(all, request), by, action, "CloudWatch Logs for "+name, needed, healthTargetPolicy)
		}
	}
	return found, nil
}

// healthResourcePolicies reads every page.
func healthResourcePolicies(ctx context.Context, client *cloudwatchlogs.Client) ([]logtypes.ResourcePolicy, error) {
	var policies []logtypes.ResourcePolicy
	ask := &cloudwatchlogs.DescribeResourcePoliciesInput{}
	for {
		page, err := client.DescribeResourcePolicies(ctx, ask)
		if err != nil {
			return nil, err
		}
		policies = append(policies, page.ResourcePolicies...)
		if ask.NextToken = page.NextToken; aws.ToString(ask.NextToken) == "" {
			return policies, nil
		}
	}
}
