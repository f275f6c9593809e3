package alert

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/events"
)

// healthBody is what is known of the messages that a rule sends.
type healthBody struct {
	// samples are whole messages. Text tells that a message is no JSON object, which a
	// filter on the body refuses.
	samples [][]byte
	text    bool
}

// healthBodyOf is what a target gets of sample events.
func healthBodyOf(target types.Target, samples [][]byte) healthBody {
	switch {
	case target.Input != nil:
		return healthBody{samples: [][]byte{[]byte(*target.Input)}, text: healthFields(*target.Input) == nil}
	case target.InputTransformer != nil:
		return healthBody{text: !strings.HasPrefix(strings.TrimSpace(aws.ToString(target.InputTransformer.InputTemplate)), "{")}
	case aws.ToString(target.InputPath) != "":
		return healthBody{}
	}
	return healthBody{samples: samples}
}

// filtered tells what a filter policy of a subscription keeps from it. See
// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
func (f *healthFindings) filtered(what, id string, attributes map[string]string, body healthBody) {
	text := attributes["FilterPolicy"]
	fields := healthFields(text)
	if text == "" || fields != nil && len(fields) == 0 {
		return
	}
	fix := "aws sns set-subscription-attributes --subscription-arn " + id + " --attribute-name FilterPolicy --attribute-value '{}'"
	filter, err := events.ParsePattern([]byte(text))
	if err != nil {
		f.doubt("The filter policy of " + what + " cannot be understood: " + err.Error() + ".")
		return
	}
	refuses, open := body.refuses(filter, fields, attributes["FilterPolicyScope"])
	switch {
	case open:
		f.doubt("Whether the filter policy of " + what + " lets alerts through depends on the event: " + text)
	case refuses != "":
		f.problem(healthFilter, "The filter policy of "+what+" "+refuses+": "+text, fix)
	}
}

// refuses says what a filter keeps back, as the end of a sentence; open if that cannot
// be told. EventBridge sends no message attributes, so a filter on them sees none.
func (b healthBody) refuses(filter *events.Pattern, fields map[string]any, scope string) (why string, open bool) {
	if scope != "MessageBody" {
		if healthKept(filter, [][]byte{[]byte("{}")}) > 0 {
			return "asks for message attributes, and EventBridge sends none", false
		}
		return "", false
	}
	switch {
	case b.text:
		return "asks for fields, and the messages of the rule are texts without", false
	case len(b.samples) == 0 || !healthSampled(fields, b.samples[0]):
		return "", true
	}
	if kept := healthKept(filter, b.samples); kept > 0 {
		return fmt.Sprintf("keeps %d of %d alerts from it", kept, len(b.samples)), false
	}
	return "", false
}

// healthFields are the members of a JSON object, nil if it is none.
func healthFields(text string) map[string]any {
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		return nil
	}
	return fields
}

// healthKept counts the messages that a filter keeps from a subscriber.
func healthKept(filter *events.Pattern, messages [][]byte) int {
	kept := 0
	for _, message := range messages {
		if passes, err := filter.Match(message); err != nil || !passes {
			kept++
		}
	}
	return kept
}

// healthSampled tells whether a filter asks only for what a sample has: what a sample
// lacks, a real event may have.
func healthSampled(filter map[string]any, sample []byte) bool {
	message := healthFields(string(sample))
	return message != nil && healthHas(filter, message)
}

func healthHas(filter, message map[string]any) bool {
	for name, condition := range filter {
		value, present := message[name]
		nested, isObject := condition.(map[string]any)
		inner, hasInner := value.(map[string]any)
		if !present || isObject && (!hasInner || !healthHas(nested, inner)) {
			return false
		}
	}
	return true
}
