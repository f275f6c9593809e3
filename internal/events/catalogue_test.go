package events_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

func TestCatalog_events(t *testing.T) {
	t.Parallel()
	list := events.Catalog().Events()
	if len(list) != 302 {
		t.Errorf("%d events, want 302", len(list))
	}
	sources := map[string]bool{}
	for _, event := range list {
		sources[event.Source] = true
		checkEvent(t, event)
	}
	if len(sources) != 23 {
		t.Errorf("%d sources, want 23", len(sources))
	}
}

func checkEvent(t *testing.T, event events.Event) {
	t.Helper()
	if event.ID != event.Service()+"."+event.Name || event.EventBridgeSource != "aws."+event.Service() {
		t.Errorf("%s: source %s, name %s, EventBridge %s", event.ID, event.Source, event.Name, event.EventBridgeSource)
	}
	attempt := event.DeniedAttemptSeverity
	if event.Severity.String() == "" || attempt.String() == "" || attempt > event.Severity {
		t.Errorf("%s: severity %v, attempt %v", event.ID, event.Severity, attempt)
	}
	if event.SeverityReason == "" || len(event.Impact) == 0 || len(event.ResourceTypes) == 0 || event.Remediation.Summary == "" {
		t.Errorf("%s: reason, impact, resource types or remediation absent", event.ID)
	}
	rule := event.Region.Rule
	if !slices.Contains(events.RegionRules(), rule) || (event.RegionService() == "") != (rule == events.RegionRegional) {
		t.Errorf("%s: region rule %q of %q", event.ID, rule, event.RegionService())
	}
	switch event.Direction {
	case events.DirectionLoosens, events.DirectionTightens, events.DirectionDepends,
		events.DirectionDestroys, events.DirectionHides:
	default:
		t.Errorf("%s: direction %q", event.ID, event.Direction)
	}
	for _, id := range event.Mitre.IDs() {
		if !regexp.MustCompile(`^T\d{4}(\.\d{3})?$`).MatchString(id) {
			t.Errorf("%s: technique %q", event.ID, id)
		}
	}
	if len(event.Mitre.V18) == 0 || len(event.Mitre.V19) == 0 || len(event.Controls.List()) == 0 {
		t.Errorf("%s: no technique or control", event.ID)
	}
	if event.Remediation.RestorableFromRecord != (event.Remediation.Inverse != "") {
		t.Errorf("%s: restorable %v, inverse %q", event.ID, event.Remediation.RestorableFromRecord, event.Remediation.Inverse)
	}
	for _, field := range event.TargetFields {
		if !slices.ContainsFunc(event.Parameters, func(p events.Parameter) bool { return p.Name == field }) {
			t.Errorf("%s: target field %s is no parameter", event.ID, field)
		}
	}
}

