package history

import (
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

var regionForm = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+-[0-9]+$`)

// defaultMaxEvents is how many events are reported when max_events is not set.
const defaultMaxEvents = 200

// excludingArgument may be empty: it takes something away.
func excludingArgument(description string) schema.Attribute {
	return schema.SetAttribute{
		ElementType: types.StringType, Optional: true, MarkdownDescription: description,
		Validators: []validator.Set{setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
	}
}

// textSetArgument is never empty: it would be unclear whether all or nothing is meant.
func textSetArgument(description string, validators ...validator.String) schema.Attribute {
	// A null that was dropped would be searched for nowhere, and nobody would say so.
	rules := []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.NoNullValues()}
	if len(validators) > 0 {
		rules = append(rules, setvalidator.ValueStringsAre(validators...))
	}
	return schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: description, Validators: rules}
}

func riskyEventsArguments() map[string]schema.Attribute { //nolint:funlen // A schema is one literal and reads best whole.
	return map[string]schema.Attribute{
		"accounts": schema.SetAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Several accounts to search, by name or 12-digit ID; not together with `account`.",
			Validators: []validator.Set{
				setvalidator.SizeAtLeast(1), setvalidator.NoNullValues(), setvalidator.ConflictsWith(path.MatchRoot("account")),
				setvalidator.ValueStringsAre(framework.AccountValidators()...),
			},
		},
		"regions": textSetArgument(
			"Regions to search. Default: those that record what is selected, which for IAM is not the provider's region.",
			stringvalidator.RegexMatches(regionForm, "must be a region, such as us-east-1"),
		),
		"presets": textSetArgument(
			"Presets of events. Default, without `event_names`: `iam_removal`, `iam_weakening`, `cloudtrail_tamper`.",
			stringvalidator.LengthAtLeast(1),
		),
		"event_names": textSetArgument(
			"Events by name (`RemoveUserFromGroup`) or catalogue ID (`iam.DeleteUser`), beside those of `presets`.",
			stringvalidator.LengthAtLeast(1),
		),
		"exclude_event_names": excludingArgument("Events to take out of the selection."),
		"min_severity": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Least severity reported: `info`, `low`, `medium`, `high` or `critical`. " +
				"Default: all.",
			Validators: []validator.String{stringvalidator.OneOf(events.SeverityNames()...)},
		},
		"lookback": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "How far back from the end to search: a number and `m`, `h` or `d`, at most `90d`. Default " +
				"`" + defaultLookback + "`.",
			Validators: []validator.String{
				stringvalidator.RegexMatches(lookbackForm, "must be a whole number and m, h or d, such as 7d"),
				stringvalidator.ConflictsWith(path.MatchRoot("start_time")),
			},
		},
		"start_time": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Start of the window (RFC 3339), at most 90 days ago; instead of `lookback`.",
		},
		"end_time": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "End of the window (RFC 3339). Default: now.",
		},
		"principals": textSetArgument(
			"ARN wildcards of actors: only their events are reported. A role stands for its sessions.",
		),
		"exclude_principals": excludingArgument("ARN wildcards of actors whose events are left out and counted in " +
			"`excluded_count`."),
		"deployers": excludingArgument(
			"ARN wildcards of the roles that deploy. What they do with an infrastructure tool grades one lower; " +
				"high and critical never do.",
		),
		"resources": textSetArgument(
			"Wildcards of names or ARNs: only events on these are reported. A record that names no target could be about any.",
		),
		"include_failed": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Reports attempts that failed as well, instead of counting them in `failed_count`. Default " +
				"`false`.",
		},
		"acknowledged_event_ids": excludingArgument("IDs of events that somebody has looked at; they are counted in " +
			"`excluded_count`."),
		"max_events": schema.Int64Attribute{
			Optional: true, MarkdownDescription: "Most events reported, the newest; `truncated` tells of more. Default `200`.",
			Validators: []validator.Int64{int64validator.Between(1, 10000)},
		},
		"max_calls": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: "Most LookupEvents calls to make for the search; retries, and look-ups of `assess_impact`, are not " +
				"counted. `complete` is `false` if they did not suffice. Default: no limit.",
			Validators: []validator.Int64{int64validator.AtLeast(1)},
		},
		"include_records": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "Keeps the records themselves in `record_json`, redacted. Default `false`.",
		},
		"assess_impact": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Reads the account's policies and says in `removal_impact` what each removal took away; one that took " +
				"away more than its kind suggests is raised to that grade. None is lowered: IAM tells only what policies hold now. " +
				"Default `false`.",
		},
		"redact": schema.SetAttribute{
			ElementType: types.StringType,
			Optional:    true,
			MarkdownDescription: "Parts left out of everything reported: `access_key_id` (its last four characters stay), " +
				"`user_agent`, `source_ip`, " +
				"`actor_name`. Default: the first two.",
			Validators: []validator.Set{
				setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.OneOf(redactable()...)),
			},
		},
	}
}

var eventsDescription = fmt.Sprintf("The events, newest first. Texts of `actor` and `target` that are longer than %d "+
	"characters lose their middle, for which `…` stands; `record_json` keeps it.", shownLength)

func riskyEventsResults() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"events": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: eventsDescription,
			NestedObject: schema.NestedAttributeObject{Attributes: eventAttributes()},
		},
		"event_count": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "How many events were found, those beyond `max_events` included.",
		},
		"counts_by_severity": schema.MapAttribute{
			ElementType: types.Int64Type, Computed: true, MarkdownDescription: "The same by severity; every severity is there.",
		},
		"failed_count": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "Attempts that failed and were left out.",
		},
		"excluded_count": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "Events left out by `exclude_principals` and `acknowledged_event_ids`.",
		},
		"fingerprint": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Hash of the event IDs: it changes exactly when the set of events does.",
		},
		"complete": schema.BoolAttribute{
			Computed:            true,
			MarkdownDescription: "Whether everything recorded in the window up to `search.covered_to` was read and understood.",
		},
		"truncated": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether there are more events than `max_events`.",
		},
		"summary_text": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The same in plain text, for the `error_message` of a check.",
		},
		"summary_markdown": schema.StringAttribute{
			Computed: true, MarkdownDescription: "What was found, for a pull-request comment.",
		},
		"search": schema.SingleNestedAttribute{
			Computed: true,
			MarkdownDescription: "How it was searched. These values differ in every plan: keep them out of resources and " +
				"outputs.",
			Attributes: map[string]schema.Attribute{
				"from": schema.StringAttribute{Computed: true, MarkdownDescription: "Start of the window."},
				"to":   schema.StringAttribute{Computed: true, MarkdownDescription: "End of the window."},
				"covered_to": schema.StringAttribute{
					Computed:            true,
					MarkdownDescription: "Until when the answer can be complete; later events may still arrive.",
				},
				"regions": schema.ListAttribute{
					ElementType: types.StringType, Computed: true,
					MarkdownDescription: "Regions searched.",
				},
				"strategy": schema.StringAttribute{
					Computed: true,
					MarkdownDescription: "`one_page` (one page held all events of each source), `by_source` (all pages of a " +
						"source) or `by_name`.",
				},
				"api_calls": schema.Int64Attribute{
					Computed:            true,
					MarkdownDescription: "LookupEvents requests sent, retried ones included.",
				},
			},
		},
	}
}

func eventAttributes() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	list := func(description string) schema.Attribute {
		return schema.ListAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"event_id":         text("ID of the event."),
		"event_time":       text("When the call was made (RFC 3339, UTC)."),
		"event_name":       text("Name of the API call."),
		"event_source":     text("Service, such as `iam.amazonaws.com`."),
		"account_id":       text("Account that recorded it."),
		"aws_region":       text("Region that recorded it."),
		"severity":         text("`info`, `low`, `medium`, `high` or `critical`."),
		"severity_reasons": list("Why."),
		"direction": text(
			"Which way the call moves access: whether it loosens, tightens, destroys, or depends on what the object carried.",
		),
		"impact": list("What it can lead to."),
		"removal_impact": schema.SingleNestedAttribute{
			Computed: true, Attributes: impactResults(),
			MarkdownDescription: "What the removal took away, as `iamguard_removal_impact` says it; null without `assess_impact`, and " +
				"for events that are not assessed.",
		},
		"mitre_techniques": list("ATT&CK techniques."),
		"controls": list("Benchmark controls, one text for each benchmark; of CIS the newest version, the others are in " +
			"`iamguard_event_catalog`."),
		"remediation": text("What to do."),
		"actor": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "Who made the call.",
			Attributes: map[string]schema.Attribute{
				"type":          text("Kind of principal, such as `IAMUser`."),
				"arn":           text("ARN of the principal."),
				"name":          text("Person or workload."),
				"account_id":    text("The principal's own account."),
				"access_key_id": text("Key that signed the call."),
				"mfa": schema.BoolAttribute{
					Computed:            true,
					MarkdownDescription: "Whether the session had MFA; null where the record does not tell.",
				},
				"via": text("How the actor came in: session issuer, source identity, console."),
			},
		},
		"source_ip":  text("Address the call came from, or the name of a service."),
		"user_agent": text("Set by the caller."),
		"target": schema.MapAttribute{
			ElementType:         types.StringType,
			Computed:            true,
			MarkdownDescription: "What was hit, by request parameter.",
		},
		"error_code":  text("Why the call failed; null if it did not."),
		"console_url": text("The event in the AWS console."),
		"record_json": text("The record, redacted; null without `include_records`."),
	}
}
