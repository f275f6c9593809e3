package events

import (
	"maps"
	"slices"
	"strings"
)

// Event is one entry of the catalogue: an API call that removes or weakens a
// guardrail. Its slices and maps belong to the catalogue and must not be
// changed.
type Event struct {
	// ID is "<first label of Source>.<Name>", such as "iam.RemoveUserFromGroup".
	ID string `json:"id"`
	// Source is eventSource, such as "iam.amazonaws.com".
	Source string `json:"event_source"`
	// Name is eventName; several sources may share one.
	Name string `json:"event_name"`
	// EventBridgeSource is the source field of the EventBridge event, such as "aws.iam".
	EventBridgeSource string `json:"eventbridge_source"`
	// ServiceModel is the name of the service's API model, empty for calls that only the console makes.
	ServiceModel string `json:"service_model"`
	// ConsoleOnly says that no public API has the call.
	ConsoleOnly bool `json:"console_only"`
	// RemovalVerb says that the name starts with Remove, Delete, Detach, Deactivate, Disable or the like.
	RemovalVerb bool `json:"removal_verb"`
	// Direction says which way the call moves access.
	Direction Direction `json:"direction"`
	// ResourceTypes are CloudFormation type names, such as "AWS::IAM::Group".
	ResourceTypes []string `json:"resource_types"`
	// Parameters are the request parameters as CloudTrail spells them.
	Parameters []Parameter `json:"request_parameters"`
	// TargetFields are the request parameters that name what was hit.
	TargetFields []string `json:"target_fields"`
	// Region says where the call is recorded.
	Region Region `json:"region"`
	// Severity is the base severity of a call that succeeded.
	Severity Severity `json:"severity"`
	// SeverityReason is the sentence behind Severity.
	SeverityReason string `json:"severity_reason"`
	// DeniedAttemptSeverity is the severity of a call that failed or was denied.
	DeniedAttemptSeverity Severity `json:"denied_attempt_severity"`
	// Rules say what in a record makes the event graver or lighter.
	Rules []Rule `json:"severity_rules"`
	// ReplacesWholeObject says that what the call leaves out returns to its default.
	ReplacesWholeObject bool `json:"replaces_whole_object"`
	// Caution is a warning about reading the record, often empty.
	Caution string `json:"caution"`
	// Impact lists what the call can lead to, such as "privilege_escalation".
	Impact []string `json:"impact"`
	// Mitre maps the event to MITRE ATT&CK.
	Mitre Mitre `json:"mitre"`
	// Controls maps the event to benchmarks.
	Controls Controls `json:"controls"`
	// Remediation says what to do about it.
	Remediation Remediation `json:"remediation"`
	// PublicRules counts the public rule sets that name the event.
	PublicRules int `json:"public_rules"`
}

// Service returns the first label of the event source: "iam" of
// "iam.amazonaws.com".
func (e Event) Service() string {
	label, _, _ := strings.Cut(e.Source, ".")
	return label
}

// markRequired tells the rules which parameters every such call sends.
func (e *Event) markRequired() {
	for _, rule := range e.Rules {
		for i := range rule.paths {
			p := &rule.paths[i]
			p.required = slices.ContainsFunc(e.Parameters, func(parameter Parameter) bool {
				return parameter.Required && len(p.steps) == 1 && strings.EqualFold(parameter.Name, p.steps[0].name)
			})
		}
	}
}

// Direction says which way a call moves access.
type Direction string

// The directions of the catalogue.
const (
	// DirectionLoosens means that access widens or a guardrail weakens.
	DirectionLoosens Direction = "loosens"
	// DirectionTightens means that access narrows.
	DirectionTightens Direction = "tightens"
	// DirectionDepends means that the record alone does not tell.
	DirectionDepends Direction = "depends"
	// DirectionDestroys means that evidence or the means to keep it goes.
	DirectionDestroys Direction = "destroys"
	// DirectionHides means that findings or alerts no longer reach a person.
	DirectionHides Direction = "hides"
)

// Parameter is one request parameter of a catalogued call.
type Parameter struct {
	// Name is spelled as in requestParameters.
	Name string `json:"name"`
	// Required is taken from the API model.
	Required bool `json:"required"`
	// Type is string, list, boolean, structure, integer, map, timestamp, blob or unknown.
	Type string `json:"type"`
}

