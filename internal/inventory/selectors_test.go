package inventory_test

import (
	"testing"

	"github.com/iamguard/terraform-provider-iamguard/internal/inventory"
)

const iamSource = "iam.amazonaws.com"

func field(name string, equals ...string) inventory.FieldSelector {
	return inventory.FieldSelector{Field: name, Equals: equals}
}

func advanced(fields ...inventory.FieldSelector) inventory.Selectors {
	return inventory.Selectors{Advanced: []inventory.AdvancedSelector{{
		Fields: append([]inventory.FieldSelector{field("eventCategory", "Management")}, fields...),
	}}}
}

func basic(selectors ...inventory.BasicSelector) inventory.Selectors {
	return inventory.Selectors{Basic: selectors}
}

// readWrite is a basic selector of management events.
func readWrite(direction string) inventory.BasicSelector {
	return inventory.BasicSelector{ReadWrite: direction, Management: true}
}

func TestLogsWrites(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		selectors inventory.Selectors
		want      bool
		why       string
	}{
		"default":     {inventory.DefaultSelectors(), true, ""},
		"none at all": {inventory.Selectors{}, false, "no selector takes management events"},
		"writes only": {basic(readWrite("WriteOnly")), true, ""},
		"reads only": {basic(readWrite("ReadOnly")), false, "only read " +
			"events are selected"},
		"data events only":  {basic(inventory.BasicSelector{ReadWrite: "All"}), false, "no selector takes management events"},
		"unknown direction": {basic(readWrite("Some")), false, `the read-write type "Some" is not understood`},
		"source excluded": {
			basic(inventory.BasicSelector{ReadWrite: "All", Management: true, ExcludedSources: []string{iamSource}}), false,
			iamSource + " is excluded",
		},
		"another source excluded": {
			basic(inventory.BasicSelector{ReadWrite: "All", Management: true, ExcludedSources: []string{"kms.amazonaws.com"}}), true, "",
		},
		"one of several": {
			basic(readWrite("ReadOnly"), readWrite("WriteOnly")),
			true, "",
		},
		"advanced, all":          {advanced(), true, ""},
		"advanced, writes":       {advanced(field("readOnly", "false")), true, ""},
		"advanced, reads":        {advanced(field("readOnly", "true")), false, "only read events are selected"},
		"advanced, this source":  {advanced(field("eventSource", iamSource)), true, ""},
		"advanced, other source": {advanced(field("eventSource", "ec2.amazonaws.com")), false, iamSource + " is excluded"},
		"advanced, source not equal": {
			advanced(inventory.FieldSelector{Field: "eventSource", NotEquals: []string{iamSource}}), false, iamSource + " is excluded",
		},
		"advanced, source by prefix": {advanced(inventory.FieldSelector{Field: "eventSource", StartsWith: []string{"iam."}}), true, ""},
		"advanced, source not by suffix": {
			advanced(inventory.FieldSelector{Field: "eventSource", NotEndsWith: []string{".amazonaws.com"}}), false,
			iamSource + " is excluded",
		},
		"advanced, unknown field": {advanced(field("userIdentity.arn", "x")), false, `the field "userIdentity.arn" is not understood`},
		"advanced, data": {
			inventory.Selectors{Advanced: []inventory.AdvancedSelector{
				{Fields: []inventory.FieldSelector{field("eventCategory", "Data")}},
			}},
			false, "no selector takes management events",
		},
		"advanced, no category": {
			inventory.Selectors{Advanced: []inventory.AdvancedSelector{{Fields: []inventory.FieldSelector{field("readOnly", "false")}}}},
			false, "no selector takes management events",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, why := c.selectors.LogsWrites(iamSource)
			if got != c.want || why != c.why {
				t.Errorf("LogsWrites is %t, %q; want %t, %q", got, why, c.want, c.why)
			}
		})
	}
}

func TestSelectors_Equal(t *testing.T) {
	t.Parallel()
	data := func(values ...string) inventory.Selectors {
		return basic(
			inventory.BasicSelector{ReadWrite: "All", Management: true, DataResourceTypes: map[string][]string{"AWS::S3::Object": values}},
		)
	}
	for name, c := range map[string]struct {
		a, b inventory.Selectors
		want bool
	}{
		"none is the default": {inventory.Selectors{}, inventory.DefaultSelectors(), true},
		"order of values":     {data("arn:aws:s3:::a/", "arn:aws:s3:::b/"), data("arn:aws:s3:::b/", "arn:aws:s3:::a/"), true},
		"trailing slash":      {data("arn:aws:s3:::a/"), data("arn:aws:s3:::a"), true},
		"slash of a prefix":   {data("arn:aws:s3:::a/secret/"), data("arn:aws:s3:::a/secret"), false},
		"another value":       {data("arn:aws:s3:::a/"), data("arn:aws:s3:::c/"), false},
		"management events left out": {
			basic(inventory.BasicSelector{ReadWrite: "All"}), basic(inventory.BasicSelector{ReadWrite: "All", Management: true}), false,
		},
		"order of fields": {
			advanced(field("readOnly", "false"), field("eventSource", "a", "b")),
			advanced(field("eventSource", "b", "a"), field("readOnly", "false")), true,
		},
		"another operator": {
			advanced(field("eventSource", "a")), advanced(inventory.FieldSelector{Field: "eventSource", NotEquals: []string{"a"}}), false,
		},
		"basic and advanced": {inventory.DefaultSelectors(), advanced(), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.a.Equal(c.b); got != c.want {
				t.Errorf("Equal is %t, want %t", got, c.want)
			}
			if got := c.b.Equal(c.a); got != c.want {
				t.Errorf("Equal the other way is %t, want %t", got, c.want)
			}
		})
	}
}

func TestTrailStatus_Unhealthy(t *testing.T) {
	t.Parallel()
	if reasons := (inventory.TrailStatus{Logging: true}).Unhealthy(); len(reasons) != 0 {
		t.Errorf("a trail that logs without an error is unhealthy: %v", reasons)
	}
	sick := inventory.TrailStatus{DeliveryError: "a", DigestDeliveryError: "b", LogsDeliveryError: "c", NotificationError: "d"}
	if reasons := sick.Unhealthy(); len(reasons) != 5 {
		t.Errorf("five things are wrong, reasons: %v", reasons)
	}
}