// The presets file carries its own counts; the catalogue must agree with them.
func TestCatalog_presets(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("data/presets.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Presets map[string]struct {
			Events       []string       `json:"events"`
			Count        int            `json:"count"`
			BaseSeverity map[string]int `json:"base_severity"`
			RegionRules  map[string]int `json:"region_rules"`
			PatternChars map[string]int `json:"pattern_chars_by_source"`
		} `json:"presets"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if names := events.Catalog().PresetNames(); len(names) != 20 || len(names) != len(file.Presets) || !slices.IsSorted(names) {
		t.Errorf("presets %v", names)
	}
	for name, want := range file.Presets {
		list, ok := events.Catalog().Preset(name)
		if !ok || len(list) != want.Count || len(want.Events) != want.Count {
			t.Errorf("%s: %d events, want %d", name, len(list), want.Count)
		}
		severities, rules := map[string]int{}, map[string]int{}
		for i, event := range list {
			severities[event.Severity.String()]++
			rules[string(event.Region.Rule)]++
			if event.ID != want.Events[i] {
				t.Errorf("%s: event %d is %s, want %s", name, i, event.ID, want.Events[i])
			}
		}
		for _, severity := range events.SeverityNames() {
			if severities[severity] != want.BaseSeverity[severity] {
				t.Errorf("%s: %d %s, want %d", name, severities[severity], severity, want.BaseSeverity[severity])
			}
		}
		if !maps.Equal(rules, want.RegionRules) {
			t.Errorf("%s: events by region rule %v, want %v", name, rules, want.RegionRules)
		}
		if got := patternChars(t, list); !maps.Equal(got, want.PatternChars) {
			t.Errorf("%s: characters of the patterns %v, want %v", name, got, want.PatternChars)
		}
	}
}

// patternChars is the size of the EventBridge pattern of each source, in compact
// JSON, which the service limits to 2,048 characters.
func patternChars(t *testing.T, list []events.Event) map[string]int {
	t.Helper()
	names := map[string][]string{}
	for _, event := range list {
		names[event.Source] = append(names[event.Source], event.Name)
	}
	chars := map[string]int{}
	for source, of := range names {
		slices.Sort(of)
		label, _, _ := strings.Cut(source, ".")
		text, err := json.Marshal(map[string]any{
			"source": []string{"aws." + label}, "detail-type": []string{"AWS API Call via CloudTrail"},
			"detail": map[string]any{
				"eventSource": []string{source}, "eventName": of, "errorCode": []any{map[string]any{"exists": false}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		chars[source] = len(text)
		if len(text) > 2048 {
			t.Errorf("the pattern of %s has %d characters", source, len(text))
		}
	}
	return chars
}

// iam_removal follows from a rule over the names; iam_all and iam_grant are all of
// IAM between them.
func TestCatalog_presetRules(t *testing.T) {
	t.Parallel()
	var removal, all []string
	grants, _ := events.Catalog().Preset("iam_grant")
	for _, event := range events.Catalog().Events() {
		if event.Source != "iam.amazonaws.com" {
			continue
		}
		if !slices.ContainsFunc(grants, func(grant events.Event) bool { return grant.ID == event.ID }) {
			all = append(all, event.ID)
		}
		if regexp.MustCompile(`^(Remove|Delete|Detach|Deactivate|Disable)`).MatchString(event.Name) {
			removal = append(removal, event.ID)
		}
	}
	for name, want := range map[string][]string{"iam_removal": removal, "iam_all": all} {
		list, _ := events.Catalog().Preset(name)
		got := make([]string, 0, len(list))
		for _, event := range list {
			got = append(got, event.ID)
		}
		if size := map[string]int{"iam_removal": 33, "iam_all": 64}[name]; len(got) != size {
			t.Errorf("%s: %d events, want %d", name, len(got), size)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func TestCatalogue_Resolve(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"RemoveUserFromGroup":       {"iam.RemoveUserFromGroup"},
		"iam.RemoveUserFromGroup":   {"iam.RemoveUserFromGroup"},
		"DeleteUser":                {"iam.DeleteUser", "sso-directory.DeleteUser", "identitystore.DeleteUser"},
		"identitystore.DeleteUser":  {"identitystore.DeleteUser"},
		"sso-directory.DeleteGroup": {"sso-directory.DeleteGroup"},
	} {
		list, err := events.Catalog().Resolve(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := make([]string, 0, len(list))
		for _, event := range list {
			got = append(got, event.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
	_, err := events.Catalog().Resolve("RemoveUserFromGruop")
	var unknown *events.UnknownEventError
	if !errors.As(err, &unknown) || unknown.Nearest != "RemoveUserFromGroup" ||
		!strings.Contains(unknown.Error(), `"RemoveUserFromGroup"`) {
		t.Errorf("error %v", err)
	}
	if _, err = events.Catalog().Resolve("xyz"); !errors.As(err, &unknown) || unknown.Nearest != "" {
		t.Errorf("error %v", err)
	}
}

func TestCatalogue_Nearest(t *testing.T) {
	t.Parallel()
	c := events.Catalog()
	for name, want := range map[string]string{
		"stoplogging": "StopLogging", "StopLoging": "StopLogging", "iam.DeleteUsr": "iam.DeleteUser", "": "", "Qqqqqqqq": "",
		strings.Repeat("x", 1<<20): "",
	} {
		if got := c.Nearest(name); got != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", name, got, want)
		}
	}
	if got := c.NearestPreset("iam_remove"); got != "iam_removal" {
		t.Errorf("NearestPreset = %q", got)
	}
}

func TestCatalogue_Lookup(t *testing.T) {
	t.Parallel()
	c := events.Catalog()
	if event, ok := c.Lookup("organizations.amazonaws.com", "DeletePolicy"); !ok || event.ID != "organizations.DeletePolicy" {
		t.Errorf("got %v, %v", event.ID, ok)
	}
	if _, ok := c.Lookup("ec2.amazonaws.com", "DeletePolicy"); ok {
		t.Error("found an event under another source")
	}
	if _, ok := c.Preset("nothing"); ok {
		t.Error("found a preset that does not exist")
	}
	event, _ := c.ByID("iam.RemoveUserFromGroup")
	if got := strings.Join(event.Controls.Newest(), "; "); got != "cis_aws v7.0 5.4; "+
		"hipaa 164.308(a)(4)(ii)(C), 164.312(a)(1), 164.312(b); nist_800_53_r5 AC-2, AC-3, AC-6, AU-12; "+
		"pci_dss_4_0 7.2.1, 7.2.4, 10.2.1.5" {
		t.Errorf("the newest controls are %s", got)
	}
	if got := event.Controls.List(); got[0] != "cis_aws v3.0 4.4" || got[len(got)-1] != "pci_dss_4_0 10.2.1.5" {
		t.Errorf("controls %v", got)
	}
}

func TestEvent_RegionService(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"iam.DeleteUser": "iam", "organizations.MoveAccount": "organizations", "account.EnableRegion": "account",
		"sso.DeleteInstance": "sso", "sso-directory.DeleteUser": "sso", "identitystore.DeleteUser": "sso",
		"controltower.DeleteLandingZone": "controltower", "cloudtrail.StopLogging": "", "sts.AssumeRoot": "",
	} {
		event, ok := events.Catalog().ByID(id)
		if !ok || event.RegionService() != want {
			t.Errorf("%s: %v, region service %q, want %q", id, ok, event.RegionService(), want)
		}
		rule := event.Region.Rule
		if rule.Global() && rule.Home() || (rule.Global() || rule.Home()) != (want != "") {
			t.Errorf("%s: global %v, home %v", id, rule.Global(), rule.Home())
		}
	}
}
