package trail

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

// nameRules are the six naming rules of CreateTrail, each with its own message,
// and the one of AWS Control Tower:
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
func nameRules() []validator.String {
	rule := func(form, message string) validator.String {
		return stringvalidator.RegexMatches(regexp.MustCompile(form), message)
	}
	return []validator.String{
		rule(`^[A-Za-z0-9._-]*$`, "must contain only ASCII letters, digits, periods, underscores and dashes"),
		rule(`^([A-Za-z0-9].*)?$`, "must start with a letter or digit"),
		rule(`^(.*[A-Za-z0-9])?$`, "must end with a letter or digit"),
		stringvalidator.LengthBetween(3, 128),
		rule(`^([^._-]|[._-]([^._-]|$))*$`, "must not have adjacent periods, underscores or dashes"),
		notAnAddress{},
		notControlTower{},
	}
}

var addressForm = regexp.MustCompile(`^\d{1,3}(\.\d{1,3}){3}$`)

type notAnAddress struct{}

func (notAnAddress) Description(context.Context) string { return "must not look like an IP address" }

func (v notAnAddress) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notAnAddress) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if addressForm.MatchString(req.ConfigValue.ValueString()) {
		resp.Diagnostics.AddAttributeError(req.Path, "Trail name like an address", "The value "+v.Description(ctx)+".")
	}
}

// controlTowerPrefix begins the names of the trails that AWS Control Tower owns.
const controlTowerPrefix = "aws-controltower-"

type notControlTower struct{}

func (notControlTower) Description(context.Context) string {
	return "must not be a trail of AWS Control Tower, which Control Tower itself keeps"
}

func (v notControlTower) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notControlTower) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if strings.HasPrefix(req.ConfigValue.ValueString(), controlTowerPrefix) {
		resp.Diagnostics.AddAttributeError(req.Path, "Trail of AWS Control Tower", "The value "+v.Description(ctx)+".")
	}
}

// arnRule is the form of an ARN of one service.
func arnRule(service string) validator.String {
	return stringvalidator.RegexMatches(regexp.MustCompile(`^arn:[a-z-]+:`+service+`:`), "must be an ARN of "+service)
}

// dataPrefixes are the ARN beginnings that each data resource type accepts.
var dataPrefixes = map[string]*regexp.Regexp{
	"AWS::S3::Object":       regexp.MustCompile(`^arn:[a-z-]+:s3(:::.*)?$`),
	"AWS::Lambda::Function": regexp.MustCompile(`^arn:[a-z-]+:lambda(:.*)?$`),
	"AWS::DynamoDB::Table":  regexp.MustCompile(`^arn:[a-z-]+:dynamodb(:.*)?$`),
}

func dataResourceTypes() []string {
	return []string{"AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table"}
}

// validate checks what spans several arguments; unknown values never fail.
func (m model) validate(diags *diag.Diagnostics) {
	multiRegion := m.IsMultiRegion.IsNull() || m.IsMultiRegion.ValueBool()
	if multiRegion && isFalse(m.IncludeGlobal) {
		diags.AddAttributeError(path.Root("include_global_service_events"), "Invalid combination of trail settings",
			"A multi-region trail always includes the events of global services: leave the argument out, or set "+
				"is_multi_region_trail = false.")
	}
	if m.IsOrganization.ValueBool() && isFalse(m.IsMultiRegion) {
		framework.Warn(diags, fmt.Sprintf("Trail %q", m.Name.ValueString()), "the organization trail records one region only",
			"Member accounts are recorded in this region alone, which is not where IAM is recorded unless it is the "+
				"partition's IAM region.")
	}
	if m.LogGroupARN.IsNull() != m.LogRoleARN.IsNull() && !m.LogGroupARN.IsUnknown() && !m.LogRoleARN.IsUnknown() {
		diags.AddAttributeError(path.Root("cloud_watch_logs_role_arn"), "Incomplete CloudWatch Logs settings",
			"cloud_watch_logs_group_arn and cloud_watch_logs_role_arn are given both or neither.")
	}
	if len(m.EventSelector.Elements()) > 0 && len(m.AdvancedEventSelector.Elements()) > 0 {
		diags.AddAttributeError(path.Root("advanced_event_selector"), "Two kinds of event selectors",
			"A trail has either event_selector or advanced_event_selector blocks, not both.")
	}
	m.validateDataResources(diags)
	m.validateAdvanced(diags)
}

// isFalse is false itself, not null and not unknown.
func isFalse(value types.Bool) bool {
	return !value.IsNull() && !value.IsUnknown() && !value.ValueBool()
}

func (m model) validateDataResources(diags *diag.Diagnostics) {
	for i, selector := range objects(m.EventSelector.Elements()) {
		for _, resource := range objects(setElements(selector["data_resource"])) {
			form, ok := dataPrefixes[textOf(resource["type"])]
			if !ok {
				continue
			}
			for _, value := range framework.Texts(setElements(resource["values"])) {
				if !form.MatchString(value) {
					diags.AddAttributeError(path.Root("event_selector").AtListIndex(i).AtName("data_resource"), "Invalid data resource",
						fmt.Sprintf("%q is neither an ARN of %s nor its beginning.", value, textOf(resource["type"])))
				}
			}
		}
	}
}

// managementFields are the only fields a trail takes for management events:
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
var managementFields = []string{"eventCategory", "eventSource", "readOnly"}

func (m model) validateAdvanced(diags *diag.Diagnostics) {
	for _, selector := range objects(m.AdvancedEventSelector.Elements()) {
		if blocks := selector["field_selector"]; blocks == nil || isUnknown(blocks) {
			continue
		}
		fields := objects(setElements(selector["field_selector"]))
		if slices.ContainsFunc(fields, func(f map[string]attr.Value) bool { return isUnknown(f["field"]) || isUnknown(f["equals"]) }) {
			continue
		}
		categories := categoriesOf(fields)
		if len(categories) != 1 {
			diags.AddAttributeError(path.Root("advanced_event_selector"), "Invalid advanced event selector",
				"Each selector needs one field_selector with field = \"eventCategory\" and exactly one value in equals.")
			continue
		}
		if categories[0] != "Management" {
			continue
		}
		for _, field := range fields {
			if name := textOf(field["field"]); !slices.Contains(managementFields, name) {
				diags.AddAttributeError(
					path.Root("advanced_event_selector"),
					"Invalid field for management events",
					fmt.Sprintf(
						"For management events a trail takes the fields %s; %q is none of them.",
						strings.Join(managementFields, ", "),
						name,
					),
				)
			}
		}
	}
}

func categoriesOf(fields []map[string]attr.Value) []string {
	var categories []string
	for _, field := range fields {
		if textOf(field["field"]) == "eventCategory" {
			categories = append(categories, framework.Texts(setElements(field["equals"]))...)
		}
	}
	return categories
}

func isUnknown(value attr.Value) bool {
	set, ok := value.(types.Set)
	if ok && slices.ContainsFunc(set.Elements(), attr.Value.IsUnknown) {
		return true
	}
	return value != nil && value.IsUnknown()
}
