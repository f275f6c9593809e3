package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/iamguard/terraform-provider-iamguard/internal/framework"
)

const (
	longestTopicName = 256
	// mostFilterKeys is how many keys a filter has at the top, as SNS counts.
	mostFilterKeys = 5
)

var (
	topicNameForm  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	topicRuleForm  = regexp.MustCompile(`^([A-Za-z0-9._/-]{1,256}/)?[A-Za-z0-9._-]{1,64}$`)
	topicKeyForm   = regexp.MustCompile(`^(arn:[a-z0-9-]+:kms:[a-z0-9-]+:\d{12}:)?(alias/[A-Za-z0-9/_-]+|(key/)?[A-Za-z0-9-]+)$`)
	topicMailForm  = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
	topicPhoneForm = regexp.MustCompile(`^\+[1-9]\d{1,14}$`)
)

// topicProtocols check the endpoint of each protocol that is offered; an error is the
// end of the sentence "the endpoint must be".
var topicProtocols = map[string]func(endpoint string) error{
	"sqs": func(endpoint string) error {
		if strings.HasSuffix(endpoint, ".fifo") {
			return errors.New("the ARN of a standard queue: a FIFO queue takes no messages of a standard topic")
		}
		return topicEndpointARN(endpoint, "sqs", "", "the ARN of a queue")
	},
	"lambda": func(endpoint string) error {
		return topicEndpointARN(endpoint, "lambda", "function:", "the ARN of a function")
	},
	"application": func(endpoint string) error {
		return topicEndpointARN(endpoint, "sns", "endpoint/", "the ARN of a platform endpoint")
	},
	"email":      func(endpoint string) error { return topicEndpointForm(topicMailForm, endpoint, "an e-mail address") },
	"email-json": func(endpoint string) error { return topicEndpointForm(topicMailForm, endpoint, "an e-mail address") },
	"sms": func(endpoint string) error {
		return topicEndpointForm(topicPhoneForm, endpoint, "a telephone number in international form, such as +15555550100")
	},
	"https": topicHTTPS,
}

func topicProtocolNames() string {
	return "`" + strings.Join(slices.Sorted(maps.Keys(topicProtocols)), "`, `") + "`"
}

func topicEndpointARN(endpoint, service, prefix, what string) error {
	parsed, err := arn.Parse(endpoint)
	if err != nil || parsed.Service != service || !strings.HasPrefix(parsed.Resource, prefix) || parsed.Resource == prefix {
		return errors.New(what)
	}
	return nil
}

func topicEndpointForm(form *regexp.Regexp, endpoint, what string) error {
	if !form.MatchString(endpoint) {
		return errors.New(what)
	}
	return nil
}

// topicHTTPS refuses a password too: it would be in state, and SNS hides it in its
// answers.
func topicHTTPS(endpoint string) error {
	parsed, err := url.Parse(endpoint)
	switch {
	case err != nil || parsed.Scheme != "https" || parsed.Hostname() == "":
		return errors.New("a URL that begins with https://")
	case parsed.User != nil:
		return errors.New("a URL without user and password: they would be in state")
	}
	return nil
}

// checkTopicName says what is wrong with the name of a topic.
func checkTopicName(name string) error {
	switch {
	case strings.HasSuffix(name, ".fifo"):
		return fmt.Errorf("%q is a FIFO topic, and EventBridge cannot publish to one: choose a standard topic", name)
	case !topicNameForm.MatchString(name):
		return fmt.Errorf("%q is not the name of a topic: it must be 1 to %d letters, digits, _ and -", name, longestTopicName)
	}
	return nil
}

// checkTopicRule says what is wrong with the name of a rule, with or without its bus.
func checkTopicRule(name string) error {
	switch {
	case strings.HasPrefix(name, "default/"):
		return fmt.Errorf("%q names the default bus, which is not part of the ARN of a rule: leave out default/", name)
	case !topicRuleForm.MatchString(name):
		return fmt.Errorf("%q is not the name of a rule, nor bus/rule: letters, digits, . _ -, at most 64 for the rule; no ARN and "+
			"no wildcard", name)
	}
	return nil
}