// Mitre holds the ATT&CK techniques of an event by version of the matrix.
type Mitre struct {
	// V18 carries tactics.
	V18 []Technique `json:"v18"`
	// V19 follows the revoked-by links of v19 and carries no tactics.
	V19 []Technique `json:"v19"`
}

// Technique is one ATT&CK technique.
type Technique struct {
	// ID is such as "T1098" or "T1562.008".
	ID string `json:"id"`
	// Name is the technique's title.
	Name string `json:"name"`
	// Tactics are tactic IDs, such as "TA0003".
	Tactics []string `json:"tactics"`
}

// IDs returns the technique IDs of the newest matrix, sorted, each once.
func (m Mitre) IDs() []string {
	ids := make([]string, 0, len(m.V19))
	for _, technique := range m.V19 {
		ids = append(ids, technique.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Controls maps an event to benchmark controls. The PCI DSS and HIPAA numbers
// are this project's own mapping.
type Controls struct {
	// CISAWS maps a version such as "v3.0" to control numbers of the CIS AWS Foundations Benchmark.
	CISAWS map[string][]string `json:"cis_aws"`
	// PCIDSS40 are requirement numbers of PCI DSS 4.0.
	PCIDSS40 []string `json:"pci_dss_4_0"`
	// HIPAA are paragraphs of 45 CFR 164.
	HIPAA []string `json:"hipaa"`
	// NIST80053R5 are controls of NIST SP 800-53 revision 5.
	NIST80053R5 []string `json:"nist_800_53_r5"`
	// CISMetricFilter names the CIS metric-filter controls that watch the event, empty when none does.
	CISMetricFilter string `json:"cis_metric_filter"`
}

// List returns all controls as "<benchmark> <number>", such as
// "cis_aws v3.0 4.4", in a fixed order: CIS by version, then HIPAA, NIST, PCI.
func (c Controls) List() []string {
	var list []string
	for _, version := range slices.Sorted(maps.Keys(c.CISAWS)) {
		list = appendPrefixed(list, "cis_aws "+version+" ", c.CISAWS[version])
	}
	list = appendPrefixed(list, "hipaa ", c.HIPAA)
	list = appendPrefixed(list, "nist_800_53_r5 ", c.NIST80053R5)
	return appendPrefixed(list, "pci_dss_4_0 ", c.PCIDSS40)
}

// Newest is List in short: one text for each benchmark, of CIS the newest version
// only, such as "cis_aws v7.0 5.4, 5.5".
func (c Controls) Newest() []string {
	var list []string
	add := func(benchmark string, numbers []string) {
		if len(numbers) > 0 {
			list = append(list, benchmark+" "+strings.Join(numbers, ", "))
		}
	}
	if versions := slices.Sorted(maps.Keys(c.CISAWS)); len(versions) > 0 {
		newest := versions[len(versions)-1]
		add("cis_aws "+newest, c.CISAWS[newest])
	}
	add("hipaa", c.HIPAA)
	add("nist_800_53_r5", c.NIST80053R5)
	add("pci_dss_4_0", c.PCIDSS40)
	return list
}

// appendPrefixed appends prefix+number for every number.
func appendPrefixed(list []string, prefix string, numbers []string) []string {
	for _, number := range numbers {
		list = append(list, prefix+number)
	}
	return list
}

// Remediation says what to do about an event.
type Remediation struct {
	// ID groups events with the same answer, such as "RESTORE_MEMBERSHIP".
	ID string `json:"id"`
	// Summary is the answer in a sentence.
	Summary string `json:"summary"`
	// API lists the IAM actions the answer needs, such as "iam:AddUserToGroup".
	API []string `json:"api"`
	// Terraform lists resource types of hashicorp/aws that manage the object.
	Terraform []string `json:"terraform"`
	// RestorableFromRecord says that one call built from the record undoes the event.
	RestorableFromRecord bool `json:"restorable_from_record"`
	// Inverse is the name of that call, empty when there is none.
	Inverse string `json:"inverse"`
}