// checkTopicKey refuses what is no key, and the keys of AWS.
func checkTopicKey(key string) error {
	name := key
	if parsed, err := arn.Parse(key); err == nil {
		name = parsed.Resource
	}
	switch {
	case strings.HasPrefix(name, "alias/aws/"):
		return fmt.Errorf("%q is a key that AWS manages: its policy does not let EventBridge in and cannot be changed, so every "+
			"alert would be lost without a word. Use a key of your own with the policy that the function topic_kms_policy writes, or "+
			"leave kms_key_id out", key)
	case !topicKeyForm.MatchString(key):
		return fmt.Errorf("%q is not a key: it must be the ID, ARN, alias or alias ARN of one", key)
	}
	return nil
}

// checkTopicFilter checks the shape of a filter policy; SNS itself judges the rest.
func checkTopicFilter(text string) error {
	var filter map[string]any
	if err := json.Unmarshal([]byte(text), &filter); err != nil {
		return fmt.Errorf("it is not a JSON object: %w", err)
	}
	if len(filter) == 0 || len(filter) > mostFilterKeys {
		return fmt.Errorf("it must have 1 to %d keys", mostFilterKeys)
	}
	return checkTopicFilterKeys("", filter)
}

func checkTopicFilterKeys(at string, filter map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(filter)) {
		switch value := filter[key].(type) {
		case map[string]any:
			if len(value) == 0 {
				return fmt.Errorf("%s%s is empty", at, key)
			}
			if err := checkTopicFilterKeys(at+key+".", value); err != nil {
				return err
			}
		case []any:
			if len(value) == 0 {
				return fmt.Errorf("%s%s has no values, so nothing would match", at, key)
			}
		default:
			return fmt.Errorf("%s%s must be a list of values, or an object", at, key)
		}
	}
	return nil
}

// The validators below say what the checks above find.
type (
	topicName     struct{}
	topicRuleName struct{}
	topicKey      struct{}
	topicFilter   struct{}
	topicProtocol struct{}
)

// Description says what a name must be.
func (topicName) Description(context.Context) string { return "must be the name of a standard topic" }

// MarkdownDescription is the same.
func (v topicName) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString judges a name.
func (topicName) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if err := checkTopicValue(req.ConfigValue, checkTopicName); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid name of the alert topic", framework.Sentence(err))
	}
}

// Description says what the name of a rule must be.
func (topicRuleName) Description(context.Context) string { return "must be the name of a rule" }

// MarkdownDescription is the same.
func (v topicRuleName) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString judges the name of a rule.
func (topicRuleName) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if err := checkTopicValue(req.ConfigValue, checkTopicRule); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid rule of the alert topic", framework.Sentence(err))
	}
}

// Description says what a key must be.
func (topicKey) Description(context.Context) string { return "must be a key of your own" }

// MarkdownDescription is the same.
func (v topicKey) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString judges a key.
func (topicKey) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if err := checkTopicValue(req.ConfigValue, checkTopicKey); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid key of the alert topic", framework.Sentence(err))
	}
}

// Description says what a filter must be.
func (topicFilter) Description(context.Context) string {
	return "must be a filter policy of SNS, as JSON"
}

// MarkdownDescription is the same.
func (v topicFilter) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString judges a filter.
func (v topicFilter) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if err := checkTopicValue(req.ConfigValue, checkTopicFilter); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid filter of the subscription",
			"The value "+v.Description(ctx)+": "+err.Error()+".")
	}
}

// Description lists the protocols.
func (topicProtocol) Description(context.Context) string {
	return "must be one of " + topicProtocolNames()
}

// MarkdownDescription is the same.
func (v topicProtocol) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString judges a protocol, and says why two of SNS's are not offered.
func (v topicProtocol) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	err := checkTopicValue(req.ConfigValue, func(name string) error {
		why := ""
		switch name {
		case "http":
			why = "; use https: alerts say who did what, and http lets everybody on the way read and change them"
		case "firehose":
			why = "; firehose needs a role of its own: make the delivery stream a target of the rule instead"
		}
		if topicProtocols[name] == nil {
			return fmt.Errorf("the protocol %s, and not %q%s", v.Description(ctx), name, why)
		}
		return nil
	})
	if err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid protocol of the subscription", framework.Sentence(err))
	}
}

// checkTopicValue judges a value that is there and known.
func checkTopicValue(value types.String, check func(string) error) error {
	if value.IsNull() || value.IsUnknown() {
		return nil
	}
	return check(value.ValueString())
}
